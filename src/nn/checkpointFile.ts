// Checkpoints as .safetensors files.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type Checkpoint, checkpointFormat, checkpointFrom, type Recipe } from "./checkpoint";
import { readSafetensors, writeSafetensors } from "./safetensors";
import type { PlainTensor } from "./trainer";

/** Writes a checkpoint, weights rounded to float16. The file is there whole or not at all. */
export async function saveCheckpoint(
  file: string,
  config: { readonly kind: string },
  recipe: Recipe,
  weights: ReadonlyMap<string, PlainTensor>,
): Promise<void> {
  await writeSafetensors(file, weights, {
    dtype: "F16",
    metadata: { format: checkpointFormat, config: JSON.stringify(config), recipe: JSON.stringify(recipe) },
  });
}

/**
 * Reads a checkpoint.
 * @throws when the file is missing, damaged or not one of this library's checkpoints
 */
export async function loadCheckpoint(file: string): Promise<Checkpoint> {
  const content = await readSafetensors(file);
  const sha256 = createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
  return checkpointFrom(content, { file, sha256 });
}
