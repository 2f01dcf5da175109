// k-means: k-means++ start (Arthur and Vassilvitskii 2007), then Lloyd's iteration with Elkan's bounds (2003),
// which skip most distances and give the same clusters.

import type { Seed } from "../tensor/random";

/** The clusters of a set of points. */
export interface Clusters {
  /** Means of the clusters, k x dimension, row by row. */
  readonly centroids: Float32Array;
  /** The cluster of each point. */
  readonly assignment: Int32Array;
  /** Sum over the points of the squared distance to their centroid. */
  readonly inertia: number;
  /** Points in each cluster, none of them empty. */
  readonly counts: Int32Array;
}

/** Options of `kMeans`. */
export interface KMeansOptions {
  /** Stop after this many rounds even if points still change their cluster. Default: 300. */
  readonly maxIterations?: number;
}

/**
 * Clusters the rows of `points`. Runs until no point changes its cluster, so that every centroid is the mean of
 * its cluster and every point belongs to its nearest centroid; deterministic for a seed.
 *
 * Needs memory for one number per point and cluster.
 *
 * @param points N x `dimension`, row by row
 * @param k number of clusters, from 1 to N
 * @throws RangeError if the points are not whole rows, fewer than k, or not all finite
 */
export function kMeans(
  points: Float32Array,
  dimension: number,
  k: number,
  seed: Seed,
  options: KMeansOptions = {},
): Clusters {
  const { maxIterations = 300 } = options;
  const count = points.length / dimension;
  if (!Number.isInteger(count) || !Number.isInteger(k) || k < 1 || k > count) {
    throw new RangeError(
      `kMeans: expected rows of ${dimension} numbers, at least as many as k = ${k} >= 1, ` +
        `found ${points.length} numbers (${Math.floor(count)} rows)`,
    );
  }
  if (!points.every(Number.isFinite))
    throw new RangeError("kMeans: every coordinate must be a finite number");
  const state = start(points, dimension, count, k, seed);
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const relocated = moveCentroids(state);
    const changed = reassign(state);
    if (!changed && !relocated) break;
  }
  // The last reassignment may have changed clusters if the limit was hit: end on means in any case.
  moveCentroids(state);
  let inertia = 0;
  for (let i = 0; i < count; i++) {
    inertia += squaredDistance(
      points,
      i * dimension,
      state.centroids,
      state.assignment[i]! * dimension,
      dimension,
    );
  }
  return {
    centroids: Float32Array.from(state.centroids),
    assignment: state.assignment,
    inertia,
    counts: state.counts,
  };
}

interface State {
  readonly points: Float32Array;
  readonly dimension: number;
  readonly count: number;
  readonly k: number;
  readonly centroids: Float64Array;
  readonly assignment: Int32Array;
  readonly counts: Int32Array;
  /** At least the distance of point i to its centroid. */
  readonly upper: Float64Array;
  /** At most the distance of point i to centroid j, at i * k + j. */
  readonly lower: Float64Array;
}

function start(points: Float32Array, dimension: number, count: number, k: number, seed: Seed): State {
  const state: State = {
    points,
    dimension,
    count,
    k,
    centroids: new Float64Array(k * dimension),
    assignment: new Int32Array(count),
    counts: new Int32Array(k),
    upper: new Float64Array(count).fill(Number.POSITIVE_INFINITY),
    lower: new Float64Array(count * k),
  };
  // Each next centroid is a point drawn in proportion to its squared distance to the nearest one so far.
  const draws = seed.child("k-means++").uniform(k);
  const nearest = new Float64Array(count).fill(1); // equal weights for the first
  for (let j = 0; j < k; j++) {
    const chosen = drawByWeight(nearest, draws[j]!);
    for (let c = 0; c < dimension; c++) state.centroids[j * dimension + c] = points[chosen * dimension + c]!;
    for (let i = 0; i < count; i++) {
      const square = squaredDistance(points, i * dimension, state.centroids, j * dimension, dimension);
      const distance = Math.sqrt(square);
      state.lower[i * k + j] = distance;
      nearest[i] = j === 0 ? square : Math.min(nearest[i]!, square);
      if (distance < state.upper[i]!) {
        state.upper[i] = distance;
        state.assignment[i] = j;
      }
    }
  }
  return state;
}

function drawByWeight(weights: Float64Array, draw: number): number {
  let total = 0;
  for (const weight of weights) total += weight;
  // Fewer different points than clusters: any point will do, as `moveCentroids` fills empty clusters.
  if (total === 0) return Math.floor(draw * weights.length);
  let left = draw * total;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    last = i;
    left -= weights[i]!;
    if (left < 0) break;
  }
  return last;
}

/** Sets every centroid to the mean of its cluster and shifts the bounds. @returns whether a cluster was empty */
function moveCentroids(state: State): boolean {
  const { points, dimension, count, k, centroids, assignment, counts, upper, lower } = state;
  const relocated = fillEmptyClusters(state);
  const sums = new Float64Array(k * dimension);
  for (let i = 0; i < count; i++) {
    const to = assignment[i]! * dimension;
    const from = i * dimension;
    for (let c = 0; c < dimension; c++) sums[to + c]! += points[from + c]!;
  }
  const moved = new Float64Array(k);
  for (let j = 0; j < k; j++) {
    let square = 0;
    for (let c = j * dimension; c < (j + 1) * dimension; c++) {
      const mean = sums[c]! / counts[j]!;
      square += (mean - centroids[c]!) ** 2;
      centroids[c] = mean;
    }
    moved[j] = Math.sqrt(square);
  }
  for (let i = 0; i < count; i++) {
    upper[i]! += moved[assignment[i]!]!;
    for (let j = 0; j < k; j++) lower[i * k + j] = Math.max(0, lower[i * k + j]! - moved[j]!);
  }
  return relocated;
}

/** Counts the clusters; gives an empty one the point that lies farthest from its own centroid. */
function fillEmptyClusters(state: State): boolean {
  const { points, dimension, count, k, centroids, assignment, counts, upper } = state;
  counts.fill(0);
  for (const cluster of assignment) counts[cluster]! += 1;
  let relocated = false;
  for (let j = 0; j < k; j++) {
    if (counts[j] !== 0) continue;
    let farthest = -1;
    let most = -1;
    for (let i = 0; i < count; i++) {
      if (counts[assignment[i]!] === 1) continue;
      const square = squaredDistance(points, i * dimension, centroids, assignment[i]! * dimension, dimension);
      if (square > most) {
        most = square;
        farthest = i;
      }
    }
    counts[assignment[farthest]!]! -= 1;
    counts[j] = 1;
    assignment[farthest] = j;
    upper[farthest] = Number.POSITIVE_INFINITY; // unknown: measured at the next reassignment
    relocated = true;
  }
  return relocated;
}

/** Moves every point to its nearest centroid; a tie leaves it where it is. @returns whether any point moved */
function reassign(state: State): boolean {
  const { points, dimension, count, k, centroids, assignment, upper, lower } = state;
  const halfBetween = halfDistances(centroids, dimension, k);
  let changed = false;
  for (let i = 0; i < count; i++) {
    let own = assignment[i]!;
    let bound = upper[i]!;
    let exact = false;
    for (let j = 0; j < k; j++) {
      // Centroid j cannot be nearer if it is farther than `bound`, by its own bound or by the triangle inequality.
      if (j === own || bound <= lower[i * k + j]! || bound <= halfBetween[own * k + j]!) continue;
      if (!exact) {
        bound = Math.sqrt(squaredDistance(points, i * dimension, centroids, own * dimension, dimension));
        lower[i * k + own] = bound;
        exact = true;
        if (bound <= lower[i * k + j]! || bound <= halfBetween[own * k + j]!) continue;
      }
      const distance = Math.sqrt(squaredDistance(points, i * dimension, centroids, j * dimension, dimension));
      lower[i * k + j] = distance;
      if (distance < bound) {
        bound = distance;
        own = j;
      }
    }
    upper[i] = bound;
    if (own !== assignment[i]) {
      assignment[i] = own;
      changed = true;
    }
  }
  return changed;
}

function halfDistances(centroids: Float64Array, dimension: number, k: number): Float64Array {
  const half = new Float64Array(k * k);
  for (let a = 0; a < k; a++) {
    for (let b = a + 1; b < k; b++) {
      const distance = Math.sqrt(
        squaredDistance(centroids, a * dimension, centroids, b * dimension, dimension),
      );
      half[a * k + b] = half[b * k + a] = distance / 2;
    }
  }
  return half;
}

/** Four sums side by side, as one sum would wait for each addition before the next. */
function squaredDistance(
  a: Float32Array | Float64Array,
  aStart: number,
  b: Float64Array,
  bStart: number,
  dimension: number,
): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let c = 0;
  for (; c + 3 < dimension; c += 4) {
    const d0 = a[aStart + c]! - b[bStart + c]!;
    const d1 = a[aStart + c + 1]! - b[bStart + c + 1]!;
    const d2 = a[aStart + c + 2]! - b[bStart + c + 2]!;
    const d3 = a[aStart + c + 3]! - b[bStart + c + 3]!;
    s0 += d0 * d0;
    s1 += d1 * d1;
    s2 += d2 * d2;
    s3 += d3 * d3;
  }
  for (; c < dimension; c++) s0 += (a[aStart + c]! - b[bStart + c]!) ** 2;
  return s0 + s1 + (s2 + s3);
}
