// The two normalisations of published classifiers under one form: instance norm, which treats every image alike in
// training and in use, and batch norm, which does not.
import { type Tensor, type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../tensor/engine";
import { relu } from "../tensor/fused";
import { groupNorm } from "../tensor/groupNorm";
import { instanceNorm } from "./instanceBlock";
import type { Parameters, Weights } from "./parameters";

/** Instance norm, or batch norm, which in use takes running averages of the training. */
export type NormKind = "instance" | "batch";

/** Running statistics after a training step, by path. */
export type Statistics = Record<string, Tensor>;

/**
 * A normalisation.
 * @param training where the new running statistics are put; without it the stored ones are used
 */
export type Normalise = (w: Weights, x: Tensor4D, training?: Statistics) => Tensor4D;

/** Added to variances, as PyTorch does. */
const EPSILON = 1e-5;

/** Share of a batch in the running statistics (`momentum` of PyTorch's BatchNorm2d). */
export const STATISTICS_SHARE = 0.1;

/** What follows the normalisation: a ReLU, and averages of 2 x 2 pixels. */
export interface Following {
  readonly activation?: "relu";
  readonly pool?: 1 | 2;
}

/** Declares a normalisation of `channels` channels with learned scale and shift, and what follows it. */
export function normalisation(
  kind: NormKind,
  p: Parameters,
  path: string,
  channels: number,
  following: Following = {},
): Normalise {
  return kind === "batch"
    ? batchNorm(p, path, channels, following)
    : instanceNorm(p, path, channels, following);
}

/**
 * Batch norm (Ioffe & Szegedy 2015) as PyTorch computes it: mean and variance of the batch in training, running
 * averages of them in use, the variance there by n - 1.
 */
function batchNorm(
  p: Parameters,
  path: string,
  channels: number,
  { activation, pool = 1 }: Following,
): Normalise {
  const scale = p.add<Tensor1D>(`${path}.scale`, [channels], { constant: 1 });
  const shift = p.add<Tensor1D>(`${path}.shift`, [channels], { constant: 0 });
  const mean = p.addStatistic<Tensor1D>(`${path}.mean`, [channels], 0);
  const variance = p.addStatistic<Tensor1D>(`${path}.variance`, [channels], 1);
  const pooled = (x: Tensor4D) => (pool === 1 ? x : tf.avgPool(x, pool, pool, "valid"));
  return (w, x, training) => {
    if (!training) {
      const factor = tf.mul(scale(w), tf.rsqrt(tf.add(variance(w), EPSILON)));
      const normal = tf.add(tf.mul(x, factor), tf.sub(shift(w), tf.mul(mean(w), factor))) as Tensor4D;
      return pooled(activation ? relu(normal) : normal);
    }
    const [n, height, columns] = x.shape;
    const count = n * height * columns;
    const found = tf.moments(x, [0, 1, 2]);
    const moved = (old: Tensor, now: Tensor) =>
      tf.add(tf.mul(old, 1 - STATISTICS_SHARE), tf.mul(now, STATISTICS_SHARE));
    training[`${path}.mean`] = moved(mean(w), found.mean);
    training[`${path}.variance`] = moved(variance(w), tf.mul(found.variance, count / Math.max(1, count - 1)));
    // One image as high as all of them together: the instance norm of that is the batch norm.
    const stacked = x.reshape([1, n * height, columns, channels]) as Tensor4D;
    const wide = (values: Tensor) => values.reshape([1, 1, 1, channels]) as Tensor4D;
    const following = { epsilon: EPSILON, ...(activation ? { activation } : {}) };
    const normal = groupNorm(stacked, wide(scale(w)), wide(shift(w)), channels, following);
    return pooled(normal.reshape(x.shape) as Tensor4D);
  };
}

/** What a network with batch norm does in training, from its forward pass: the logits, and what it has seen. */
export function trainingWith(
  forward: (w: Weights, x: Tensor4D, training: Statistics) => Tensor2D,
): (w: Weights, x: Tensor4D) => { logits: Tensor2D; statistics: Weights } {
  return (w, x) => {
    const statistics: Statistics = {};
    const logits = forward(w, x, statistics);
    return { logits, statistics };
  };
}
