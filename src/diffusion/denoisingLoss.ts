// What every training of a denoiser has in common: noised images, and the squared error of what the network predicts.
import type { DenoiserNetwork } from "../nn/denoiserNetwork";
import type { Weights } from "../nn/parameters";
import { type Scalar, type Tensor1D, type Tensor4D, tf } from "../tensor/engine";
import type { NoisyBatch } from "./noising";
import { alphaBar } from "./schedule";

/** A batch as the engine takes it; what depends on t alone is [N, 1, 1, 1]. */
export type DenoisingInputs = [
  x0: Tensor4D,
  noise: Tensor4D,
  /** sqrt(alphaBar). */
  signal: Tensor4D,
  /** sqrt(1 - alphaBar). */
  noiseScale: Tensor4D,
  t: Tensor1D,
  /** Classes, the null class among them. */
  y: Tensor1D,
  /** Of each image's error. */
  weight: Tensor4D,
];

/**
 * Part of the labels that the null class stands in for: what is asked for or usual; none of a network that has no null class.
 * @throws RangeError if it is asked for of such a network
 */
export function classDropoutOf(
  { config }: DenoiserNetwork,
  asked: number | undefined,
  usual: number,
): number {
  if (config.nullClass !== false) return asked ?? usual;
  if (asked)
    throw new RangeError(
      `classDropout: this "${config.kind}" has no null class to stand in for labels: expected 0, found ${asked}. Leave it out.`,
    );
  return 0;
}

/**
 * @param classDropout part of the labels that the null class stands in for, so that classifier-free guidance can ask for
 *   it (Ho & Salimans 2022)
 */
export function denoisingInputs(
  { config, lossWeight = () => 1 }: DenoiserNetwork,
  { shape, x0, noise, t, labels, draw }: NoisyBatch,
  classDropout: number,
): DenoisingInputs {
  const dropped = draw.child("dropout").uniform(t.length);
  const y = labels.map((label, i) => (dropped[i] < classDropout ? config.classes : label));
  const per = (f: (t: number) => number) => tf.tensor4d(Float32Array.from(t, f), [t.length, 1, 1, 1]);
  return [
    tf.tensor4d(x0, [...shape]),
    tf.tensor4d(noise, [...shape]),
    per((i) => Math.sqrt(alphaBar[i])),
    per((i) => Math.sqrt(1 - alphaBar[i])),
    tf.tensor1d(t, "int32"),
    tf.tensor1d(y, "int32"),
    per(lossWeight),
  ];
}

/**
 * @returns the noised images, what the network predicts of them, and the mean squared error of that per value, weighted
 *   (Ho et al. 2020, equation 14)
 */
export function denoise(
  network: DenoiserNetwork,
  w: Weights,
  [x0, noise, signal, noiseScale, t, y, weight]: DenoisingInputs,
): { x: Tensor4D; predicted: Tensor4D; error: Scalar } {
  const x = tf.add(tf.mul(x0, signal), tf.mul(noise, noiseScale)) as Tensor4D;
  const predicted = network.apply(w, x, t, y);
  return { x, predicted, error: tf.mean(tf.mul(tf.squaredDifference(predicted, noise), weight)) as Scalar };
}
