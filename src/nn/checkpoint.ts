// A trained network as one .safetensors file: weights, and in its header how the network is built and how
// it was trained.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { readSafetensors, writeSafetensors } from "./safetensors";
import type { PlainTensor } from "./trainer";

const FORMAT = "igds-checkpoint-1";

/** How a network was trained, for people and for the manifest of a distilled set. */
export const recipeSchema = z.object({
  dataset: z.string(),
  seed: z.string(),
  steps: z.number().int().positive(),
  batch: z.number().int().positive(),
  rate: z.number().positive(),
  average: z.number(),
  weightDecay: z.number(),
  /** Seconds that training took. */
  seconds: z.number(),
  engine: z.string(),
  /** Mean loss of stretches of steps: [last step of the stretch, loss]. */
  losses: z.array(z.tuple([z.number(), z.number()])),
  /** Whatever else belongs to this kind of network, such as calibration. */
  extra: z.record(z.string(), z.unknown()),
});

export type Recipe = z.infer<typeof recipeSchema>;

export interface Checkpoint {
  readonly file: string;
  /** SHA-256 of the file. */
  readonly sha256: string;
  /** The network's own config, with `kind`. */
  readonly config: { readonly kind: string } & Readonly<Record<string, unknown>>;
  readonly recipe: Recipe;
  readonly weights: ReadonlyMap<string, PlainTensor>;
}

/** Writes a checkpoint, weights rounded to float16. The file is there whole or not at all. */
export async function saveCheckpoint(
  file: string,
  config: { readonly kind: string },
  recipe: Recipe,
  weights: ReadonlyMap<string, PlainTensor>,
): Promise<void> {
  await writeSafetensors(file, weights, {
    dtype: "F16",
    metadata: { format: FORMAT, config: JSON.stringify(config), recipe: JSON.stringify(recipe) },
  });
}

/**
 * Reads a checkpoint.
 * @throws when the file is missing, damaged or not one of this library's checkpoints
 */
export async function loadCheckpoint(file: string): Promise<Checkpoint> {
  const { tensors, metadata } = await readSafetensors(file);
  if (metadata.format !== FORMAT)
    throw new Error(
      `${file} is not a checkpoint of this library: its header says format "${metadata.format ?? "none"}", expected ` +
        `"${FORMAT}". Train one with: igds train --out ${path.basename(file)}`,
    );
  const parse = (key: string): unknown => {
    try {
      return JSON.parse(metadata[key] ?? "");
    } catch {
      throw new Error(
        `${file}: the header's "${key}" is damaged. Train the network again or fetch the file again.`,
      );
    }
  };
  const config = z.looseObject({ kind: z.string() }).parse(parse("config"));
  const recipe = recipeSchema.parse(parse("recipe"));
  const weights = new Map<string, PlainTensor>();
  for (const [name, tensor] of tensors) {
    if (!(tensor.data instanceof Float32Array))
      throw new Error(`${file}: weight "${name}" is not of a float type.`);
    weights.set(name, { shape: tensor.shape, data: tensor.data });
  }
  const sha256 = createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
  return { file, sha256, config, recipe, weights };
}
