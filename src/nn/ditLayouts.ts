// Where each weight of a DiT lies in the layout of the original code and in that of diffusers.
import { type DiTConfig, dit } from "./dit";
import { denseSource, splitPath, type TorchSource, torchTensorsOf } from "./torchWeights";

type Sources = (path: string, shape: readonly number[]) => TorchSource | null;

/** Names of the original layout. */
export function originalSources({ patch, channels, dim }: DiTConfig): Sources {
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
export function diffusersSources({ patch, channels, dim, depth }: DiTConfig): Sources {
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
export function sinCosPositions({ height, width, patch, dim }: DiTConfig): Float32Array {
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
