// Bringing images to another size as torchvision does: bilinear, where it shrinks with a wider triangle, so that no pixel
// is passed over. Whole bytes as Pillow has them are in datasets/resample.ts.
import { bilinear, resample } from "../datasets/resample";
import type { ImageBatch } from "../tensor/batch";

/** A rectangle of pixels. */
export interface Area {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** For each number of a resampled row, where its sources begin and what share each has. */
interface Taps {
  readonly starts: Int32Array;
  readonly shares: readonly Float64Array[];
}

/** The triangle filter between centres of pixels, its shares adding up to one at the edges too. */
function tapsFor(from: number, to: number): Taps {
  const scale = from / to;
  const reach = Math.max(1, scale);
  const starts = new Int32Array(to);
  const shares = Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const start = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(from, Math.floor(centre + reach + 0.5));
    starts[i] = start;
    const raw = Float64Array.from({ length: end - start }, (_, k) =>
      Math.max(0, 1 - Math.abs(start + k - centre + 0.5) / reach),
    );
    const sum = raw.reduce((a, b) => a + b, 0);
    return raw.map((share) => share / sum);
  });
  return { starts, shares };
}

/** Cuts a rectangle out of image `n` and writes it at another size to place `n` of `into`. */
export function resampleInto({ data, shape }: ImageBatch, n: number, area: Area, into: ImageBatch): void {
  const [, height, width, channels] = shape;
  const [, toHeight, toWidth] = into.shape;
  const across = tapsFor(area.width, toWidth);
  const down = tapsFor(area.height, toHeight);
  const narrow = new Float32Array(area.height * toWidth * channels);
  for (let y = 0; y < area.height; y++) {
    const row = ((n * height + area.top + y) * width + area.left) * channels;
    for (let x = 0; x < toWidth; x++) {
      const shares = across.shares[x];
      const from = row + across.starts[x] * channels;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = 0; k < shares.length; k++) sum += shares[k] * data[from + k * channels + c];
        narrow[(y * toWidth + x) * channels + c] = sum;
      }
    }
  }
  const row = toWidth * channels;
  for (let y = 0; y < toHeight; y++) {
    const shares = down.shares[y];
    const from = down.starts[y] * row;
    const to = (n * toHeight + y) * row;
    for (let i = 0; i < row; i++) {
      let sum = 0;
      for (let k = 0; k < shares.length; k++) sum += shares[k] * narrow[from + k * row + i];
      into.data[to + i] = sum;
    }
  }
}

/**
 * The shorter side brought to `side` pixels, then the middle square of `size` cut out, in whole bytes as Pillow does.
 * @param images values of bytes, 0 .. 255, of three colours
 * @throws RangeError if `size` is larger than `side`
 */
export function fitted(images: ImageBatch, side: number, size: number): ImageBatch {
  if (size > side)
    throw new RangeError(
      `Expected images of at least ${size} pixels to cut ${size} x ${size} out, found ${side}.`,
    );
  const [, height, width] = images.shape;
  const shorter = Math.min(height, width);
  const scaled = (length: number) => (length === shorter ? side : Math.floor((side * length) / shorter));
  const [toHeight, toWidth] = [scaled(height), scaled(width)];
  const to = { height: toHeight, width: toWidth };
  const resized = shorter === side ? images : resizedBytes(images, to);
  const [top, left] = [toHeight, toWidth].map((length) => halfEven((length - size) / 2));
  return cut(resized, { top, left, height: size, width: size });
}

function resizedBytes({ data, shape }: ImageBatch, to: Pick<Area, "height" | "width">): ImageBatch {
  const [count, height, width, channels] = shape;
  const [from, size] = [height * width * channels, to.height * to.width * channels];
  const result = new Float32Array(count * size);
  for (let n = 0; n < count; n++)
    result.set(
      resample(Uint8Array.from(data.subarray(n * from, (n + 1) * from)), { height, width }, to, bilinear),
      n * size,
    );
  return { data: result, shape: [count, to.height, to.width, channels] };
}

/** The same rectangle of every image. */
function cut(images: ImageBatch, { top, left, height, width }: Area): ImageBatch {
  const [count, fullHeight, fullWidth, channels] = images.shape;
  if (height === fullHeight && width === fullWidth) return images;
  const data = new Float32Array(count * height * width * channels);
  for (let n = 0; n < count; n++)
    for (let y = 0; y < height; y++) {
      const from = ((n * fullHeight + top + y) * fullWidth + left) * channels;
      data.set(images.data.subarray(from, from + width * channels), (n * height + y) * width * channels);
    }
  return { data, shape: [count, height, width, channels] };
}

/** Rounded as Python rounds: halves to the even neighbour. */
export function halfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
