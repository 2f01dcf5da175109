// A diffusion transformer (Peebles & Xie 2023, arXiv 2212.09748) with adaLN-Zero blocks, for images or
// latents of any size that the patch divides. The defaults are small and predict epsilon alone; the options give
// the published models, with learned variance, in the original code's details and in those of diffusers
// (ditWeights.ts reads their files).

import { attend } from "../tensor/attention";
import { type Tensor1D, type Tensor2D, type Tensor3D, type Tensor4D, tf } from "../tensor/engine";
import { silu } from "../tensor/fused";
import { layerNorm } from "../tensor/layerNorm";
import { sinusoids } from "../tensor/sinusoids";
import type { DenoiserNetwork, ImageSpace } from "./denoiserNetwork";
import { dense, embedding } from "./layers";
import { Parameters, type Weights } from "./parameters";
import { expectWhole } from "./wholeNumbers";

/** What a diffusion transformer is built from (Peebles & Xie 2023, arXiv 2212.09748). */
export interface DiTConfig extends ImageSpace {
  /** Tells configurations apart. */
  readonly kind: "dit";
  /** Side of a patch in pixels; it divides height and width. */
  readonly patch: number;
  /** Width: numbers for each patch. */
  readonly dim: number;
  /** Number of blocks. */
  readonly depth: number;
  /** Heads of the attention; they divide the width. */
  readonly heads: number;
  /** Width of the hidden layer of each block's MLP. Default: 4 dim. */
  readonly mlp?: number;
  /** Sines and cosines that the time step is given as. Default: 256. */
  readonly timeFeatures?: number;
  /** 1: frequencies 10000^(-k / (half - 1)), as diffusers has them; 0: 10000^(-k / half). Default: 0. */
  readonly frequencyShift?: 0 | 1;
  /** Epsilon of the norm before each MLP; diffusers has 1e-5 there. All others are 1e-6. Default: 1e-6. */
  readonly mlpNormEpsilon?: number;
  /** Whether the network predicts the variance of a step as well. Default: no. */
  readonly learnedVariance?: boolean;
}

/** Sizes of the small transformer for 28 x 28 images. */
export const ditDefaults: Omit<DiTConfig, keyof ImageSpace> = {
  kind: "dit",
  patch: 4,
  dim: 128,
  depth: 4,
  heads: 4,
};

const TIME_FEATURES = 256;
const NORM_EPSILON = 1e-6;

/**
 * Builds a DiT.
 * @throws if the patch does not divide the image, or the heads the width, or a size is no whole number
 * @example
 * const network = igds.nn.dit({
 *   ...igds.nn.ditDefaults,
 *   height: 28,
 *   width: 28,
 *   channels: 1,
 *   classes: 10,
 *   dim: 32,
 *   depth: 1,
 * });
 */
export function dit(config: DiTConfig): DenoiserNetwork {
  const { patch, dim, depth, heads, height, width, channels, classes } = config;
  const { mlp = 4 * dim, timeFeatures = TIME_FEATURES, frequencyShift = 0 } = config;
  const { mlpNormEpsilon = NORM_EPSILON, learnedVariance = false } = config;
  expectWhole("A DiT", { patch, dim, depth, heads, mlp, timeFeatures });
  if (height % patch !== 0 || width % patch !== 0)
    throw new Error(
      `A DiT with patch ${patch} needs height and width divisible by it; found ${height} x ${width}.`,
    );
  if (dim % heads !== 0)
    throw new Error(`A DiT of width ${dim} needs a number of heads that divides it; found ${heads}.`);
  if (timeFeatures % 2 !== 0)
    throw new Error(`A DiT needs an even number of time features, sines and cosines; found ${timeFeatures}.`);
  const outputs = learnedVariance ? 2 * channels : channels;
  const rows = height / patch;
  const columns = width / patch;
  const tokens = rows * columns;
  const frequencies = timeFrequencies(timeFeatures / 2, frequencyShift);
  const p = new Parameters();
  const patchEmbedding = dense<Tensor3D>(p, "patch", patch * patch * channels, dim);
  const position = p.add<Tensor3D>("position", [1, tokens, dim], { deviation: 0.02 });
  const time1 = dense<Tensor2D>(p, "time.1", timeFeatures, dim);
  const time2 = dense<Tensor2D>(p, "time.2", dim, dim);
  const classTable = embedding(p, "class", classes + 1, dim);
  const blocks = Array.from({ length: depth }, (_, i) => ({
    modulation: dense<Tensor2D>(p, `block.${i}.modulation`, dim, 6 * dim, { gain: 0 }),
    qkv: dense<Tensor3D>(p, `block.${i}.qkv`, dim, 3 * dim),
    project: dense<Tensor3D>(p, `block.${i}.project`, dim, dim),
    mlp1: dense<Tensor3D>(p, `block.${i}.mlp.1`, dim, mlp, { gelu: true }),
    mlp2: dense<Tensor3D>(p, `block.${i}.mlp.2`, mlp, dim),
  }));
  const lastModulation = dense<Tensor2D>(p, "last.modulation", dim, 2 * dim, { gain: 0 });
  const last = dense<Tensor3D>(p, "last", dim, patch * patch * outputs, { gain: 0 });

  const through = (block: (typeof blocks)[number], w: Weights, x: Tensor3D, c: Tensor2D): Tensor3D => {
    const [shift1, scale1, gate1, shift2, scale2, gate2] = perToken(block.modulation(w, c), 6);
    const mixed = block.project(
      w,
      attend(block.qkv(w, layerNorm(x, tf.add(scale1, 1), shift1, NORM_EPSILON)), heads),
    );
    const h = tf.add<Tensor3D>(x, tf.mul(gate1, mixed));
    const inner = block.mlp1(w, layerNorm(h, tf.add(scale2, 1), shift2, mlpNormEpsilon));
    return tf.add(h, tf.mul(gate2, block.mlp2(w, inner)));
  };
  const everything = (w: Weights, x: Tensor4D, t: Tensor1D, y: Tensor1D): Tensor4D => {
    const n = x.shape[0];
    const patches = x
      .reshape([n, rows, patch, columns, patch * channels])
      .transpose([0, 1, 3, 2, 4])
      .reshape([n, tokens, patch * patch * channels]) as Tensor3D;
    let h = tf.add(patchEmbedding(w, patches), position(w)) as Tensor3D;
    const time = time2(w, silu(time1(w, sinusoids(t, frequencies))));
    const c = silu(tf.add(time, classTable(w, y)) as Tensor2D);
    // While a graph is recorded, what is within a block would else be held to the end: 5 GB of a DiT-XL/2.
    for (const block of blocks) h = tf.tidy(() => through(block, w, h, c));
    const [shift, scale] = perToken(lastModulation(w, c), 2);
    return last(w, layerNorm(h, tf.add(scale, 1), shift, NORM_EPSILON))
      .reshape([n, rows, columns, patch, patch * outputs])
      .transpose([0, 1, 3, 2, 4])
      .reshape([n, height, width, outputs]) as Tensor4D;
  };
  if (!learnedVariance) return { config, parameters: p, apply: everything };
  return {
    config,
    parameters: p,
    apply: (w, x, t, y) => tf.slice4d(everything(w, x, t, y), [0, 0, 0, 0], [-1, -1, -1, channels]),
    applyWithVariance: everything,
  };
}

/**
 * Frequencies of the time step, rounded to float32 operation by operation as PyTorch does: at t = 981 the last bit of a
 * frequency is 6e-5 of an angle, the largest difference that there was between the two.
 */
function timeFrequencies(half: number, shift: 0 | 1): Float32Array {
  const logarithm = Math.fround(-Math.log(10000));
  return Float32Array.from({ length: half }, (_, k) =>
    Math.exp(Math.fround(Math.fround(logarithm * k) / (half - shift))),
  );
}

/** Splits [N, count * dim] into `count` tensors [N, 1, dim]. */
function perToken(packed: Tensor2D, count: number): Tensor3D[] {
  const [n, size] = packed.shape;
  return tf.split(packed.reshape([n, 1, size]) as Tensor3D, count, 2);
}
