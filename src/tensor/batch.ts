// The plain form of images between the parts of the library: numbers without tensors, so nothing can leak.

/** Images as plain numbers: NHWC, values in [-1, 1]. */
export interface ImageBatch {
  /** Values, row by row, channels last. */
  readonly data: Float32Array;
  /** [N, height, width, channels]. */
  readonly shape: readonly [n: number, height: number, width: number, channels: number];
}

const valueOfByte = Float32Array.from({ length: 256 }, (_, byte) => byte / 127.5 - 1);

/**
 * Bytes 0 .. 255 as values byte / 127.5 - 1, written to `into` from `offset` on.
 * `bytesFromValues` gives the same bytes back.
 */
export function valuesFromBytes(bytes: Uint8Array, into: Float32Array, offset = 0): void {
  for (let i = 0; i < bytes.length; i++) into[offset + i] = valueOfByte[bytes[i]!]!;
}

/**
 * Values in [-1, 1] as bytes round((x + 1) * 127.5); values beyond the range are clipped to it.
 * @throws RangeError if a value is not a number.
 */
export function bytesFromValues(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) {
      throw new RangeError(`An image must hold numbers in [-1, 1]; value ${i} of ${values.length} is NaN`);
    }
    bytes[i] = Math.round((Math.min(1, Math.max(-1, value)) + 1) * 127.5);
  }
  return bytes;
}

/**
 * Images of several batches, one after another.
 *
 * @param batches of images of one size, [N_k, H, W, C] each
 * @returns a copy, [sum of N_k, H, W, C]
 * @throws RangeError if they differ in size or there are none
 * @example igds.tensor.concatBatches([images, images]).shape; // twice as many images
 */
export function concatBatches(batches: readonly ImageBatch[]): ImageBatch {
  const [first] = batches;
  if (!first) throw new RangeError("concatBatches: expected at least one batch of images, found none.");
  const size = first.shape.slice(1);
  for (const { shape } of batches) {
    if (shape.slice(1).join() !== size.join()) {
      throw new RangeError(
        `concatBatches: expected images of ${size.join(" x ")}, found ${shape.slice(1).join(" x ")}.`,
      );
    }
  }
  const data = new Float32Array(batches.reduce((sum, batch) => sum + batch.data.length, 0));
  let offset = 0;
  for (const batch of batches) {
    data.set(batch.data, offset);
    offset += batch.data.length;
  }
  const [, height, width, channels] = first.shape;
  return { data, shape: [batches.reduce((sum, { shape }) => sum + shape[0], 0), height, width, channels] };
}

/**
 * Images `from` up to but not including `to` of a batch, sharing its memory.
 *
 * @param from first image, counted from 0
 * @param to behind the last
 * @returns [to - from, H, W, C]
 * @throws RangeError unless both are whole numbers and 0 <= from <= to <= the number of images
 * @example igds.tensor.sliceBatch(images, 0, 2).shape; // [2, 28, 28, 1]
 */
export function sliceBatch({ data, shape }: ImageBatch, from: number, to: number): ImageBatch {
  const [count, height, width, channels] = shape;
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= count)) {
    throw new RangeError(
      `sliceBatch: expected whole numbers 0 <= from <= to <= ${count}, found ${from} and ${to}.`,
    );
  }
  const size = height * width * channels;
  return { data: data.subarray(from * size, to * size), shape: [to - from, height, width, channels] };
}

/**
 * The images over and over, from the first on, until there are `count`.
 * @throws RangeError of an empty batch
 * @example repeatBatch(images, 500).shape[0]; // 500
 */
export function repeatBatch(images: ImageBatch, count: number): ImageBatch {
  const [n, height, width, channels] = images.shape;
  if (n === 0) throw new RangeError("repeatBatch: expected at least one image, found none.");
  if (n === count) return images;
  const size = height * width * channels;
  const data = new Float32Array(count * size);
  for (let from = 0; from < count; from += n)
    data.set(images.data.subarray(0, Math.min(n, count - from) * size), from * size);
  return { data, shape: [count, height, width, channels] };
}
