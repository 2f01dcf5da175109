// Where two batches differ: a map with diverging colours that colour-blind readers can tell apart.
import type { ImageBatch } from "../tensor/batch";
import { diverging } from "./diverging";
import { type GridOptions, layOut } from "./grid";
import { drawnDifference, imageDifference } from "./imageBlocks";
import { latentPreview } from "./latentPreview";
import { fullColour, tilesWithScale } from "./scaleBar";
import { checkBatch } from "./sheet";

/** How the difference of two batches is drawn. */
export interface DifferenceOptions extends Omit<GridOptions, "range"> {
  /** Difference that gets the full colour; the largest one in the batches unless told. */
  readonly limit?: number;
}

/**
 * A PNG of a - b for each image, averaged over channels, with a scale bar under it.
 * @throws RangeError if the batches differ in shape, a value is NaN, or the limit is not above 0
 * @example
 * const plain = run.fork({ method: "diffusion" });
 * await plain.finish();
 * await igds.show(await igds.plot.differenceMap(run.images, plain.images));
 */
export async function differenceMap(
  a: ImageBatch,
  b: ImageBatch,
  options: DifferenceOptions = {},
): Promise<Buffer> {
  const [first, second] = [a, b].map(latentPreview) as [ImageBatch, ImageBatch];
  checkBatch(first);
  checkBatch(second);
  const [n, height, width] = first.shape;
  const difference = drawnDifference(imageDifference(first, second));
  const limit = fullColour(difference, options.limit);
  const bytes = new Uint8Array(difference.length * 3);
  difference.forEach((value, i) => {
    bytes.set(diverging(limit === 0 ? 0 : value / limit), i * 3);
  });
  const { title } = options;
  return tilesWithScale(bytes, [n, height, width], layOut(first, options), {
    limit,
    words: "first minus second, pixel values in [−1, 1]",
    ...(title ? { title } : {}),
  });
}
