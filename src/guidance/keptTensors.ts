// Tensors that take a while to compute, kept in a file whose name is the hash of what they are computed from: a file is
// never out of date, and may be deleted at any time.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { dataFolder } from "../datasets/dataFolder";
import { writeSafetensors } from "../nn/safetensors";
import { type PlainTensorData, parseSafetensors } from "../nn/safetensorsBytes";

/** Where the tensors are kept. */
export interface KeptTensors {
  /** Those of an earlier time; null where they are not there, or damaged. */
  read(): ReadonlyMap<string, PlainTensorData> | null;
  /** Keeps them for the next time. Where nothing can be written, they are computed again then. */
  write(tensors: ReadonlyMap<string, PlainTensorData>): void;
}

/**
 * @param folder name of a folder beside the datasets
 * @param from all that the tensors depend on
 */
export function keptTensors(folder: string, from: readonly (string | Float32Array)[]): KeptTensors {
  const hash = createHash("sha256");
  for (const part of from) hash.update(part);
  const file = path.join(dataFolder(folder), `${hash.digest("hex").slice(0, 16)}.safetensors`);
  return {
    read() {
      try {
        return parseSafetensors(readFileSync(file), file).tensors;
      } catch {
        return null; // either way they are computed, and the file is written anew
      }
    },
    write(tensors) {
      writeSafetensors(file, tensors).catch(() => {});
    },
  };
}
