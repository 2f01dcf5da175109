// The layers that the networks are made of. Each registers its weights and returns a pure function.

import { attend } from "../tensor/attention";
import { convolve } from "../tensor/convolution";
import {
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tf,
} from "../tensor/engine";
import { denseGelu, gelu } from "../tensor/fused";
import { type GroupNormOptions, groupNorm } from "../tensor/groupNorm";
import { sinusoids } from "../tensor/sinusoids";
import type { Parameters, Weights } from "./parameters";

/** A layer as a pure function of all weights of its network, of which it picks its own, and of its input. */
export type Layer<I extends Tensor, O extends Tensor = I> = (w: Weights, x: I) => O;

/**
 * Dense layer on the last axis of [.., from]: He-style deviation 1/sqrt(from) times `gain`, or where `uniform` is set
 * weights and bias uniform within 1/sqrt(from), as PyTorch's layers begin. `gelu` passes the result through GELU.
 *
 * Layers can be differentiated once. The gradients of GELU, SiLU, norms, attention and convolutions are written by hand, and
 * what they keep of the way forwards is a constant to a gradient taken of them: that lacks terms, without an error.
 *
 * @param p where the weights are declared: `PATH.kernel`, [from, to], and `PATH.bias`, [to]
 * @param path of the layer in its network
 * @param from numbers that go in
 * @param to numbers that come out
 * @param options defaults: `gain` 1, `bias` true, `uniform` and `gelu` false
 * @returns a function of all weights of the network and [.., from] to [.., to]
 * @throws if the path is taken
 * @example
 * const p = new igds.nn.Parameters();
 * const layer = igds.nn.dense<igds.Tensor2D>(p, "first", 2, 8);
 * layer(p.initialise(0), igds.tf.zeros([5, 2])).shape; // [5, 8]
 */
export function dense<T extends Tensor2D | Tensor3D>(
  p: Parameters,
  path: string,
  from: number,
  to: number,
  options: { gain?: number; bias?: boolean; uniform?: boolean; gelu?: boolean } = {},
): Layer<T> {
  const uniform = options.uniform ? { within: 1 / Math.sqrt(from) } : null;
  const kernel = p.add<Tensor2D>(
    `${path}.kernel`,
    [from, to],
    uniform ?? { deviation: (options.gain ?? 1) / Math.sqrt(from) },
  );
  const bias =
    options.bias === false ? null : p.add<Tensor1D>(`${path}.bias`, [to], uniform ?? { constant: 0 });
  return (w, x) => {
    const rows = x.rank === 2 ? (x as Tensor2D) : (x.reshape([-1, from]) as Tensor2D);
    const product = () => tf.matMul(rows, kernel(w));
    const plain = () => (bias ? tf.add(product(), bias(w)) : product());
    const y = !options.gelu ? plain() : bias ? denseGelu(rows, kernel(w), bias(w)) : gelu(product());
    return (x.rank === 2 ? y : y.reshape([...x.shape.slice(0, -1), to])) as T;
  };
}

/** Convolution, NHWC, "same" padding. */
export function conv(
  p: Parameters,
  path: string,
  from: number,
  to: number,
  options: { size?: number; stride?: number; gain?: number } = {},
): Layer<Tensor4D> {
  const { size = 3, stride = 1, gain = 1 } = options;
  const kernel = p.add<Tensor4D>(`${path}.kernel`, [size, size, from, to], {
    deviation: gain / Math.sqrt(size * size * from),
  });
  const bias = p.add<Tensor1D>(`${path}.bias`, [to], { constant: 0 });
  return (w, x) => convolve(x, kernel(w), bias(w), stride);
}

/** Doubles height and width by a transposed convolution of size and stride 2. */
export function upsample(p: Parameters, path: string, from: number, to: number): Layer<Tensor4D> {
  const kernel = p.add<Tensor4D>(`${path}.kernel`, [2, 2, to, from], { deviation: 1 / Math.sqrt(from) });
  const bias = p.add<Tensor1D>(`${path}.bias`, [to], { constant: 0 });
  return (w, x) => {
    const [n, height, width] = x.shape;
    return tf.add(tf.conv2dTranspose(x, kernel(w), [n, 2 * height, 2 * width, to], 2, "same"), bias(w));
  };
}

/** Group normalisation with learned scale and shift per channel, and what follows it. */
export function norm(
  p: Parameters,
  path: string,
  channels: number,
  groups: number,
  options: GroupNormOptions = {},
): Layer<Tensor4D> {
  const scale = p.add<Tensor1D>(`${path}.scale`, [channels], { constant: 1 });
  const shift = p.add<Tensor1D>(`${path}.shift`, [channels], { constant: 0 });
  return (w, x) =>
    groupNorm(
      x,
      scale(w).reshape([1, 1, 1, channels]) as Tensor4D,
      shift(w).reshape([1, 1, 1, channels]) as Tensor4D,
      groups,
      options,
    );
}

/**
 * Residual block: norm, SiLU, convolution, norm scaled and shifted by the embedding, SiLU, convolution
 * (Dhariwal & Nichol 2021).
 *
 * @returns a function of the activations [N, H, W, from] and the embedding [N, embedding]
 */
export function residual(
  p: Parameters,
  path: string,
  from: number,
  to: number,
  embedding: number,
  groups: number,
): (w: Weights, x: Tensor4D, embedded: Tensor2D) => Tensor4D {
  const norm1 = norm(p, `${path}.norm1`, from, groups, { activation: "silu" });
  const conv1 = conv(p, `${path}.conv1`, from, to);
  const modulation = dense<Tensor2D>(p, `${path}.modulation`, embedding, 2 * to);
  // Zero at the start: the block begins as the identity.
  const conv2 = conv(p, `${path}.conv2`, to, to, { gain: 0 });
  const shortcut = from === to ? null : conv(p, `${path}.shortcut`, from, to, { size: 1 });
  return (w, x, embedded) => {
    const h = conv1(w, norm1(w, x));
    const [scale, shift] = tf.split(modulation(w, embedded).reshape([-1, 1, 1, 2 * to]), 2, 3) as [
      Tensor4D,
      Tensor4D,
    ];
    const modulated = groupNorm(h, tf.add(scale, 1), shift, groups, { activation: "silu" });
    return tf.add(conv2(w, modulated), shortcut ? shortcut(w, x) : x);
  };
}

/** Self-attention over the pixels, added to its input. */
export function attention(
  p: Parameters,
  path: string,
  channels: number,
  heads: number,
  groups: number,
): Layer<Tensor4D> {
  const normalise = norm(p, `${path}.norm`, channels, groups);
  const qkv = dense<Tensor3D>(p, `${path}.qkv`, channels, 3 * channels);
  const project = dense<Tensor3D>(p, `${path}.project`, channels, channels, { gain: 0 });
  return (w, x) => {
    const [n, height, width] = x.shape;
    const tokens = normalise(w, x).reshape([n, height * width, channels]) as Tensor3D;
    const mixed = attend(qkv(w, tokens), heads);
    return tf.add(x, project(w, mixed).reshape([n, height, width, channels])) as Tensor4D;
  };
}

/**
 * Sinusoidal embedding of the time step (Vaswani et al. 2017; in DiT's convention, cosines first and
 * frequencies 10000^(-k / (size/2))).
 *
 * @param t [N], 0..T-1
 * @returns [N, size]
 */
export function timeFeatures(t: Tensor1D, size: number): Tensor2D {
  const half = size / 2;
  return sinusoids(
    t,
    Float32Array.from({ length: half }, (_, k) => Math.exp((-Math.log(10000) * k) / half)),
  );
}

/** Embedding of a class index by table; written as a product so that its gradient is one as well. */
export function embedding(
  p: Parameters,
  path: string,
  entries: number,
  size: number,
): (w: Weights, index: Tensor1D) => Tensor2D {
  const table = p.add<Tensor2D>(`${path}.table`, [entries, size], { deviation: 0.02 });
  return (w, index) => tf.matMul(tf.oneHot(index, entries).cast("float32") as Tensor2D, table(w));
}
