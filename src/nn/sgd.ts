// Stochastic gradient descent with momentum and coupled weight decay (Polyak 1964; in the convention of
// Sutskever et al. 2013) as a pure function: the optimiser of the published evaluations.
import { type Scalar, type Tensor, tf } from "../tensor/engine";
import type { Weights } from "./parameters";

export interface SgdOptions {
  readonly momentum?: number;
  readonly weightDecay?: number;
}

/** Weights and velocities. */
export interface SgdState {
  readonly weights: Weights;
  readonly first: Weights;
}

/** One step: v <- momentum v + gradient + weightDecay w, w <- w - rate v. */
export function sgd(
  state: SgdState,
  gradients: Weights,
  rate: Scalar,
  { momentum = 0.9, weightDecay = 0 }: SgdOptions = {},
): SgdState {
  const weights: Record<string, Tensor> = {};
  const first: Record<string, Tensor> = {};
  for (const [path, gradient] of Object.entries(gradients)) {
    const weight = state.weights[path];
    const force = weightDecay > 0 ? tf.add(gradient, tf.mul(weight, weightDecay)) : gradient;
    first[path] = tf.add(tf.mul(state.first[path], momentum), force);
    weights[path] = tf.sub(weight, tf.mul(rate, first[path]));
  }
  return { weights, first };
}

/** The schedule of the published evaluations: `peak`, and a tenth of it from the middle on. */
export function halfwayRate(peak: number, step: number, total: number): number {
  return step <= total / 2 ? peak : peak / 10;
}

/** The schedule of the shared evaluator: a fifth of the rate after two thirds of the epochs, and again after five sixths. */
export function multiStepRate(peak: number, epoch: number, epochs: number): number {
  const passed = [Math.floor((2 * epochs) / 3), Math.floor((5 * epochs) / 6)].filter((end) => epoch >= end);
  return peak * 0.2 ** passed.length;
}
