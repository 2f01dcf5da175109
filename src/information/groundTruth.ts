// Labelled Gaussian mixtures, whose I(X;Y), I(X;Z|Y) and H(X|Y) are known: the yardstick of the bounds.
//
// Y is uniform over the classes; given Y = y, the component Z is drawn with its weight, and X ~ N(m_z, v_z I).
// None of the three has a closed form in general, but all reduce to entropies of exact posteriors,
//     I(X;Y)   = ln C - E H(p(y|X))
//     I(X;Z|Y) = E_y [H(Z|y) - E H(p(z|X,y))]
//     H(X|Y)   = E_yz (d/2) ln(2 pi e v_z) + I(X;Z|Y),
// bounded quantities whose Monte Carlo error is small. Where nothing is left to sample the result is exact.
import { Seed, type SeedLike } from "../tensor/random";
import { logSumExp } from "./softmax";

/** One Gaussian N(mean, variance I). */
export interface GaussianComponent {
  /** d finite numbers, the same d in all components of a mixture. */
  readonly mean: ArrayLike<number>;
  /** In each dimension, > 0. */
  readonly variance: number;
  /** Relative weight inside its class, > 0; 1 if left out. */
  readonly weight?: number;
}

/** A Monte Carlo result, nats. */
export interface Estimate {
  /** The mean over the draws. */
  readonly value: number;
  /** Standard error of `value`; 0 where it is exact. */
  readonly standardError: number;
  /** Draws used; 0 where it is exact. */
  readonly samples: number;
}

/** How long to sample: until either limit is met. */
export interface Precision {
  /** Half-width of the 95 % interval to reach, nats; 0.01 if left out. */
  readonly tolerance?: number;
  /** Most draws, at least 1; 1,000,000 if left out. The standard error says what was reached. */
  readonly maxSamples?: number;
}

/** Draws from a mixture. */
export interface MixtureSample {
  /** x, row by row, N x d. */
  readonly points: Float32Array;
  /** y, N. */
  readonly labels: Int32Array;
  /** z inside its class, N. */
  readonly contexts: Int32Array;
}

const BATCH = 2048;
/** Fewest draws before the standard error is believed. */
const FEWEST = 2 * BATCH;

/**
 * A labelled Gaussian mixture with its true information.
 *
 * @example
 * const mixture = new igds.information.GaussianMixture([
 *   [{ mean: [-1], variance: 1 }],
 *   [{ mean: [1], variance: 1 }],
 * ]);
 * mixture.prototypeInformation(0); // { value: about 0.34 nat, standardError, samples }
 */
export class GaussianMixture {
  /** Numbers in one point, d. */
  readonly dimension: number;
  /** The components of each class, their weights adding up to 1. */
  readonly classes: readonly (readonly Required<GaussianComponent>[])[];

  /**
   * @param classes the components of each class
   * @throws RangeError for an empty class, mixed dimensions, a mean that is not finite, or a weight or variance that is not
   *   positive and finite
   */
  constructor(classes: readonly (readonly GaussianComponent[])[]) {
    this.dimension = classes[0]?.[0]?.mean.length ?? 0;
    this.classes = classes.map((components, y) => {
      const total = components.reduce((sum, { weight = 1 }) => sum + weight, 0);
      return components.map(({ mean, variance, weight = 1 }) => {
        const centre = Float64Array.from(mean);
        const positive = [variance, weight].every((value) => value > 0 && Number.isFinite(value));
        if (centre.length !== this.dimension || !centre.every(Number.isFinite) || !positive) {
          const strange = centre.find((value) => !Number.isFinite(value));
          throw new RangeError(
            `GaussianMixture: expected means of ${this.dimension} numbers, all finite, variance > 0 and weight > 0, found ` +
              `${centre.length} numbers${strange === undefined ? "" : `, ${strange} among them`}, variance ${variance}, ` +
              `weight ${weight} in class ${y}.`,
          );
        }
        return { mean: centre, variance, weight: weight / total };
      });
    });
    const empty = this.classes.findIndex((components) => components.length === 0);
    if (this.dimension === 0 || empty >= 0) {
      throw new RangeError(
        `GaussianMixture: expected at least one component in every class, found none in class ${Math.max(0, empty)}.`,
      );
    }
  }

  /**
   * The law of a blurred set: one class with a component of weight 1/N and variance s2 around each point. Its
   * contextual information is what the `mixture` bounds enclose.
   *
   * @param points row by row, N x `dimension`
   * @throws RangeError if the points are not whole rows of finite numbers, or s2 is not positive
   */
  static aroundPoints(points: ArrayLike<number>, dimension: number, s2: number): GaussianMixture {
    const count = points.length / dimension;
    if (!Number.isInteger(count) || count < 1)
      throw new RangeError(
        `GaussianMixture.aroundPoints: expected rows of ${dimension} numbers, found ${points.length} numbers. ` +
          "Pass the points row by row.",
      );
    const rows = Array.from({ length: count }, (_, i) => ({
      mean: Array.from({ length: dimension }, (_, c) => points[i * dimension + c]!),
      variance: s2,
    }));
    return new GaussianMixture([rows]);
  }

  /** `count` independent draws of (X, Y, Z). */
  sample(count: number, seed: SeedLike): MixtureSample {
    const source = Seed.of(seed);
    const { dimension, classes } = this;
    const labels = source.child("label").integers(count, classes.length);
    const choice = source.child("component").uniform(count);
    const points = source.child("noise").normal(count * dimension);
    const contexts = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const components = classes[labels[i]!]!;
      let z = 0;
      for (let u = choice[i]! - components[0]!.weight; u >= 0 && z < components.length - 1; ) {
        z++;
        u -= components[z]!.weight;
      }
      contexts[i] = z;
      const { mean, variance } = components[z]!;
      const scale = Math.sqrt(variance);
      for (let c = 0; c < dimension; c++) {
        points[i * dimension + c] = mean[c]! + scale * points[i * dimension + c]!;
      }
    }
    return { points, labels, contexts };
  }

  /**
   * ln p(x|y) of every class: scores whose softmax is the true posterior p(y|x).
   *
   * @param points row by row, N x d
   * @returns row by row, N x C
   */
  labelLogits(points: Float32Array): Float64Array {
    const { dimension, classes } = this;
    const count = points.length / dimension;
    const out = new Float64Array(count * classes.length);
    for (let i = 0; i < count; i++) {
      for (let y = 0; y < classes.length; y++) {
        out[i * classes.length + y] = logSumExp(this.componentLogits(points, i, y));
      }
    }
    return out;
  }

  /**
   * ln w_z p(x|z, y) of every context of each point's own class: scores whose softmax is the true p(z|x, y).
   *
   * @param points row by row, N x d
   * @param labels y of each point, N
   * @param width columns; -Infinity where the class has fewer contexts
   * @returns row by row, N x width
   */
  contextLogits(points: Float32Array, labels: ArrayLike<number>, width: number): Float64Array {
    const out = new Float64Array(labels.length * width).fill(-Infinity);
    for (let i = 0; i < labels.length; i++) out.set(this.componentLogits(points, i, labels[i]!), i * width);
    return out;
  }

  /** ln w_z p(x_i|z, y) of every component of class y. */
  private componentLogits(points: Float32Array, i: number, y: number): Float64Array {
    const { dimension } = this;
    const start = i * dimension;
    return Float64Array.from(this.classes[y]!, ({ mean, variance, weight }) => {
      let distance = 0;
      for (let c = 0; c < dimension; c++) distance += (points[start + c]! - (mean as Float64Array)[c]!) ** 2;
      return (
        Math.log(weight) - distance / (2 * variance) - (dimension / 2) * Math.log(2 * Math.PI * variance)
      );
    });
  }

  /** Prototype information I(X;Y), in [0, ln C]. Exact (zero) for one class. */
  prototypeInformation(seed: SeedLike, precision: Precision = {}): Estimate {
    const count = this.classes.length;
    if (count === 1) return exact(0);
    const source = Seed.of(seed);
    return monteCarlo(precision, (samples, batch) => {
      const { points } = this.sample(samples, source.child("prototype", batch));
      const logits = this.labelLogits(points);
      return Float64Array.from(
        { length: samples },
        (_, i) => Math.log(count) - entropyOf(logits.subarray(i * count, (i + 1) * count)),
      );
    });
  }

  /** Context information I(X;Z|Y), in [0, H(Z|Y)]. Exact (zero) where every class has one component. */
  contextInformation(seed: SeedLike, precision: Precision = {}): Estimate {
    if (this.classes.every((components) => components.length === 1)) return exact(0);
    const source = Seed.of(seed);
    const prior = this.classes.map((components) =>
      entropyOf(Float64Array.from(components, ({ weight }) => Math.log(weight))),
    );
    return monteCarlo(precision, (samples, batch) => {
      const { points, labels } = this.sample(samples, source.child("context", batch));
      return Float64Array.from(labels, (y, i) => prior[y]! - entropyOf(this.componentLogits(points, i, y)));
    });
  }

  /** Contextual information H(X|Y), the differential entropy inside a class. Exact for one Gaussian per class. */
  contextualEntropy(seed: SeedLike, precision: Precision = {}): Estimate {
    const { value, ...error } = this.contextInformation(seed, precision);
    return { value: this.componentEntropy() + value, ...error };
  }

  /** H(X|Y,Z), the mean entropy of the components, exactly: what I(X;Z|Y) lacks to H(X|Y). Nats. */
  componentEntropy(): number {
    const noise = this.classes.map((components) =>
      components.reduce(
        (sum, { weight, variance }) =>
          sum + weight * (this.dimension / 2) * Math.log(2 * Math.PI * Math.E * variance),
        0,
      ),
    );
    return noise.reduce((sum, value) => sum + value, 0) / noise.length;
  }
}

function exact(value: number): Estimate {
  return { value, standardError: 0, samples: 0 };
}

/** Averages batches of draws until the 95 % interval is narrow enough. */
function monteCarlo(
  { tolerance = 0.01, maxSamples = 1_000_000 }: Precision,
  draw: (samples: number, batch: number) => Float64Array,
): Estimate {
  if (!(maxSamples >= 1 && Math.floor(maxSamples) === maxSamples))
    throw new RangeError(`maxSamples: expected a whole number of draws, at least 1, found ${maxSamples}.`);
  let samples = 0;
  let mean = 0;
  let squares = 0; // sum of squared deviations, kept by Welford's update
  for (let batch = 0; samples < maxSamples; batch++) {
    for (const value of draw(Math.min(BATCH, maxSamples - samples), batch)) {
      samples++;
      const step = value - mean;
      mean += step / samples;
      squares += step * (value - mean);
    }
    const standardError = Math.sqrt(squares / Math.max(1, samples - 1) / samples);
    if (samples >= FEWEST && 1.96 * standardError <= tolerance) break;
  }
  return { value: mean, standardError: Math.sqrt(squares / Math.max(1, samples - 1) / samples), samples };
}

/** Entropy of softmax(logits), nats. */
function entropyOf(logits: Float64Array): number {
  const total = logSumExp(logits);
  let entropy = 0;
  for (const value of logits) {
    const logP = value - total;
    if (logP > -700) entropy -= Math.exp(logP) * logP; // below, p ln p underflows; -Infinity would make NaN
  }
  return entropy;
}
