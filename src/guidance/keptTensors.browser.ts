// A page keeps no files.
import type { PlainTensorData } from "../nn/safetensorsBytes";

export function keptTensors(
  _folder: string,
  _from: readonly (string | Float32Array)[],
  compute: () => ReadonlyMap<string, PlainTensorData>,
): ReadonlyMap<string, PlainTensorData> {
  return compute();
}
