// Any value as a MIME bundle.
import { inspect } from "node:util";
import type { Figure } from "../plot/figure";
import { type GridOptions, imageGrid } from "../plot/grid";
import type { ImageBatch } from "../tensor/batch";
import { figureBundle } from "./figureBundle";
import { escapeHtml, isDisplayable, jupyterDisplay, type MimeBundle } from "./mime";

/** True for a batch of images: numbers and a shape of four. */
export function isImageBatch(value: unknown): value is ImageBatch {
  const batch = value as Partial<ImageBatch> | null;
  return (
    typeof value === "object" &&
    batch?.data instanceof Float32Array &&
    Array.isArray(batch.shape) &&
    batch.shape.length === 4
  );
}

/** True for a plain Plotly specification. */
export function isFigure(value: unknown): value is Figure {
  const figure = value as Partial<Figure> | null;
  return (
    typeof value === "object" &&
    Array.isArray(figure?.data) &&
    typeof figure.layout === "object" &&
    figure.layout !== null
  );
}

function isPng(value: unknown): value is Uint8Array {
  return (
    value instanceof Uint8Array &&
    Buffer.from(value.subarray(0, 8)).equals(Buffer.from("89504e470d0a1a0a", "hex"))
  );
}

/** The MIME bundle of a PNG; its size is read from the header. */
export function pngBundle(png: Uint8Array, what = "picture"): MimeBundle {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  return {
    "image/png": bytes.toString("base64"),
    "text/plain": `[${what}, ${bytes.readUInt32BE(16)} x ${bytes.readUInt32BE(20)} px]`,
  };
}

/** The MIME bundle of a grid of images. */
export async function gridBundle(images: ImageBatch, options?: GridOptions): Promise<MimeBundle> {
  const [n, height, width] = images.shape;
  return pngBundle(await imageGrid(images, options), `${n} images of ${height} x ${width} px`);
}

/** How a value looks in a notebook; text for everything that has no richer form. */
export async function bundleOf(value: unknown, options?: GridOptions): Promise<MimeBundle> {
  if (isDisplayable(value)) return value[jupyterDisplay]();
  if (isImageBatch(value)) return gridBundle(value, options);
  if (isPng(value)) return pngBundle(value);
  if (isFigure(value)) return figureBundle(value);
  const text = typeof value === "string" ? value : inspect(value, { depth: 3, maxArrayLength: 20 });
  return { "text/plain": text, "text/html": `<pre>${escapeHtml(text)}</pre>` };
}
