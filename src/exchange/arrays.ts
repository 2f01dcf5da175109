// Arrays as NumPy and PyTorch files hold them.

/** Types that sets are exchanged in. */
export type ArrayType = "uint8" | "float32" | "int64";

export interface NumberArray {
  readonly type: ArrayType;
  readonly shape: readonly number[];
  readonly data: Uint8Array | Float32Array | BigInt64Array;
}

/** What is exchanged is damaged, or not what it should be; the message names the file. */
export class ExchangeError extends Error {
  override readonly name = "ExchangeError";
}

/** The bytes of an array, little-endian as all machines are that this runs on. */
export function arrayBytes({ data }: NumberArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
