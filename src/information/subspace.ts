// The directions in which points differ by more than noise: what is left of d dimensions after throwing away those
// that only add to the error of a fit.
//
// The means of m Gaussians span at most m - 1 directions. Noise of variance v spreads the eigenvalues of a sample
// covariance over v (1 -+ sqrt(d / N))^2 (Marchenko and Pastur); the directions above are kept. Of what lies outside
// the squared length is kept: with the coordinates it is all that isotropic Gaussians with means inside need.
//
// These are found without labels, so a bound fitted among them stays a lower bound; directions that labels tell (the
// class means, crossFit.ts) may only come from points that the bound is not averaged over.
// M. Tipping, C. Bishop: Probabilistic Principal Component Analysis. J. R. Stat. Soc. B 61(3), 1999.
import { type Tensor2D, tf } from "../tensor/engine";
import { numbersOf } from "../tensor/numbersOf";
import type { Seed } from "../tensor/random";
import { symmetricEigen } from "./eigen";

/** Points as seen from a subspace. */
export interface Projection {
  /** Dimension d of the points. */
  readonly dimension: number;
  /** Dimension of the subspace, 1..d. */
  readonly rank: number;
  /** N x rank, row by row. */
  readonly coordinates: Float32Array;
  /** Squared distance of each point to the subspace, N; zero where rank = d. */
  readonly residual: Float64Array;
}

/** At most this many dimensions are kept whole: there is little to gain. */
const SMALL = 16;
/** At most this many dimensions are decomposed wholly. */
const WHOLE = 96;
/** Most directions looked for in more. */
const MOST = 64;
const ITERATIONS = 20;
/** Directions at the edge of the noise hold part of a weak signal; a few that are noise cost little. */
const GENEROUS = 0.93;

/** Rows of orthonormal directions, rank x d; null keeps all dimensions. */
export type Basis = Float64Array | null;

/**
 * The directions that stand out of the noise, found from the points alone.
 *
 * @param points N x `dimension`, row by row
 * @param seed start of the search
 */
export function principalBasis(points: Float32Array, dimension: number, seed: Seed): Basis {
  const count = points.length / dimension;
  if (!Number.isInteger(count) || count < 1)
    throw new RangeError(`principalBasis: expected rows of ${dimension} numbers, found ${points.length}.`);
  if (dimension <= SMALL) return null;
  const covariance = numbersOf(() => {
    const raw = tf.tensor2d(points, [count, dimension]);
    const centred = tf.sub(raw, tf.mean(raw, 0)) as Tensor2D;
    return tf.div(tf.matMul(centred, centred, true), count);
  });
  return principalDirections(covariance, dimension, count, seed);
}

/** A basis with the directions of the means of some groups of points besides. */
export function withMeans(
  basis: Basis,
  points: Float32Array,
  dimension: number,
  groups: readonly Int32Array[],
): Basis {
  if (basis === null || basis.length / dimension + groups.length >= dimension) return null;
  const all = new Float64Array(basis.length + groups.length * dimension);
  all.set(basis);
  groups.forEach((rows, group) => {
    const start = basis.length + group * dimension;
    for (const row of rows) {
      for (let c = 0; c < dimension; c++) all[start + c]! += points[row * dimension + c]! / rows.length;
    }
  });
  return orthonormal(all, dimension);
}

/** Points as seen from a subspace through the origin. */
export function project(points: Float32Array, dimension: number, basis: Basis): Projection {
  const count = points.length / dimension;
  if (basis === null)
    return { dimension, rank: dimension, coordinates: points, residual: new Float64Array(count) };
  const rank = basis.length / dimension;
  const [coordinates, residual] = numbersOf(() => {
    const raw = tf.tensor2d(points, [count, dimension]);
    const directions = tf.tensor2d(Float32Array.from(basis), [rank, dimension]);
    const inside = tf.matMul(raw, directions, false, true);
    const outside = tf.squaredDifference(raw, tf.matMul(inside, directions));
    return [inside, tf.sum(outside, 1)];
  });
  return { dimension, rank, coordinates, residual: Float64Array.from(residual) };
}

/** The eigenvectors whose eigenvalue stands out of the noise, at least one; by subspace iteration. */
function principalDirections(covariance: Float32Array, d: number, count: number, seed: Seed): Float64Array {
  const width = d <= WHOLE ? d : MOST;
  let basis = orthonormal(Float64Array.from(seed.child("subspace").normal(width * d)), d);
  let image = multiply(covariance, basis, d);
  for (let iteration = 0; width < d && iteration < ITERATIONS; iteration++) {
    basis = orthonormal(image, d);
    image = multiply(covariance, basis, d);
  }
  // Rayleigh and Ritz: the eigenvectors inside the subspace.
  const small = Float64Array.from({ length: width * width }, (_, index) =>
    dot(basis, Math.floor(index / width) * d, image, (index % width) * d, d),
  );
  const { values, vectors } = symmetricEigen(small, width);
  const rank = standingOut(covariance, values, d, count);
  const out = new Float64Array(rank * d);
  for (let k = 0; k < rank; k++) {
    for (let j = 0; j < width; j++) {
      const share = vectors[k * width + j]!;
      for (let c = 0; c < d; c++) out[k * d + c]! += share * basis[j * d + c]!;
    }
  }
  return out;
}

/** How many of the largest eigenvalues stand out of the noise; at least one. */
function standingOut(covariance: Float32Array, values: Float64Array, d: number, count: number): number {
  const ratio = Math.sqrt(d / count);
  const above = (noise: number) =>
    Math.max(1, values.filter((value) => value > GENEROUS * noise * (1 + ratio) ** 2).length);
  // All known: the smallest tells the noise, of which there may be little.
  if (values.length === d) return above(values[d - 1]! / Math.max(0.1, (1 - ratio) ** 2));
  // Else noise is most of what is left over, measured anew as directions fall back to it.
  let left = 0;
  for (let i = 0; i < d; i++) left += covariance[i * d + i]!;
  let rank = values.length;
  for (;;) {
    const signal = values.subarray(0, rank).reduce((sum, value) => sum + value, 0);
    const fewer = above((left - signal) / (d - rank));
    if (fewer >= rank) return rank;
    rank = fewer;
  }
}

/** Every row of `rows` times the symmetric matrix. */
function multiply(matrix: Float32Array, rows: Float64Array, d: number): Float64Array {
  return Float64Array.from(rows, (_, index) =>
    dot(matrix, (index % d) * d, rows, Math.floor(index / d) * d, d),
  );
}

/** Gram and Schmidt on the rows, twice, as once is not enough in floating point. */
function orthonormal(rows: Float64Array, d: number): Float64Array {
  const count = rows.length / d;
  for (let i = 0; i < count; i++) {
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const share = dot(rows, i * d, rows, j * d, d);
        for (let c = 0; c < d; c++) rows[i * d + c]! -= share * rows[j * d + c]!;
      }
    }
    // A direction that the others hold already leaves rounding errors: made zero, it adds nothing.
    const length = Math.sqrt(dot(rows, i * d, rows, i * d, d));
    const scale = length > 1e-9 ? 1 / length : 0;
    for (let c = 0; c < d; c++) rows[i * d + c]! *= scale;
  }
  return rows;
}

function dot(a: ArrayLike<number>, aStart: number, b: ArrayLike<number>, bStart: number, d: number): number {
  let sum = 0;
  for (let c = 0; c < d; c++) sum += a[aStart + c]! * b[bStart + c]!;
  return sum;
}
