// Bringing images to another size as torchvision does: bilinear, where it shrinks with a wider triangle, so that no pixel
// is passed over. Whole bytes as Pillow has them are in datasets/resample.ts.
import { bilinear, resample } from "../datasets/resample";
import { roundHalfToEven } from "../datasets/roundHalf";
import type { ImageBatch } from "../tensor/batch";

/** A rectangle of pixels. */
export interface Area {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** For each number of a resampled row, where its sources begin and what share each has, `most` shares apiece. */
interface Taps {
  readonly most: number;
  readonly starts: Int32Array;
  readonly shares: Float64Array;
}

/** The triangle filter between centres of pixels, its shares adding up to one at the edges too. */
function tapsFor(from: number, to: number): Taps {
  const scale = from / to;
  const reach = Math.max(1, scale);
  const most = Math.min(from, Math.ceil(2 * reach) + 1);
  const starts = new Int32Array(to);
  const shares = new Float64Array(to * most);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    // Sources without a share follow, so that all rows have as many.
    const start = Math.min(from - most, Math.max(0, Math.floor(centre - reach + 0.5)));
    starts[i] = start;
    const own = shares.subarray(i * most, (i + 1) * most);
    let sum = 0;
    for (let k = 0; k < most; k++) {
      own[k] = Math.max(0, 1 - Math.abs(start + k - centre + 0.5) / reach);
      sum += own[k];
    }
    for (let k = 0; k < most; k++) own[k] /= sum;
  }
  return { most, starts, shares };
}

/** Cuts a rectangle out of image `n`, in three colours, and writes it at another size to place `n` of `into`. */
export function resampleInto({ data, shape }: ImageBatch, n: number, area: Area, into: ImageBatch): void {
  const [, height, width] = shape;
  const [, toHeight, toWidth] = into.shape;
  const across = tapsFor(area.width, toWidth);
  const down = tapsFor(area.height, toHeight);
  const row = toWidth * 3;
  const narrow = new Float32Array(area.height * row);
  for (let y = 0; y < area.height; y++) {
    const source = ((n * height + area.top + y) * width + area.left) * 3;
    for (let x = 0; x < toWidth; x++) {
      const from = source + across.starts[x] * 3;
      let [red, green, blue] = [0, 0, 0];
      for (let k = 0; k < across.most; k++) {
        const share = across.shares[x * across.most + k];
        red += share * data[from + 3 * k];
        green += share * data[from + 3 * k + 1];
        blue += share * data[from + 3 * k + 2];
      }
      const to = y * row + x * 3;
      narrow[to] = red;
      narrow[to + 1] = green;
      narrow[to + 2] = blue;
    }
  }
  for (let y = 0; y < toHeight; y++) {
    const to = (n * toHeight + y) * row;
    into.data.fill(0, to, to + row);
    for (let k = 0; k < down.most; k++) {
      const share = down.shares[y * down.most + k];
      if (share === 0) continue;
      const from = (down.starts[y] + k) * row;
      for (let i = 0; i < row; i++) into.data[to + i] += share * narrow[from + i];
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
  const [top, left] = [toHeight, toWidth].map((length) => roundHalfToEven((length - size) / 2));
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
