// Adam with decoupled weight decay (Kingma & Ba 2015; Loshchilov & Hutter 2019) as a pure function, so
// that it runs inside a compiled training step.
import { type Scalar, type Tensor, tf } from "../tensor/engine";
import type { Weights } from "./parameters";

export interface AdamOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly weightDecay?: number;
  /** Which weights decay. Default: all. */
  readonly decays?: (path: string) => boolean;
  /** The rate that weights decay by. Default: that of the step, larger in the first steps by its bias correction. */
  readonly decayRate?: Scalar;
}

/** Weights and moments. */
export interface AdamState {
  readonly weights: Weights;
  readonly first: Weights;
  readonly second: Weights;
}

/** @returns moments at zero, of the same shapes as the weights */
export function zeroMoments(weights: Weights): Weights {
  return Object.fromEntries(Object.entries(weights).map(([path, weight]) => [path, tf.zeros(weight.shape)]));
}

/**
 * One step.
 *
 * @param rate learning rate, already divided by the bias correction of the first moment, see {@link adamRate}
 * @param correction square root of the bias correction of the second moment
 */
export function adam(
  state: AdamState,
  gradients: Weights,
  rate: Scalar,
  correction: Scalar,
  options: AdamOptions = {},
): AdamState {
  const {
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
    weightDecay = 0,
    decays = () => true,
    decayRate = rate,
  } = options;
  const weights: Record<string, Tensor> = {};
  const first: Record<string, Tensor> = {};
  const second: Record<string, Tensor> = {};
  for (const [path, gradient] of Object.entries(gradients)) {
    const m = tf.add(tf.mul(state.first[path], beta1), tf.mul(gradient, 1 - beta1));
    const v = tf.add(tf.mul(state.second[path], beta2), tf.mul(tf.square(gradient), 1 - beta2));
    const step = tf.div(m, tf.add(tf.div(tf.sqrt(v), correction), epsilon));
    const weight = state.weights[path];
    const decayed =
      weightDecay > 0 && decays(path) ? tf.mul(weight, tf.sub(1, tf.mul(decayRate, weightDecay))) : weight;
    weights[path] = tf.sub(decayed, tf.mul(rate, step));
    first[path] = m;
    second[path] = v;
  }
  return { weights, first, second };
}

/** The two numbers that {@link adam} needs at a step counted from 1. */
export function adamRate(rate: number, step: number, { beta1 = 0.9, beta2 = 0.999 }: AdamOptions = {}) {
  return { rate: rate / (1 - beta1 ** step), correction: Math.sqrt(1 - beta2 ** step) };
}

/** Cosine schedule with a linear start: from 0 over `warmup` steps to `peak`, then down to 0 at `total`. */
export function cosineRate(peak: number, step: number, total: number, warmup: number): number {
  if (step < warmup) return (peak * (step + 1)) / warmup;
  const progress = Math.min(1, (step - warmup) / Math.max(1, total - warmup));
  return (peak * (1 + Math.cos(Math.PI * progress))) / 2;
}

/** RDED's schedule: half a cosine over twice the epochs, so that half of the rate is left at the end. */
export function halfCosineRate(peak: number, epoch: number, epochs: number): number {
  return (peak * (1 + Math.cos((Math.PI * epoch) / epochs / 2))) / 2;
}
