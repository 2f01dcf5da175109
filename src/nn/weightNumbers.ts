// From the bytes of a tensor to float32, whatever type it is stored as.
import { fromBfloat16, fromFloat16 } from "./halfFloat";
import type { WeightType } from "./weightTypes";

/**
 * The numbers in little-endian bytes as float32; exact for F32, F16, BF16 and small integers.
 * @param bytes in memory of their own from its beginning on; for F32 the result lies in the same memory
 */
export function toFloat32({ buffer, byteLength }: Uint8Array, dtype: WeightType): Float32Array {
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer, 0, byteLength / 4);
    case "F16":
      return fromFloat16(new Uint16Array(buffer, 0, byteLength / 2));
    case "BF16":
      return fromBfloat16(new Uint16Array(buffer, 0, byteLength / 2));
    case "F64":
      return Float32Array.from(new Float64Array(buffer, 0, byteLength / 8));
    case "I64":
      return Float32Array.from(new BigInt64Array(buffer, 0, byteLength / 8), Number);
    case "I32":
      return Float32Array.from(new Int32Array(buffer, 0, byteLength / 4));
    case "I16":
      return Float32Array.from(new Int16Array(buffer, 0, byteLength / 2));
    case "I8":
      return Float32Array.from(new Int8Array(buffer, 0, byteLength));
    case "U8":
      return Float32Array.from(new Uint8Array(buffer, 0, byteLength));
    case "BOOL":
      return Float32Array.from(new Uint8Array(buffer, 0, byteLength), (value) => (value === 0 ? 0 : 1));
  }
}
