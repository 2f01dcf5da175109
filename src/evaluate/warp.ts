// Stretching and turning images about their centre, with bilinear interpolation.
import type { ImageBatch } from "../tensor/batch";
import type { Seed } from "../tensor/random";

/**
 * Each image stretched in height and width by own factors, uniform in [1/scale, scale], and turned by an own
 * angle, uniform in [-rotate, rotate].
 *
 * @param scale at least 1; 1 leaves the size
 * @param rotate degrees; 0 leaves the direction
 * @param blank value of what lies outside of the image
 * @returns new images
 */
export function warped(
  images: ImageBatch,
  scale: number,
  rotate: number,
  seed: Seed,
  blank: number,
): ImageBatch {
  const [count] = images.shape;
  const data = new Float32Array(images.data.length);
  const tall = seed.child("tall").uniform(count);
  const wide = seed.child("wide").uniform(count);
  const turn = seed.child("turn").uniform(count);
  const factor = (u: number) => 1 / scale + u * (scale - 1 / scale);
  for (let n = 0; n < count; n++) {
    const angle = ((2 * turn[n] - 1) * rotate * Math.PI) / 180;
    warpOne(images, n, factor(tall[n]), factor(wide[n]), angle, blank, data);
  }
  return { data, shape: images.shape };
}

/** Writes image n, stretched by (tall, wide) and turned by `angle` radians, to the same place in `into`. */
function warpOne(
  { data, shape }: ImageBatch,
  n: number,
  tall: number,
  wide: number,
  angle: number,
  blank: number,
  into: Float32Array,
): void {
  const [, height, width, channels] = shape;
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const [middleY, middleX] = [(height - 1) / 2, (width - 1) / 2];
  const base = n * height * width * channels;
  const at = (y: number, x: number, c: number): number =>
    y < 0 || y >= height || x < 0 || x >= width ? blank : data[base + (y * width + x) * channels + c];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      // Where this pixel came from: turned back, then shrunk back.
      const [dy, dx] = [y - middleY, x - middleX];
      const fromY = middleY + (cosine * dy - sine * dx) / tall;
      const fromX = middleX + (sine * dy + cosine * dx) / wide;
      const [top, left] = [Math.floor(fromY), Math.floor(fromX)];
      const [v, u] = [fromY - top, fromX - left];
      for (let c = 0; c < channels; c++) {
        const upper = (1 - u) * at(top, left, c) + u * at(top, left + 1, c);
        const lower = (1 - u) * at(top + 1, left, c) + u * at(top + 1, left + 1, c);
        into[base + (y * width + x) * channels + c] = (1 - v) * upper + v * lower;
      }
    }
}
