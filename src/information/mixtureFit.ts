// A mixture of isotropic Gaussians fitted to the points of one class by expectation-maximisation.
//
// With one for each class, Bayes' rule gives a classifier q(y|x) with no network (mixture discriminant analysis,
// T. Hastie, R. Tibshirani, J. R. Stat. Soc. B 58(1), 1996); with the components known it gives q(z|x,y).
// The means lie in a subspace (subspace.ts), so |x - m|^2 = |coordinates - m|^2 + residual.
//
// A. Dempster, N. Laird, D. Rubin: Maximum Likelihood from Incomplete Data via the EM Algorithm. 1977.
import type { Seed } from "../tensor/random";
import { kMeans } from "./kMeans";
import { logSumExp } from "./softmax";
import type { Projection } from "./subspace";

/** The fitted law of one class. */
export interface FittedMixture {
  readonly components: number;
  /** Means in the subspace, components x rank. */
  readonly means: Float64Array;
  /** ln w_z - (d/2) ln(2 pi v_z): what does not depend on the point. */
  readonly offsets: Float64Array;
  /** Variance of each component in each of the d dimensions. */
  readonly variances: Float64Array;
}

const ROUNDS = 25;
/** EM ends when a round gains less than this for each point, nats. */
const ENOUGH = 1e-4;
/** Starts by k-means, of which the tightest goes on: one alone often cuts a cluster in two and joins two others. */
const STARTS = 12;
/** Most points that the start by k-means looks at. */
const START_POINTS = 400;

/**
 * Fits `components` Gaussians to some of the points.
 *
 * @param rows which points, at least as many as components
 */
export function fitMixture(
  points: Projection,
  rows: Int32Array,
  components: number,
  seed: Seed,
): FittedMixture {
  const { rank, coordinates } = points;
  const few = rows.subarray(0, START_POINTS);
  const chosen = new Float32Array(few.length * rank);
  few.forEach((row, i) => {
    chosen.set(coordinates.subarray(row * rank, (row + 1) * rank), i * rank);
  });
  const starts = Array.from({ length: components > 1 ? STARTS : 1 }, (_, start) =>
    kMeans(chosen, rank, components, seed.child("start", start), { maxIterations: 15 }),
  );
  const { assignment } = starts.reduce((best, start) => (start.inertia < best.inertia ? start : best));
  let fit = fitAssigned(points, few, assignment, components);
  const shares = new Float64Array(rows.length * components);
  let before = -Infinity;
  for (let round = 0; components > 1 && round < ROUNDS; round++) {
    const likelihood = expectation(points, rows, fit, shares);
    fit = maximisation(points, rows, shares, components);
    if (likelihood - before < ENOUGH) break;
    before = likelihood;
  }
  return components > 1 ? fit : fitAssigned(points, rows, new Int32Array(rows.length), 1);
}

/**
 * The mixture whose components are known for each point.
 *
 * @param assignment the component of each of `rows`
 */
export function fitAssigned(
  points: Projection,
  rows: Int32Array,
  assignment: ArrayLike<number>,
  components: number,
): FittedMixture {
  const shares = new Float64Array(rows.length * components);
  for (let i = 0; i < rows.length; i++) shares[i * components + assignment[i]!] = 1;
  return maximisation(points, rows, shares, components);
}

/** Sets the share of each component in each point; returns the mean log-likelihood. */
function expectation(points: Projection, rows: Int32Array, fit: FittedMixture, shares: Float64Array): number {
  const { components } = fit;
  const terms = new Float64Array(components);
  let likelihood = 0;
  for (let i = 0; i < rows.length; i++) {
    const total = componentLogits(points, rows[i]!, fit, terms);
    likelihood += total;
    for (let z = 0; z < components; z++) shares[i * components + z] = Math.exp(terms[z]! - total);
  }
  return likelihood / rows.length;
}

function maximisation(
  points: Projection,
  rows: Int32Array,
  shares: Float64Array,
  components: number,
): FittedMixture {
  const { rank, dimension, coordinates, residual } = points;
  const sums = new Float64Array(components);
  const means = new Float64Array(components * rank);
  const squares = new Float64Array(components);
  for (let i = 0; i < rows.length; i++) {
    const start = rows[i]! * rank;
    let length = residual[rows[i]!]!;
    for (let c = 0; c < rank; c++) length += coordinates[start + c]! ** 2;
    for (let z = 0; z < components; z++) {
      const share = shares[i * components + z]!;
      if (share < 1e-12) continue;
      sums[z]! += share;
      squares[z]! += share * length;
      for (let c = 0; c < rank; c++) means[z * rank + c]! += share * coordinates[start + c]!;
    }
  }
  const variances = new Float64Array(components);
  let pooled = 0;
  for (let z = 0; z < components; z++) {
    let length = 0;
    for (let c = 0; c < rank; c++) {
      means[z * rank + c]! /= Math.max(sums[z]!, 1e-12);
      length += means[z * rank + c]! ** 2;
    }
    variances[z] = Math.max(0, squares[z]! - sums[z]! * length);
    pooled += variances[z]!;
  }
  pooled = Math.max(pooled / (dimension * rows.length), 1e-12);
  for (let z = 0; z < components; z++) {
    // As if one point of the class had been seen besides: a component of one point keeps a variance.
    variances[z] = (variances[z]! + dimension * pooled) / (dimension * (sums[z]! + 1));
  }
  const offsets = variances.map(
    (variance, z) =>
      Math.log((sums[z]! + 0.5) / (rows.length + components / 2)) -
      (dimension / 2) * Math.log(2 * Math.PI * variance),
  );
  return { components, means, variances, offsets };
}

/**
 * ln w_z p(x|z) of each component at one point into `out`.
 *
 * @returns ln p(x), their log-sum-exp
 */
export function componentLogits(
  points: Projection,
  row: number,
  fit: FittedMixture,
  out: Float64Array,
): number {
  const { rank, coordinates, residual } = points;
  for (let z = 0; z < fit.components; z++) {
    let distance = residual[row]!;
    for (let c = 0; c < rank; c++) {
      distance += (coordinates[row * rank + c]! - fit.means[z * rank + c]!) ** 2;
    }
    out[z] = fit.offsets[z]! - distance / (2 * fit.variances[z]!);
  }
  return logSumExp(out, 0, fit.components);
}
