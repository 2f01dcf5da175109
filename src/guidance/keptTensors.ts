// Tensors that take a while to compute, kept in a file whose name is the hash of what they are computed from: a file is
// never out of date, and may be deleted at any time.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { dataFolder } from "../datasets/dataFolder";
import { type PlainTensorData, parseSafetensors } from "../nn/safetensorsBytes";
import { writeSafetensors } from "../nn/safetensors";

/**
 * The tensors of an earlier time, or those that are computed now.
 *
 * @param folder name of a folder beside the datasets
 * @param from all that the tensors depend on
 */
export function keptTensors(
  folder: string,
  from: readonly (string | Float32Array)[],
  compute: () => ReadonlyMap<string, PlainTensorData>,
): ReadonlyMap<string, PlainTensorData> {
  const hash = createHash("sha256");
  for (const part of from) hash.update(part);
  const file = path.join(dataFolder(folder), `${hash.digest("hex").slice(0, 16)}.safetensors`);
  try {
    return parseSafetensors(readFileSync(file), file).tensors;
  } catch {
    // Not there, or damaged: either way they are computed, and the file is written anew.
  }
  const tensors = compute();
  // Where nothing can be written, they are computed again next time.
  writeSafetensors(file, tensors).catch(() => {});
  return tensors;
}
