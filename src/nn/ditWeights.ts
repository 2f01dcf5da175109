// DiT in the two layouts that its weights are published in: that of the original code (facebookresearch/DiT) and that of
// diffusers (DiTTransformer2DModel). They differ in names, in what is stored once or in every block, and in two
// numbers of the computation (DiTConfig's frequencyShift and mlpNormEpsilon).
import { z } from "zod";
import type { DenoiserNetwork } from "./denoiserNetwork";
import { type DiTConfig, dit } from "./dit";
import type { Weights } from "./parameters";
import {
  denseSource,
  readTorchWeights,
  splitPath,
  type TorchSource,
  type TorchTensors,
  torchTensorsOf,
} from "./torchWeights";

export interface LoadedDiT {
  readonly network: DenoiserNetwork & { readonly config: DiTConfig };
  /** The caller's to dispose of. */
  readonly weights: Weights;
  readonly layout: "original" | "diffusers";
}

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

/**
 * Reads a DiT of any size, in whichever of the two layouts it is.
 *
 * @param config of diffusers: transformer/config.json; of the original: an object with `num_heads` and, to be checked,
 *   any of `input_size`, `hidden_size`, `depth`, `num_classes`, `patch_size`, `in_channels`; null for the published
 *   sizes of the original, whose heads follow from the width
 * @throws naming the first number, tensor or shape that is not as expected
 * @example
 * const file = await openWeights("dit-small/dit.pt"); // or DiT-XL-2-256x256.pt, whose config may be null
 * const { network, weights } = await readDiT(file, { num_heads: 4 });
 * await file.close();
 * const dit = new Denoiser(network, weights);
 * const sampler = ddpm({ variance: "learned" });
 * const options = { steps: 5, guidanceScale: 4, guidedChannels: 3, clip: false, sampler };
 * const latents = (await sample(dit, { labels: [3, 5], seed: new Seed(0), ...options })).images;
 */
export async function readDiT(file: TorchTensors, config: unknown): Promise<LoadedDiT> {
  // What training writes: the averaged weights are the ones to sample from.
  const parts = ["ema", "model", "state_dict"].filter((part) =>
    file.entries.has(`${part}.x_embedder.proj.weight`),
  );
  if (parts.length > 0)
    throw new Error(
      `${file.file}: expected the weights of a DiT, found a training checkpoint with ${parts.map((part) => `"${part}"`).join(" and ")}. ` +
        `Open it with openWeights(file, { part: "${parts[0]}" }).`,
    );
  const layout = file.entries.has("pos_embed.proj.weight") ? "diffusers" : "original";
  const ours = layout === "diffusers" ? ofDiffusers(file, config) : ofOriginal(file, config);
  const network = dit(ours) as LoadedDiT["network"];
  const sources = layout === "diffusers" ? diffusersSources(ours) : originalSources(ours);
  const weights = await readTorchWeights(
    file,
    network.parameters,
    (path, shape) => sources(path, shape) ?? sinCosPositions(ours),
  );
  return { network, weights, layout };
}

function ofOriginal(file: TorchTensors, config: unknown): DiTConfig {
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

function ofDiffusers(file: TorchTensors, config: unknown): DiTConfig {
  if (!config) throw new Error(`${file.file}: a DiT of diffusers needs its config.json; found none.`);
  const stated = parse(diffusersConfig, config, file);
  const first = "transformer_blocks.0";
  const [, timeFeatures] = shapeOf(file, `${first}.norm1.emb.timestep_embedder.linear_1.weight`, 2);
  const [mlp] = shapeOf(file, `${first}.ff.net.0.proj.weight`, 2);
  const { in_channels: channels, num_attention_heads: heads, sample_size: side } = stated;
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

type Sources = (path: string, shape: readonly number[]) => TorchSource | null;

/** Names of the original layout. */
function originalSources({ patch, channels, dim }: DiTConfig): Sources {
  return (path, shape) => {
    const [layer, part] = splitPath(path);
    switch (layer) {
      case "patch":
        return patchSource("x_embedder.proj", part, [dim, channels, patch, patch]);
      case "position":
        return { names: ["pos_embed"], shape };
      case "class":
        return { names: ["y_embedder.embedding_table.weight"], shape };
      case "time.1":
        return denseSource(["t_embedder.mlp.0"], part, shape);
      case "time.2":
        return denseSource(["t_embedder.mlp.2"], part, shape);
      case "last.modulation":
        return denseSource(["final_layer.adaLN_modulation.1"], part, shape);
      case "last":
        return denseSource(["final_layer.linear"], part, shape);
    }
    const [block, inner] = inBlock(path, layer);
    const names = {
      modulation: "adaLN_modulation.1",
      qkv: "attn.qkv",
      project: "attn.proj",
      "mlp.1": "mlp.fc1",
      "mlp.2": "mlp.fc2",
    } as const;
    return denseSource([`blocks.${block}.${names[inner]}`], part, shape);
  };
}

/** All tensors of a DiT in the original layout, to write one. */
export function originalTensors(config: DiTConfig): { name: string; shape: readonly number[] }[] {
  const sources = originalSources(config);
  return torchTensorsOf(dit(config).parameters, (path, shape) => sources(path, shape)!);
}

/** Names of diffusers. The position is not stored there: null. */
function diffusersSources({ patch, channels, dim, depth }: DiTConfig): Sources {
  const embedder = (block: number) => `transformer_blocks.${block}.norm1.emb`;
  // Time and class are embedded in every block, by copies of the same weights.
  const inEveryBlock = (name: string, source: Omit<TorchSource, "names">): TorchSource => {
    const all = Array.from({ length: depth }, (_, block) => `${embedder(block)}.${name}`);
    return { ...source, names: all.slice(0, 1), copies: all.slice(1) };
  };
  return (path, shape) => {
    const [layer, part] = splitPath(path);
    switch (layer) {
      case "patch":
        return patchSource("pos_embed.proj", part, [dim, channels, patch, patch]);
      case "position":
        return null;
      case "class":
        return inEveryBlock("class_embedder.embedding_table.weight", { shape });
      case "time.1":
      case "time.2": {
        const { names, ...source } = denseSource(
          [`timestep_embedder.linear_${layer === "time.1" ? 1 : 2}`],
          part,
          shape,
        );
        return inEveryBlock(names[0]!, source);
      }
      case "last.modulation":
        return denseSource(["proj_out_1"], part, shape);
      case "last":
        return denseSource(["proj_out_2"], part, shape);
    }
    const [block, inner] = inBlock(path, layer);
    const names = {
      modulation: ["norm1.linear"],
      qkv: ["attn1.to_q", "attn1.to_k", "attn1.to_v"],
      project: ["attn1.to_out.0"],
      "mlp.1": ["ff.net.0.proj"],
      "mlp.2": ["ff.net.2"],
    } as const;
    return denseSource(
      names[inner].map((name) => `transformer_blocks.${block}.${name}`),
      part,
      shape,
    );
  };
}

type InBlock = "modulation" | "qkv" | "project" | "mlp.1" | "mlp.2";

function inBlock(path: string, layer: string): [block: string, inner: InBlock] {
  const found = /^block\.(\d+)\.(modulation|qkv|project|mlp\.1|mlp\.2)$/.exec(layer);
  if (!found) throw new Error(`A DiT's weight "${path}" has no name in the published layouts.`);
  return [found[1]!, found[2] as InBlock];
}

/** The convolution that cuts the patches; a dense layer on row, column and channel of a patch with us. */
function patchSource(layer: string, part: string, shape: readonly number[]): TorchSource {
  return part === "bias"
    ? { names: [`${layer}.bias`], shape: [shape[0]!] }
    : { names: [`${layer}.weight`], shape, axes: "convolution" };
}

/**
 * The fixed positions of DiT: of each patch, the first half of the channels from its column, the second from its row,
 * each half sines and then cosines with frequencies 10000^(-k / (dim / 4)).
 * @returns [rows * columns, dim], row by row
 */
function sinCosPositions({ height, width, patch, dim }: DiTConfig): Float32Array {
  if (dim % 4 !== 0) throw new Error(`Sine and cosine positions need a width divisible by 4; found ${dim}.`);
  const [rows, columns, quarter] = [height / patch, width / patch, dim / 4];
  const result = new Float32Array(rows * columns * dim);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      for (let k = 0; k < quarter; k++) {
        const frequency = 10000 ** (-k / quarter);
        const at = (row * columns + column) * dim + k;
        result[at] = Math.sin(column * frequency);
        result[at + quarter] = Math.cos(column * frequency);
        result[at + 2 * quarter] = Math.sin(row * frequency);
        result[at + 3 * quarter] = Math.cos(row * frequency);
      }
  return result;
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
