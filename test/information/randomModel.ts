// Context models whose law is known.
import type { ContextModel } from "../../src/information/contextModel";
import { GaussianMixture } from "../../src/information/groundTruth";
import type { Seed } from "../../src/tensor/random";

/** A class whose law is known: k random Gaussians. */
export function randomModel(own: Seed, k: number, dimension: number, spread = 1.5): ContextModel {
  const raw = own
    .child("weights")
    .uniform(k)
    .map((u) => 0.3 + u);
  const total = raw.reduce((a, b) => a + b);
  return {
    dimension,
    k,
    centroids: own
      .child("centroids")
      .normal(k * dimension)
      .map((value) => spread * value),
    weights: Float32Array.from(raw, (w) => w / total),
    variance: Float32Array.from(own.child("variance").uniform(k), (u) => 0.3 + u),
  };
}

/** The law of the class at a noise level. */
export function lawOf(
  { dimension, k, centroids, weights, variance }: ContextModel,
  alphaBar: number,
): GaussianMixture {
  return new GaussianMixture([
    Array.from({ length: k }, (_, z) => ({
      mean: Array.from(
        centroids.subarray(z * dimension, (z + 1) * dimension),
        (m) => m * Math.sqrt(alphaBar),
      ),
      variance: alphaBar * variance[z]! + 1 - alphaBar,
      weight: weights[z]!,
    })),
  ]);
}
