// Pictures as the evaluators of dataset distillation see them: torchvision's Resize(size), then CenterCrop(size), on a
// picture that PIL decoded (Minimax, MGD3, IGD, RDED: `Resize(224)`, `CenterCrop(224)`).
//
// The sizes and corners are torchvision's: the longer side is cut to whole pixels, the corner is rounded half to even.
// Shrinking is that of PIL up to rounding (bilinear over the whole footprint of a pixel), done in sharp's threads. Two
// things are kept from sharp: shrinking while a JPEG is decoded, which gives other pixels, and enlarging, which puts
// them half a pixel off; a picture smaller than the size is enlarged here.

import sharp from "sharp";
import { DatasetError } from "./dataset";

/**
 * Decodes a picture to size x size x 3 bytes.
 * @param picture the bytes of a JPEG, PNG or WebP file
 * @param name for messages
 * @throws DatasetError if it is damaged or cut short
 */
export async function evaluatorPixels(picture: Uint8Array, name: string, size: number): Promise<Uint8Array> {
  try {
    // As PIL: no colour profile, no turning by EXIF, the colours of transparent pixels as they are.
    const image = sharp(picture, { failOn: "error", ignoreIcc: true });
    const { width, height, hasAlpha } = await image.metadata();
    const to = scaledSize(width, height, size);
    const corner = { left: corners(to.width, size), top: corners(to.height, size) };
    let rgb = image.toColourspace("srgb").removeAlpha();
    if (to.width > width || to.height > height)
      return enlarge(await rgb.raw().toBuffer(), width, height, to, corner, size);
    // A picture with alpha would be scaled with its colours weighted by it.
    if (hasAlpha) rgb = sharp(await rgb.raw().toBuffer(), { raw: { width, height, channels: 3 } });
    return await rgb
      .extract({ left: 0, top: 0, width, height }) // before a resize: no shrinking while decoding
      .resize(to.width, to.height, { fit: "fill", kernel: "linear" })
      .extract({ ...corner, width: size, height: size })
      .raw()
      .toBuffer();
  } catch (error) {
    throw new DatasetError(
      `${name}: not a readable image (${(error as Error).message.trim()}); fetch or unpack it again`,
      { cause: error },
    );
  }
}

function scaledSize(width: number, height: number, size: number): { width: number; height: number } {
  return width <= height
    ? { width: size, height: Math.floor((size * height) / width) }
    : { width: Math.floor((size * width) / height), height: size };
}

/** round((length - size) / 2), halves to the even number, as Python does. */
function corners(length: number, size: number): number {
  const half = (length - size) / 2;
  return Number.isInteger(half) ? half : 2 * Math.round(half / 2);
}

/** Bilinear between the centres of pixels, rows after columns, each rounded to bytes. */
function enlarge(
  pixels: Uint8Array,
  width: number,
  height: number,
  to: { width: number; height: number },
  { left, top }: { left: number; top: number },
  size: number,
): Uint8Array {
  const columns = neighbours(width, to.width, left, size);
  const rows = neighbours(height, to.height, top, size);
  const wide = new Uint8Array(height * size * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < size; x++)
      for (let c = 0; c < 3; c++) {
        const at = (column: number) => pixels[(y * width + column) * 3 + c]!;
        const { first, second, share } = columns[x]!;
        wide[(y * size + x) * 3 + c] = Math.floor(at(first) + (at(second) - at(first)) * share + 0.5);
      }
  const result = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    const { first, second, share } = rows[y]!;
    for (let i = 0; i < size * 3; i++) {
      const above = wide[first * size * 3 + i]!;
      result[y * size * 3 + i] = Math.floor(above + (wide[second * size * 3 + i]! - above) * share + 0.5);
    }
  }
  return result;
}

/** For `size` pixels from `from` on of a side enlarged from `length` to `scaled`: which two make each, and how. */
function neighbours(
  length: number,
  scaled: number,
  from: number,
  size: number,
): { first: number; second: number; share: number }[] {
  return Array.from({ length: size }, (_, i) => {
    const place = ((from + i + 0.5) * length) / scaled - 0.5;
    const before = Math.floor(place);
    const inside = (index: number) => Math.min(length - 1, Math.max(0, index));
    return { first: inside(before), second: inside(before + 1), share: place - before };
  });
}
