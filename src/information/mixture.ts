// The `mixture` term: Kolchinsky and Tracey's pairwise bounds on the entropy of the images of a class.
//
// Blur the N images x_i of a class with Gaussian noise of variance s^2. The entropy of the blurred set is
//     H = (d/2) ln(2 pi e s^2) + I,
// a constant plus the information I in [0, ln N] that a blurred image carries about which image it came from.
// I is what a set can gain by spreading its images out. It has no closed form, but
//     -(1/N) sum_i ln[(1/N) sum_j exp(-|x_i - x_j|^2 / (8 s^2))]  <=  I
//     -(1/N) sum_i ln[(1/N) sum_j exp(-|x_i - x_j|^2 / (2 s^2))]  >=  I
// (the exponents are the Bhattacharyya distance and the Kullback-Leibler divergence of two of the Gaussians).
//
// A. Kolchinsky, B. D. Tracey: Estimating Mixture Entropy with Pairwise Distances. Entropy 19(7):361, 2017.
import { type Tensor, tf } from "../tensor/engine";
import { squaredDistances } from "./distances";

/** Both sides of the sandwich, nats. */
export interface Sandwich<T> {
  /** Lower bound (Bhattacharyya). The one to maximise. */
  readonly low: T;
  /** Upper bound (Kullback-Leibler). */
  readonly high: T;
}

/**
 * Each image's share of the bounds: -ln[(1/N) sum_j exp(-|x_i - x_j|^2 / (c s^2))], c = 8 (low) and 2 (high).
 * Their mean over i is `mixtureInformation`. Each lies in [0, ln N].
 *
 * The gradient of N times the low bound is sum_j w_ij (x_i - x_j) / (4 s^2) with the weights of row i and,
 * by symmetry, of column i: images of a class repel each other, near ones most.
 *
 * @param points images of one class, [N, d], or of K classes, [K, N, d]
 * @param s2 variance s^2 of the blur, > 0: one number, a scalar tensor, or one per class, [K]
 * @returns [N] or [K, N], nats; exactly zero at N = 1
 * @throws RangeError for points of another rank, s2 that is neither one number nor one per class, or a number that is not
 *   positive (tensors are not looked into)
 * @example
 * igds.information.mixtureInformationPerImage(igds.tf.tensor2d([[0, 0], [3, 4]]), 4).low.print(); // [0.32, 0.32]
 */
export function mixtureInformationPerImage(points: Tensor, s2: Tensor | number): Sandwich<Tensor> {
  return tf.tidy(() => {
    const batched = stacked(points, "mixtureInformation");
    const distances = squaredDistances(batched, batched);
    const inverse = inverseVariance(s2, batched.shape[0]!);
    const n = batched.shape[1]!;
    const shape = points.shape.slice(0, -1);
    const side = (c: number): Tensor =>
      tf.reshape(tf.sub(Math.log(n), tf.logSumExp(tf.mul(distances, tf.mul(inverse, -1 / c)), 2)), shape);
    return { low: side(8), high: side(2) };
  });
}

/**
 * Information part of the mixture bounds, low <= I(X; i) <= high, both in [0, ln N].
 * Pure and differentiable in `points` and `s2`.
 *
 * @param points images of one class, [N, d], or of K classes, [K, N, d]
 * @param s2 variance s^2 of the blur, > 0: one number, a scalar tensor, or one per class, [K]
 * @returns a scalar, or [K], each; nats; exactly zero at N = 1
 * @throws RangeError for points of another rank, s2 that is neither one number nor one per class, or a number that is not
 *   positive (tensors are not looked into)
 * @example
 * igds.information.mixtureInformation(igds.tf.tensor2d([[0, 0], [3, 4]]), 4).low.print(); // 0.32, at most ln 2
 */
export function mixtureInformation(points: Tensor, s2: Tensor | number): Sandwich<Tensor> {
  return tf.tidy(() => {
    const { low, high } = mixtureInformationPerImage(points, s2);
    return { low: tf.mean(low, -1), high: tf.mean(high, -1) };
  });
}

/**
 * Bounds on the differential entropy of the blurred set: the information part plus (d/2) ln(2 pi e s^2).
 *
 * @param points images of one class, [N, d], or of K classes, [K, N, d]
 * @param s2 variance s^2 of the blur, > 0: one number, a scalar tensor, or one per class, [K]
 * @returns a scalar, or [K], each; nats relative to the unit of `points`, so they may be negative
 * @throws RangeError for points of another rank, s2 that is neither one number nor one per class, or a number that is not
 *   positive (tensors are not looked into)
 * @example
 * igds.information
 *   .mixtureEntropy(
 *     igds.tf.tensor2d([
 *       [0, 0],
 *       [3, 4],
 *     ]),
 *     4,
 *   )
 *   .low.print(); // nats, relative to the unit of the points
 */
export function mixtureEntropy(points: Tensor, s2: Tensor | number): Sandwich<Tensor> {
  return tf.tidy(() => {
    const { low, high } = mixtureInformation(points, s2);
    const dimension = points.shape[points.rank - 1]!;
    const variance = typeof s2 === "number" ? tf.scalar(s2) : s2;
    const noise = tf.mul(tf.log(tf.mul(variance, 2 * Math.PI * Math.E)), dimension / 2);
    return { low: tf.add(low, noise), high: tf.add(high, noise) };
  });
}

/**
 * The mixture bounds of one set of points as plain numbers.
 *
 * @param points row by row, N x `dimension`
 * @param dimension numbers in one point, d
 * @param s2 variance s^2 of the blur, > 0, in the squared unit of `points`
 * @returns nats, both in [0, ln N]
 * @throws RangeError if `points` is not a whole number of rows or s2 is not positive
 * @example
 * igds.information.mixtureInformationOf(Float32Array.of(0, 0, 3, 4), 2, 4);
 * // { low: 0.32, high: 0.65 }, between 0 and ln 2
 */
export function mixtureInformationOf(points: Float32Array, dimension: number, s2: number): Sandwich<number> {
  const n = points.length / dimension;
  if (!Number.isInteger(n) || n < 1) {
    throw new RangeError(
      `mixtureInformationOf: expected rows of ${dimension} numbers, found ${points.length} numbers. ` +
        "Pass the points row by row.",
    );
  }
  if (!(s2 > 0)) {
    throw new RangeError(
      `mixtureInformationOf: expected a variance s2 > 0, found ${s2}. Use medianBandwidthOf, or igds.diffusion.noiseLevel(t) ** 2.`,
    );
  }
  return tf.tidy(() => {
    const { low, high } = mixtureInformation(tf.tensor2d(points, [n, dimension]), s2);
    return { low: low.dataSync()[0]!, high: high.dataSync()[0]! };
  });
}

/** [N, d] or [K, N, d] as [K, N, d]. */
function stacked(points: Tensor, name: string): Tensor {
  if (points.rank === 3) return points;
  if (points.rank === 2) return tf.reshape(points, [1, ...points.shape]);
  throw new RangeError(
    `${name}: expected points [N, d] or [K, N, d], found [${points.shape}]. Flatten each image to one row.`,
  );
}

/** 1 / s^2 in a shape that multiplies [K, N, N]. */
function inverseVariance(s2: Tensor | number, classes: number): Tensor {
  if (typeof s2 === "number") {
    if (!(s2 > 0))
      throw new RangeError(
        `mixtureInformation: expected a variance s2 > 0, found ${s2}. Use medianBandwidth, or igds.diffusion.noiseLevel(t) ** 2.`,
      );
    return tf.scalar(1 / s2);
  }
  if (s2.size !== 1 && s2.size !== classes) {
    throw new RangeError(
      `mixtureInformation: expected s2 as one number or one per class (${classes}), found [${s2.shape}].`,
    );
  }
  return tf.reciprocal(tf.reshape(s2, [s2.size, 1, 1]));
}
