// Coloured tiles with the scale of their colours under them: what difference maps and overlays share.
import { diverging } from "./diverging";
import { textWidth } from "./font";
import { drawTiles, type TileLayout } from "./grid";
import { Sheet } from "./sheet";

const bar = { width: 160, height: 10 };

/**
 * A PNG of tiles whose colours say a signed value.
 * @param bytes red, green, blue of each pixel, N x height x width x 3
 * @param limit the value of the full colour
 * @param words what the value is, for the scale
 */
export async function tilesWithScale(
  bytes: Uint8Array,
  [n, height, width]: readonly number[],
  layout: TileLayout,
  { title, limit, words }: { readonly title?: string; readonly limit: number; readonly words: string },
): Promise<Buffer> {
  const top = layout.height + 12;
  const low = `−${limit.toPrecision(2)}`;
  const high = `+${limit.toPrecision(2)}  (${words})`;
  const left = Math.ceil(textWidth(low, 13)) + 8;
  const wide = left + bar.width + 8 + textWidth(high, 13) + 2;
  const sheet = new Sheet(Math.max(layout.width, wide), top + 16, true);
  drawTiles(sheet, bytes, [n!, height!, width!, 3], layout, title);
  const ramp = new Uint8Array(bar.width * bar.height * 3);
  for (let i = 0; i < bar.width * bar.height; i++) {
    ramp.set(diverging(((i % bar.width) / (bar.width - 1)) * 2 - 1), i * 3);
  }
  sheet.image(ramp, 0, [bar.height, bar.width, 3], left, top, 1);
  sheet.caption({ text: low, x: 0, y: top + 10, size: 13 });
  sheet.caption({ text: high, x: left + bar.width + 8, y: top + 10, size: 13 });
  return sheet.png();
}

/**
 * The value that gets the full colour: the largest of them, unless told.
 * @throws RangeError if what is told is not above 0
 */
export function fullColour(values: Float32Array, told?: number): number {
  if (told !== undefined && !(told > 0 && told < Number.POSITIVE_INFINITY))
    throw new RangeError(`limit: expected a number above 0, found ${told}.`);
  return told ?? largest(values);
}

/** The largest absolute value; 0 of nothing. */
export function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
