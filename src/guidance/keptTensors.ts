// Tensors that take a while to compute, kept in a file whose name is the hash of what they are computed from. A file may be
// deleted at any time. It goes out of date with what is not hashed alone: the engine, and code that changes what it computes
// without telling of it (`version` in learners.ts).
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { dataFolder } from "../datasets/dataFolder";
import { type PlainTensorData, parseSafetensors, safetensorsChunks } from "../nn/safetensorsBytes";
import { unfinishedName } from "../tensor/atomicFile";

/** Where the tensors are kept. */
export interface KeptTensors {
  /** Those of an earlier time; null where they are not there, or damaged. */
  read(): ReadonlyMap<string, PlainTensorData> | null;
  /** Keeps them for the next time. Where nothing can be written, they are computed again then. */
  write(tensors: ReadonlyMap<string, PlainTensorData>): void;
}

/**
 * @param folder name of a folder beside the datasets
 * @param from all that the tensors depend on, a version of the code that computes them included
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
      const unfinished = unfinishedName(file);
      try {
        // At once: a program that ends right afterwards has kept them all the same.
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(unfinished, Buffer.concat(safetensorsChunks(tensors)));
        renameSync(unfinished, file);
      } catch {
        if (existsSync(unfinished)) rmSync(unfinished);
      }
    },
  };
}
