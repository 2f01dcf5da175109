// Any value as a MIME bundle.
import { inspect } from "node:util";
import type { Figure } from "../plot/figure";
import { type GridOptions, imageGrid } from "../plot/grid";
import type { ImageBatch } from "../tensor/batch";
import { figureBundle } from "./figureBundle";
import { escapeHtml, isDisplayable, jupyterDisplay, type MimeBundle } from "./mime";

/** True for a batch of images: numbers and a shape of four. */
function isImageBatch(value: unknown): value is ImageBatch {
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

/** Images with the class of each, such as a distilled set or a dataset's split in memory. */
export interface LabelledImages {
  /** N images. */
  readonly images: ImageBatch;
  /** The class of each, N. */
  readonly labels: ArrayLike<number>;
}

/** True for images with labels. */
function isLabelledImages(value: unknown): value is LabelledImages {
  const set = value as Partial<LabelledImages> | null;
  return typeof value === "object" && isImageBatch(set?.images) && typeof set?.labels?.length === "number";
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

/** The MIME bundle of a grid of images; the labels of a set say which class each image is of. */
export async function gridBundle(
  shown: ImageBatch | LabelledImages,
  options?: GridOptions,
): Promise<MimeBundle> {
  const images = "images" in shown ? shown.images : shown;
  const labelled = "images" in shown ? { labelled: shown.labels } : {};
  const [n, height, width] = images.shape;
  const of = options?.classes ? `, of ${options.classes.join(", ")}` : "";
  const title = options?.title ? `${options.title}: ` : "";
  const png = await imageGrid(images, { ...labelled, ...options });
  return pngBundle(png, `${title}${n} images of ${height} x ${width} px${of}`);
}

/** How a value looks in a notebook; text for everything that has no richer form. */
export async function bundleOf(value: unknown, options?: GridOptions): Promise<MimeBundle> {
  if (isDisplayable(value)) return value[jupyterDisplay]();
  if (isImageBatch(value) || isLabelledImages(value)) return gridBundle(value, options);
  if (isPng(value)) return pngBundle(value);
  if (isFigure(value)) return figureBundle(value);
  const text = typeof value === "string" ? value : inspect(value, { depth: 3, maxArrayLength: 20 });
  return { "text/plain": text, "text/html": `<pre>${escapeHtml(text)}</pre>` };
}
