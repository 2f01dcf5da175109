// A field of values laid over images: where a gradient, a change or an attention acts, and on what.
import type { ImageBatch } from "../tensor/batch";
import { diverging } from "./diverging";
import { type GridOptions, layOut } from "./grid";
import { latentPreview } from "./latentPreview";
import { perPixel } from "./perPixel";
import { fullColour, tilesWithScale } from "./scaleBar";
import { checkBatch, checkLength, toBytes } from "./sheet";

/** How images with what the guidance changed are drawn. */
export interface OverlayOptions extends GridOptions {
  /** Value that gets the full colour; the largest one in the field unless told. */
  readonly limit?: number;
  /** What the values are, for the scale, such as "gradient, nats per pixel unit"; "value" unless told. */
  readonly words?: string;
}

/**
 * A PNG of the images in grey with a signed field over them: purple below zero, orange above, nothing at zero.
 * @param given images, or latents, of which a guess of their colours is shown
 * @param field one value for each pixel (averaged over channels, of latents too): N x height x width x channels
 * @throws RangeError if images and field differ in number, height or width, a value is NaN, or the limit is not above 0
 * @example
 * const { gradient } = igds.guidance.evaluateTerm(igds.guidance.particle(), images, { labels: [0, 0, 1, 1] });
 * await igds.show(await igds.plot.overlayMap(images, gradient, { words: "gradient" }));
 */
export async function overlayMap(
  given: ImageBatch,
  field: ImageBatch,
  options: OverlayOptions = {},
): Promise<Buffer> {
  const images = latentPreview(given);
  checkBatch(images);
  checkLength(field);
  const [n, height, width, channels] = images.shape;
  if (images.shape.slice(0, 3).join() !== field.shape.slice(0, 3).join()) {
    throw new RangeError(
      `overlayMap: expected a value for each pixel of [${images.shape.join(", ")}], found [${field.shape.join(", ")}].`,
    );
  }
  const values = perPixel(field.data, field.shape[3]);
  const grey = perPixel(Float32Array.from(toBytes(images, options.range)), channels);
  const limit = fullColour(values, options.limit);
  const bytes = new Uint8Array(values.length * 3);
  values.forEach((value, i) => {
    const share = limit === 0 ? 0 : Math.max(-1, Math.min(1, value / limit));
    const colour = diverging(share);
    // The stronger the value, the less is seen of the image below.
    const cover = Math.sqrt(Math.abs(share));
    bytes.set(
      colour.map((part) => Math.round(grey[i]! * (1 - cover) + part * cover)),
      i * 3,
    );
  });
  const { title, words = "value" } = options;
  return tilesWithScale(bytes, [n, height, width], layOut(images, options), {
    limit,
    words,
    ...(title ? { title } : {}),
  });
}
