// A trained network: its weights, and in the header of their file how it is built and how it was trained.
import get from "lodash/get";
import { z } from "zod";
import { configSchema } from "./checkpointConfig";
import type { SafetensorsContent } from "./safetensorsBytes";
import type { PlainTensor } from "./trainer";

/** What the header calls the format; changes when older readers would misread it. */
export const checkpointFormat = "igds-checkpoint-1";

const recipeSchema = z.object({
  /** Name of the dataset. */
  dataset: z.string(),
  /** What all random draws came from. */
  seed: z.string(),
  /** Training steps. */
  steps: z.number().int().positive(),
  /** Images per step. */
  batch: z.number().int().positive(),
  /** Peak learning rate. */
  rate: z.number().positive(),
  /** Decay of the moving average of the weights; 0 for none. */
  average: z.number(),
  /** Of the optimiser. */
  weightDecay: z.number(),
  /** Seconds that training took. */
  seconds: z.number(),
  /** What computed it: backend, version and device. */
  engine: z.string(),
  /** Mean loss of stretches of steps: [last step of the stretch, loss]. */
  losses: z.array(z.tuple([z.number(), z.number()])),
  /** Whatever else belongs to this kind of network, such as calibration. */
  extra: z.record(z.string(), z.unknown()),
});

/**
 * How a network was trained, for people and for the manifest of a distilled set.
 * @interface
 */
export type Recipe = z.infer<typeof recipeSchema>;

/** A trained network as its file holds it. */
export interface Checkpoint {
  /** Path of the file. */
  readonly file: string;
  /** SHA-256 of the file, 64 hexadecimal digits. */
  readonly sha256: string;
  /** The network's own config, with `kind`. */
  readonly config: { readonly kind: string } & Readonly<Record<string, unknown>>;
  /** How it was trained. */
  readonly recipe: Recipe;
  /** By path; the shipped files store them rounded to float16. */
  readonly weights: ReadonlyMap<string, PlainTensor>;
}

/**
 * A checkpoint from what its file holds (checkpointFile.ts reads it).
 * @throws when it is damaged, not one of this library's checkpoints, or its header asks for a network that its weights
 *   cannot be those of
 */
export function checkpointFrom(
  { tensors, metadata }: SafetensorsContent,
  { file, sha256 }: Pick<Checkpoint, "file" | "sha256">,
): Checkpoint {
  if (metadata.format !== checkpointFormat)
    throw new Error(
      `${file} is not a checkpoint of this library: its header says format "${metadata.format ?? "none"}", expected ` +
        `"${checkpointFormat}". Train one with: igds train --out ${file.split(/[\\/]/).pop()}`,
    );
  const parse = <T>(key: string, schema: z.ZodType<T>): T => {
    const damaged = (why: string) =>
      new Error(
        `${file}: the header's "${key}" is damaged (${why}). Train the network again or fetch the file again.`,
      );
    let value: unknown;
    try {
      value = JSON.parse(metadata[key] ?? "");
    } catch {
      throw damaged("expected JSON");
    }
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const [{ path, message } = { path: [], message: "" }] = result.error.issues;
    const found = JSON.stringify(path.length > 0 ? get(value, path) : value) ?? "nothing";
    throw damaged(`${path.join(".") || "all of it"}: ${message}, found ${found.slice(0, 100)}`);
  };
  const config = parse("config", z.looseObject({ kind: z.string() }));
  const recipe = parse("recipe", recipeSchema);
  const weights = new Map<string, PlainTensor>();
  for (const [name, tensor] of tensors) {
    if (!(tensor.data instanceof Float32Array))
      throw new Error(`${file}: weight "${name}" is not of a float type.`);
    weights.set(name, { shape: tensor.shape, data: tensor.data });
  }
  const schema = configSchema(config.kind, weights);
  if (schema) parse("config", schema);
  return { file, sha256, config, recipe, weights };
}
