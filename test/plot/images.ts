// Small images and decoded pictures for the tests of pictures.
import sharp from "sharp";
import type { ImageBatch } from "../../src/tensor/batch";

/** Images of which every pixel is known: value = level(image, y, x, channel). */
export function images(
  n: number,
  size: number,
  channels: number,
  level: (image: number, y: number, x: number, channel: number) => number,
): ImageBatch {
  const data = new Float32Array(n * size * size * channels);
  let at = 0;
  for (let i = 0; i < n; i++) {
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        for (let c = 0; c < channels; c++) data[at++] = level(i, y, x, c);
      }
    }
  }
  return { data, shape: [n, size, size, channels] };
}

/** A decoded picture. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, alpha of a pixel. */
  at(x: number, y: number): [number, number, number, number];
  /** How many pixels of the rectangle satisfy the test. */
  count(
    test: (pixel: readonly [number, number, number, number]) => boolean,
    area?: { left?: number; top?: number; right?: number; bottom?: number },
  ): number;
}

export async function decode(png: Buffer): Promise<Pixels> {
  const { data, info } = await sharp(png)
    .toColourspace("srgb")
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const at = (x: number, y: number) =>
    [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)] as [number, number, number, number];
  return {
    width,
    height,
    at,
    count(test, { left = 0, top = 0, right = width, bottom = height } = {}) {
      let found = 0;
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) if (test(at(x, y))) found++;
      return found;
    },
  };
}
