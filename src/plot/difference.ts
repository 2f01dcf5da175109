// Where two batches differ: a map with diverging colours that colour-blind readers can tell apart.
import type { ImageBatch } from "../tensor/batch";
import { diverging } from "./diverging";
import { textWidth } from "./font";
import { drawTiles, type GridOptions, layOut } from "./grid";
import { checkBatch, Sheet } from "./sheet";

export interface DifferenceOptions extends Omit<GridOptions, "range"> {
  /** Difference that gets the full colour; the largest one in the batches unless told. */
  readonly limit?: number;
}

/**
 * A PNG of a - b for each image, averaged over channels, with a scale bar under it.
 * @throws RangeError if the batches differ in shape
 * @example
 * const plain = run.fork({ method: "diffusion" });
 * await plain.finish();
 * await show(await differenceMap(run.images, plain.images));
 */
export async function differenceMap(
  a: ImageBatch,
  b: ImageBatch,
  options: DifferenceOptions = {},
): Promise<Buffer> {
  checkBatch(a);
  checkBatch(b);
  if (a.shape.some((size, axis) => size !== b.shape[axis])) {
    throw new RangeError(
      `differenceMap: expected two batches of one shape, found [${a.shape.join(", ")}] and [${b.shape.join(", ")}].`,
    );
  }
  const [n, height, width, channels] = a.shape;
  const difference = new Float32Array(n * height * width);
  for (let i = 0; i < a.data.length; i++) {
    difference[Math.floor(i / channels)]! += (a.data[i]! - b.data[i]!) / channels;
  }
  const limit = options.limit ?? largest(difference);
  const bytes = new Uint8Array(difference.length * 3);
  difference.forEach((value, i) => {
    bytes.set(diverging(limit === 0 ? 0 : value / limit), i * 3);
  });
  const layout = layOut(a, options);
  const bar = { width: 160, height: 10, top: layout.height + 12 };
  const low = `−${limit.toPrecision(2)}`;
  const high = `+${limit.toPrecision(2)}  (first minus second, pixel values in [−1, 1])`;
  const lowWidth = Math.ceil(textWidth(low, 13)) + 8;
  const wide = lowWidth + bar.width + 8 + textWidth(high, 13) + 2;
  const sheet = new Sheet(Math.max(layout.width, wide), bar.top + 16, true);
  drawTiles(sheet, bytes, [n, height, width, 3], layout, options.title);
  const ramp = new Uint8Array(bar.width * bar.height * 3);
  for (let i = 0; i < bar.width * bar.height; i++) {
    ramp.set(diverging(((i % bar.width) / (bar.width - 1)) * 2 - 1), i * 3);
  }
  sheet.image(ramp, 0, [bar.height, bar.width, 3], lowWidth, bar.top, 1);
  sheet.caption({ text: low, x: 0, y: bar.top + 10, size: 13 });
  sheet.caption({ text: high, x: lowWidth + bar.width + 8, y: bar.top + 10, size: 13 });
  return sheet.png();
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
