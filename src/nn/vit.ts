// A small vision transformer (Dosovitskiy et al. 2021): the evaluation network without convolutions.
import { attend } from "../tensor/attention";
import { type Tensor1D, type Tensor2D, type Tensor3D, tf } from "../tensor/engine";
import { layerNorm } from "../tensor/layerNorm";
import type { ImageSpace } from "./denoiserNetwork";
import type { ImageClassifier } from "./imageClassifier";
import { dense, type Layer } from "./layers";
import { Parameters } from "./parameters";
import { expectWhole } from "./wholeNumbers";

/** What a vision transformer is built from. */
export interface VitConfig extends ImageSpace {
  /** Tells it from the other networks. */
  readonly kind: "vit";
  /** Side of a patch in pixels; it divides height and width. */
  readonly patch: number;
  /** Width: numbers for each patch. */
  readonly dim: number;
  /** Number of blocks. */
  readonly depth: number;
  /** Heads of the attention; they divide the width. */
  readonly heads: number;
}

export const vitDefaults: Omit<VitConfig, keyof ImageSpace> = {
  kind: "vit",
  patch: 4,
  dim: 96,
  depth: 4,
  heads: 4,
};

/**
 * Builds a transformer: patches, learned positions, pre-norm blocks of attention and a GELU layer of four
 * times the width, a mean over the patches and a linear layer.
 * @throws if the patch does not divide the image, or the heads the width, or a size is no whole number
 */
export function vit(config: VitConfig): ImageClassifier<VitConfig> {
  const { patch, dim, depth, heads, height, width, channels, classes } = config;
  expectWhole("A vision transformer", { patch, dim, depth, heads });
  if (height % patch !== 0 || width % patch !== 0)
    throw new Error(
      `A vision transformer with patch ${patch} needs height and width divisible by it; found ${height} x ${width}.`,
    );
  if (dim % heads !== 0)
    throw new Error(`A vision transformer of width ${dim} cannot be split into ${heads} heads.`);
  const [rows, columns] = [height / patch, width / patch];
  const tokens = rows * columns;
  const p = new Parameters();
  const embed = dense<Tensor3D>(p, "patch", patch * patch * channels, dim);
  const position = p.add<Tensor3D>("position", [1, tokens, dim], { deviation: 0.02 });
  const blocks = Array.from({ length: depth }, (_, i) => ({
    norm1: norm(p, `block.${i}.norm1`, dim),
    qkv: dense<Tensor3D>(p, `block.${i}.qkv`, dim, 3 * dim),
    project: dense<Tensor3D>(p, `block.${i}.project`, dim, dim),
    norm2: norm(p, `block.${i}.norm2`, dim),
    mlp1: dense<Tensor3D>(p, `block.${i}.mlp.1`, dim, 4 * dim, { gelu: true }),
    mlp2: dense<Tensor3D>(p, `block.${i}.mlp.2`, 4 * dim, dim),
  }));
  const lastNorm = norm(p, "last.norm", dim);
  const head = dense<Tensor2D>(p, "head", dim, classes);
  const features: ImageClassifier["features"] = (w, x) => {
    const n = x.shape[0];
    const patches = x
      .reshape([n, rows, patch, columns, patch * channels])
      .transpose([0, 1, 3, 2, 4])
      .reshape([n, tokens, patch * patch * channels]) as Tensor3D;
    const last = blocks.reduce(
      (h, block) => {
        const mixed = block.project(w, attend(block.qkv(w, block.norm1(w, h)), heads));
        const attended = tf.add(h, mixed) as Tensor3D;
        const inner = block.mlp1(w, block.norm2(w, attended));
        return tf.add(attended, block.mlp2(w, inner)) as Tensor3D;
      },
      tf.add(embed(w, patches), position(w)) as Tensor3D,
    );
    return tf.mean(lastNorm(w, last), 1) as Tensor2D;
  };
  return {
    config,
    name: `ViT-${depth} (${dim})`,
    parameters: p,
    featureCount: dim,
    features,
    apply: (w, x) => head(w, features(w, x)),
  };
}

/** Layer norm over the last axis with learned scale and shift. */
function norm(p: Parameters, path: string, size: number): Layer<Tensor3D> {
  const scale = p.add<Tensor1D>(`${path}.scale`, [size], { constant: 1 });
  const shift = p.add<Tensor1D>(`${path}.shift`, [size], { constant: 0 });
  return (w, x) => {
    const wide = (values: Tensor1D) => values.reshape([1, 1, size]) as Tensor3D;
    return layerNorm(x, wide(scale(w)), wide(shift(w)), 1e-6);
  };
}
