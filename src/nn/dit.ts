// A diffusion transformer (Peebles & Xie 2023, arXiv 2212.09748) with adaLN-Zero blocks, for images or
// latents of any size that the patch divides. Epsilon only; no learned variance.

import {
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tf,
} from "../tensor/engine";
import { silu } from "../tensor/fused";
import type { DenoiserNetwork, ImageSpace } from "./denoiserNetwork";
import { attend, dense, embedding, timeFeatures } from "./layers";
import { Parameters, type Weights } from "./parameters";

export interface DiTConfig extends ImageSpace {
  readonly kind: "dit";
  /** Side of a patch in pixels. */
  readonly patch: number;
  readonly dim: number;
  readonly depth: number;
  readonly heads: number;
}

export const ditDefaults: Omit<DiTConfig, keyof ImageSpace> = {
  kind: "dit",
  patch: 4,
  dim: 128,
  depth: 4,
  heads: 4,
};

const TIME_FEATURES = 256;

/**
 * Builds a DiT.
 * @throws if the patch does not divide the image
 * @example
 * const network = dit({ ...ditDefaults, height: 28, width: 28, channels: 1, classes: 10, dim: 32, depth: 1 });
 */
export function dit(config: DiTConfig): DenoiserNetwork {
  const { patch, dim, depth, heads, height, width, channels, classes } = config;
  if (height % patch !== 0 || width % patch !== 0)
    throw new Error(
      `A DiT with patch ${patch} needs height and width divisible by it; found ${height} x ${width}.`,
    );
  const rows = height / patch;
  const columns = width / patch;
  const tokens = rows * columns;
  const p = new Parameters();
  const patchEmbedding = dense<Tensor3D>(p, "patch", patch * patch * channels, dim);
  const position = p.add<Tensor3D>("position", [1, tokens, dim], { deviation: 0.02 });
  const time1 = dense<Tensor2D>(p, "time.1", TIME_FEATURES, dim);
  const time2 = dense<Tensor2D>(p, "time.2", dim, dim);
  const classTable = embedding(p, "class", classes + 1, dim);
  const blocks = Array.from({ length: depth }, (_, i) => ({
    modulation: dense<Tensor2D>(p, `block.${i}.modulation`, dim, 6 * dim, { gain: 0 }),
    qkv: dense<Tensor3D>(p, `block.${i}.qkv`, dim, 3 * dim),
    project: dense<Tensor3D>(p, `block.${i}.project`, dim, dim),
    mlp1: dense<Tensor3D>(p, `block.${i}.mlp.1`, dim, 4 * dim),
    mlp2: dense<Tensor3D>(p, `block.${i}.mlp.2`, 4 * dim, dim),
  }));
  const lastModulation = dense<Tensor2D>(p, "last.modulation", dim, 2 * dim, { gain: 0 });
  const last = dense<Tensor3D>(p, "last", dim, patch * patch * channels, { gain: 0 });

  return {
    config,
    parameters: p,
    apply(w: Weights, x: Tensor4D, t: Tensor1D, y: Tensor1D): Tensor4D {
      const n = x.shape[0];
      const patches = x
        .reshape([n, rows, patch, columns, patch * channels])
        .transpose([0, 1, 3, 2, 4])
        .reshape([n, tokens, patch * patch * channels]) as Tensor3D;
      let h = tf.add(patchEmbedding(w, patches), position(w)) as Tensor3D;
      const time = time2(w, silu(time1(w, timeFeatures(t, TIME_FEATURES))));
      const c = silu(tf.add(time, classTable(w, y)) as Tensor2D);
      for (const block of blocks) {
        const [shift1, scale1, gate1, shift2, scale2, gate2] = perToken(block.modulation(w, c), 6);
        const mixed = block.project(w, attend(block.qkv(w, modulate(h, shift1, scale1)), heads));
        h = tf.add(h, tf.mul(gate1, mixed)) as Tensor3D;
        const inner = gelu(block.mlp1(w, modulate(h, shift2, scale2)));
        h = tf.add(h, tf.mul(gate2, block.mlp2(w, inner))) as Tensor3D;
      }
      const [shift, scale] = perToken(lastModulation(w, c), 2);
      return last(w, modulate(h, shift, scale))
        .reshape([n, rows, columns, patch, patch * channels])
        .transpose([0, 1, 3, 2, 4])
        .reshape([n, height, width, channels]) as Tensor4D;
    },
  };
}

/** Splits [N, count * dim] into `count` tensors [N, 1, dim]. */
function perToken(packed: Tensor2D, count: number): Tensor[] {
  const [n, size] = packed.shape;
  return tf.split(packed.reshape([n, 1, size]), count, 2);
}

/** Layer norm without own scale and shift, then scale and shift by the condition. */
function modulate(x: Tensor3D, shift: Tensor, scale: Tensor): Tensor3D {
  const { mean, variance } = tf.moments(x, -1, true);
  const normal = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-6)));
  return tf.add(tf.mul(normal, tf.add(scale, 1)), shift) as Tensor3D;
}

/** GELU in its tanh form (Hendrycks & Gimpel 2016). */
function gelu(x: Tensor3D): Tensor3D {
  const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.pow(x, 3))));
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1)) as Tensor3D;
}
