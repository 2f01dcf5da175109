// Checkpoints as .safetensors files.
import { createHash } from "node:crypto";
import { access, readFile } from "node:fs/promises";
import { type Checkpoint, checkpointFormat, checkpointFrom, type Recipe } from "./checkpoint";
import { writeSafetensors } from "./safetensors";
import { parseSafetensors } from "./safetensorsBytes";
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

/** @throws where there is no such file, saying where one comes from */
export async function expectCheckpoint(file: string): Promise<void> {
  await access(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    throw new Error(
      `${file}: expected a checkpoint, found no such file. Train one with igds train, and name the file that it wrote ` +
        "(--denoiser, --classifier, --reference; in code: denoiser, classifier).",
      { cause: error },
    );
  });
}

/**
 * Reads a checkpoint.
 * @throws when the file is missing, damaged or not one of this library's checkpoints
 */
export async function loadCheckpoint(file: string): Promise<Checkpoint> {
  await expectCheckpoint(file);
  // Read once: another training may put a new file in its place meanwhile.
  const bytes = await readFile(file);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return checkpointFrom(parseSafetensors(bytes, file), { file, sha256 });
}
