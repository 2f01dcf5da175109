// The numbers of a DiT from its config and the shapes of its tensors, in both layouts.
import { z } from "zod";
import type { DiTConfig } from "./dit";
import type { TorchTensors } from "./torchWeights";

/** What the original layout cannot tell by its tensors, and whatever else a config says, which is checked. */
const originalConfig = z.looseObject({
  num_heads: z.number().int().positive().optional(),
  input_size: z.number().int().positive().optional(),
  hidden_size: z.number().int().positive().optional(),
  depth: z.number().int().positive().optional(),
  num_classes: z.number().int().positive().optional(),
  patch_size: z.number().int().positive().optional(),
  in_channels: z.number().int().positive().optional(),
});

/** transformer/config.json of diffusers. */
const diffusersConfig = z.looseObject({
  activation_fn: z.literal("gelu-approximate").default("gelu-approximate"),
  attention_head_dim: z.number().int().positive(),
  num_attention_heads: z.number().int().positive(),
  num_layers: z.number().int().positive(),
  num_embeds_ada_norm: z.number().int().positive(),
  in_channels: z.number().int().positive().default(4),
  out_channels: z.number().int().positive().nullish(),
  patch_size: z.number().int().positive().default(2),
  sample_size: z.number().int().positive().default(32),
  norm_type: z.literal("ada_norm_zero").default("ada_norm_zero"),
  norm_eps: z.number().positive().default(1e-5),
});

/** Heads of the published sizes S, B, L and XL, for weights without a config. */
const publishedHeads: Readonly<Record<number, number>> = { 384: 6, 768: 12, 1024: 16, 1152: 16 };

export function ofOriginal(file: TorchTensors, config: unknown): DiTConfig {
  const stated = parse(originalConfig, config ?? {}, file);
  const [dim, channels, patch] = shapeOf(file, "x_embedder.proj.weight", 4) as [
    number,
    number,
    number,
    number,
  ];
  const [, tokens] = shapeOf(file, "pos_embed", 3) as [number, number, number];
  const [entries] = shapeOf(file, "y_embedder.embedding_table.weight", 2) as [number, number];
  const [, timeFeatures] = shapeOf(file, "t_embedder.mlp.0.weight", 2) as [number, number];
  const [mlp] = shapeOf(file, "blocks.0.mlp.fc1.weight", 2) as [number, number];
  const [last] = shapeOf(file, "final_layer.linear.weight", 2) as [number, number];
  const blocks = [...file.entries.keys()].map((name) => Number(/^blocks\.(\d+)\./.exec(name)?.[1] ?? -1));
  const depth = 1 + blocks.reduce((a, b) => Math.max(a, b), -1);
  expectDepth(file, depth);
  const rows = Math.sqrt(tokens);
  if (!Number.isInteger(rows))
    throw new Error(`${file.file}: expected "pos_embed" of a square of patches, found ${tokens} of them.`);
  const heads = stated.num_heads ?? publishedHeads[dim];
  if (!heads)
    throw new Error(
      `${file.file}: the number of heads cannot be told by the weights of a DiT of width ${dim}. Name it as ` +
        '"num_heads" in its config.',
    );
  const found = {
    input_size: rows * patch,
    hidden_size: dim,
    depth,
    num_classes: entries - 1,
    patch_size: patch,
    in_channels: channels,
  };
  for (const [name, value] of Object.entries(found)) {
    const expected = stated[name as keyof typeof found];
    if (expected !== undefined && expected !== value)
      throw new Error(`${file.file}: the config says ${name} ${expected}, but the weights are of ${value}.`);
  }
  return {
    kind: "dit",
    height: rows * patch,
    width: rows * patch,
    channels,
    classes: entries - 1,
    patch,
    dim,
    depth,
    heads,
    mlp,
    timeFeatures,
    learnedVariance: learned(file, channels, last / (patch * patch)),
  };
}

export function ofDiffusers(file: TorchTensors, config: unknown): DiTConfig {
  if (!config) throw new Error(`${file.file}: a DiT of diffusers needs its config.json; found none.`);
  const stated = parse(diffusersConfig, config, file);
  const first = "transformer_blocks.0";
  const [, timeFeatures] = shapeOf(file, `${first}.norm1.emb.timestep_embedder.linear_1.weight`, 2);
  const [mlp] = shapeOf(file, `${first}.ff.net.0.proj.weight`, 2);
  const { in_channels: channels, num_attention_heads: heads, sample_size: side } = stated;
  expectDepth(file, stated.num_layers);
  return {
    kind: "dit",
    height: side,
    width: side,
    channels,
    classes: stated.num_embeds_ada_norm,
    patch: stated.patch_size,
    dim: heads * stated.attention_head_dim,
    depth: stated.num_layers,
    heads,
    mlp: mlp!,
    timeFeatures: timeFeatures!,
    frequencyShift: 1,
    mlpNormEpsilon: stated.norm_eps,
    learnedVariance: learned(file, channels, stated.out_channels ?? channels),
  };
}

/** Whether there are as many outputs as epsilon has channels, or twice as many. */
function learned(file: TorchTensors, channels: number, outputs: number): boolean {
  if (outputs !== channels && outputs !== 2 * channels)
    throw new Error(
      `${file.file}: expected ${channels} output channels (epsilon) or ${2 * channels} (and variance) of a DiT with ` +
        `${channels} input channels, found ${outputs}.`,
    );
  return outputs === 2 * channels;
}

function shapeOf(file: TorchTensors, name: string, rank: number): readonly number[] {
  const entry = file.entries.get(name);
  if (!entry)
    throw new Error(
      `${file.file} lacks the tensor "${name}" that a DiT has in the layout of the original code or of diffusers. Is it ` +
        "another network?",
    );
  if (entry.shape.length !== rank)
    throw new Error(
      `${file.file}: expected tensor "${name}" with ${rank} axes, found ${entry.shape.join(" x ")}.`,
    );
  return entry.shape;
}

function parse<T extends z.ZodType>(schema: T, config: unknown, { file }: TorchTensors): z.infer<T> {
  const parsed = schema.safeParse(config);
  if (!parsed.success)
    throw new Error(`The config of ${file} is not that of a DiT:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** @throws if there cannot be as many blocks as a name or a config says: a network of that depth would fill the memory */
function expectDepth(file: TorchTensors, depth: number): void {
  if (depth > file.entries.size)
    throw new Error(
      `${file.file}: expected the weights of each block, found ${file.entries.size} tensors for ${depth} blocks.`,
    );
}
