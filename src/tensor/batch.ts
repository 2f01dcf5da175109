// The plain form of images between the parts of the library: numbers without tensors, so nothing can leak.

/** Images as plain numbers: NHWC, values in [-1, 1]. */
export interface ImageBatch {
  readonly data: Float32Array;
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
