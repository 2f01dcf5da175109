import type { ByteSource } from "../../src/nn/fileBytes";
import { WeightFileError } from "../../src/nn/weightTypes";

/** Bytes in memory where a file is expected. */
export function memoryBytes(bytes: Uint8Array, name = "memory.pt"): ByteSource {
  return {
    name,
    size: bytes.length,
    read: async (position, length) => {
      if (!(position >= 0 && length >= 0 && position + length <= bytes.length))
        throw new WeightFileError(`${name}: bytes ${position} to ${position + length} of ${bytes.length}`);
      return Uint8Array.from(bytes.subarray(position, position + length)); // Buffer's slice would share memory
    },
    close: async () => {},
  };
}
