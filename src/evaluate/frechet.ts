// The Frechet distance between two samples in a feature space, each taken as a Gaussian:
//     |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)).
// D. C. Dowson, B. V. Landau, J. Multivariate Anal. 12, 1982; on images: M. Heusel et al., NeurIPS 2017 ("FID").
//
// The trace of the root needs no root: S1 S2 has the eigenvalues of F' S1 F for every F with F F' = S2, and F is
// the set itself where it has fewer points than dimensions. With few points the distance is biased upwards, so sets
// are to be compared at equal size, and with real images of that size.
import { eigenvalues } from "../information/eigen";

/** Mean and covariance of a sample. */
export interface Gaussian {
  /** d numbers. */
  readonly mean: Float64Array;
  /** Divisor N - 1; row by row, d x d. */
  readonly covariance: Float64Array;
  /** d x r with F F' = covariance, row by row. */
  readonly factor: Float64Array;
}

/**
 * The Gaussian with the mean and the covariance of a sample, for {@link frechetDistance}.
 *
 * @param points row by row, N x `dimension`, N >= 2
 * @param dimension numbers in one point, d
 * @throws RangeError if the points are not at least two whole rows
 * @example igds.evaluate.gaussianOf(Float32Array.of(0, 0, 2, 0, 0, 2, 2, 2), 2).mean; // [1, 1]
 */
export function gaussianOf(points: Float32Array, dimension: number): Gaussian {
  const n = points.length / dimension;
  if (!Number.isInteger(n) || n < 2)
    throw new RangeError(
      `A covariance needs at least two rows of ${dimension} numbers, found ${points.length} numbers`,
    );
  const mean = new Float64Array(dimension);
  points.forEach((value, i) => {
    mean[i % dimension] += value / n;
  });
  const centred = Float64Array.from(points, (value, i) => (value - mean[i % dimension]) / Math.sqrt(n - 1));
  const covariance = new Float64Array(dimension * dimension);
  for (let k = 0; k < n; k++) {
    const row = centred.subarray(k * dimension, (k + 1) * dimension);
    for (let i = 0; i < dimension; i++) {
      const value = row[i];
      if (value === 0) continue;
      for (let j = 0; j <= i; j++) covariance[i * dimension + j] += value * row[j];
    }
  }
  for (let i = 0; i < dimension; i++)
    for (let j = 0; j < i; j++) covariance[j * dimension + i] = covariance[i * dimension + j];
  const factor = n < dimension ? transposed(centred, n, dimension) : cholesky(covariance, dimension);
  return { mean, covariance, factor };
}

/**
 * Squared Frechet distance, as it is usually reported: |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)) (Dowson & Landau
 * 1982; "FID" on images, Heusel et al. 2017). With few points it is biased upwards: compare sets of equal size.
 *
 * @returns at least 0, in the squared unit of the points
 * @throws RangeError if the dimensions differ
 * @example
 * const [real, made] = [images, set.images].map((batch) =>
 *   igds.evaluate.gaussianOf(reference.features(batch), reference.featureCount),
 * );
 * igds.evaluate.frechetDistance(real, made);
 */
export function frechetDistance(a: Gaussian, b: Gaussian): number {
  const d = a.mean.length;
  if (b.mean.length !== d)
    throw new RangeError(
      `Frechet distance between dimensions ${d} and ${b.mean.length}: expected equal ones`,
    );
  const means = a.mean.reduce((sum, value, c) => sum + (value - b.mean[c]) ** 2, 0);
  return Math.max(0, means + trace(a.covariance, d) + trace(b.covariance, d) - 2 * rootTrace(a, b));
}

/** tr (S1 S2)^(1/2). */
function rootTrace(a: Gaussian, b: Gaussian): number {
  const d = a.mean.length;
  const [full, thin] = a.factor.length < b.factor.length ? [b, a] : [a, b];
  const rank = thin.factor.length / d;
  // F' S F, with S F first.
  const product = new Float64Array(d * rank);
  for (let i = 0; i < d; i++)
    for (let k = 0; k < d; k++) {
      const value = full.covariance[i * d + k];
      for (let r = 0; r < rank; r++) product[i * rank + r] += value * thin.factor[k * rank + r];
    }
  const inner = new Float64Array(rank * rank);
  for (let k = 0; k < d; k++)
    for (let i = 0; i < rank; i++) {
      const value = thin.factor[k * rank + i];
      for (let j = 0; j < rank; j++) inner[i * rank + j] += value * product[k * rank + j];
    }
  return eigenvalues(inner, rank).reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
}

function trace(matrix: Float64Array, d: number): number {
  let sum = 0;
  for (let i = 0; i < d; i++) sum += matrix[i * d + i];
  return sum;
}

/** Lower triangular L with L L' = matrix; a direction without variance gets a column of zeros. */
function cholesky(matrix: Float64Array, d: number): Float64Array {
  const l = new Float64Array(d * d);
  const least = 1e-12 * trace(matrix, d);
  for (let j = 0; j < d; j++) {
    let pivot = matrix[j * d + j];
    for (let k = 0; k < j; k++) pivot -= l[j * d + k] ** 2;
    if (pivot <= least) continue;
    const root = Math.sqrt(pivot);
    l[j * d + j] = root;
    for (let i = j + 1; i < d; i++) {
      let sum = matrix[i * d + j];
      for (let k = 0; k < j; k++) sum -= l[i * d + k] * l[j * d + k];
      l[i * d + j] = sum / root;
    }
  }
  return l;
}

function transposed(rows: Float64Array, n: number, d: number): Float64Array {
  return Float64Array.from({ length: n * d }, (_, i) => rows[(i % n) * d + Math.floor(i / n)]);
}
