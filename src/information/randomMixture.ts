// Labelled Gaussian mixtures drawn at random, as difficult as asked for: the cases that the bounds are tested on.
import { Seed, type SeedLike } from "../tensor/random";
import { GaussianMixture } from "./groundTruth";

/** What a random mixture is like. */
export interface MixtureSettings {
  /** d, whole, >= 1. */
  readonly dimension: number;
  /** C, whole, >= 1. */
  readonly classes: number;
  /** Gaussians in each class, whole, >= 1; 3 if left out. */
  readonly contexts?: number;
  /** Typical distance between the means of two classes, and of two contexts of a class, in standard deviations. */
  readonly separation: number;
  /** Ratio between the largest and the smallest weight of a context in its class, >= 1; 1 if left out. */
  readonly imbalance?: number;
}

/**
 * Class centres and the offsets of the contexts are Gaussian vectors whose distances are `separation` in root mean
 * square; every component has variance 1.
 *
 * @param seed of the class centres and the offsets
 * @throws RangeError for settings out of range
 * @example
 * const mixture = igds.information.drawMixture({ dimension: 16, classes: 4, separation: 3 }, 0);
 * mixture.prototypeInformation(1).value; // the true I(X;Y), nats
 */
export function drawMixture(settings: MixtureSettings, seed: SeedLike): GaussianMixture {
  const { dimension, classes, contexts = 3, separation, imbalance = 1 } = settings;
  for (const [name, value] of Object.entries({ dimension, classes, contexts })) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`drawMixture: expected ${name} as a whole number of at least 1, found ${value}.`);
  }
  if (!(separation >= 0 && Number.isFinite(separation)))
    throw new RangeError(`drawMixture: expected a separation of at least 0, found ${separation}.`);
  if (!(imbalance >= 1 && Number.isFinite(imbalance)))
    throw new RangeError(`drawMixture: expected an imbalance of at least 1, found ${imbalance}.`);
  const source = Seed.of(seed);
  const scale = separation / Math.sqrt(2 * dimension);
  return new GaussianMixture(
    Array.from({ length: classes }, (_, y) => {
      const centre = source.child("class", y).normal(dimension);
      return Array.from({ length: contexts }, (_, z) => ({
        mean: source
          .child("context", y, z)
          .normal(dimension)
          .map((offset, c) => scale * (centre[c]! + offset)),
        variance: 1,
        weight: contexts === 1 ? 1 : imbalance ** (-z / (contexts - 1)),
      }));
    }),
  );
}
