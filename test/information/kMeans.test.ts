import { describe, expect, it } from "vitest";
import { type Clusters, kMeans } from "../../src/information/kMeans";
import { Seed } from "../../src/tensor/random";

const seed = new Seed("k-means");

function squaredDistance(
  points: Float32Array,
  i: number,
  centroids: ArrayLike<number>,
  j: number,
  dimension: number,
) {
  let sum = 0;
  for (let c = 0; c < dimension; c++)
    sum += (points[i * dimension + c]! - centroids[j * dimension + c]!) ** 2;
  return sum;
}

/** Lloyd's iteration in its plainest form, from a given assignment to the end. */
function lloyd(points: Float32Array, dimension: number, k: number, from: Int32Array): Int32Array {
  let assignment = from;
  for (;;) {
    const centroids = new Float64Array(k * dimension);
    const counts = new Float64Array(k);
    assignment.forEach((j, i) => {
      counts[j]! += 1;
      for (let c = 0; c < dimension; c++) centroids[j * dimension + c]! += points[i * dimension + c]!;
    });
    for (let c = 0; c < centroids.length; c++) centroids[c]! /= counts[Math.floor(c / dimension)]!;
    const next = assignment.map((_, i) => {
      let best = 0;
      for (let j = 1; j < k; j++) {
        if (
          squaredDistance(points, i, centroids, j, dimension) <
          squaredDistance(points, i, centroids, best, dimension)
        )
          best = j;
      }
      return best;
    });
    if (next.every((j, i) => j === assignment[i])) return next;
    assignment = next;
  }
}

function blobs(k: number, each: number, dimension: number, spread: number): Float32Array {
  const centres = seed.child("centres", k, dimension).normal(k * dimension);
  const noise = seed.child("noise", k, dimension).normal(k * each * dimension);
  return noise.map((value, c) => {
    const cluster = Math.floor(c / dimension) % k;
    return centres[cluster * dimension + (c % dimension)]! * 4 + value * spread;
  });
}

describe("kMeans", () => {
  it.each([
    [2, 3, 1],
    [7, 5, 3],
    [12, 30, 2],
    [20, 17, 4],
  ])("ends where plain Lloyd ends from the same start (k = %i, dimension = %i)", (k, dimension, spread) => {
    const points = blobs(5, 80, dimension, spread);
    const first = kMeans(points, dimension, k, seed.child(k), { maxIterations: 0 });
    const last = kMeans(points, dimension, k, seed.child(k));
    expect(last.assignment).toEqual(lloyd(points, dimension, k, first.assignment));
    expect(last.inertia).toBeLessThanOrEqual(first.inertia);
    expectFixedPoint(points, dimension, k, last);
  });

  function expectFixedPoint(points: Float32Array, dimension: number, k: number, clusters: Clusters) {
    const count = points.length / dimension;
    const sums = new Float64Array(k * dimension);
    let inertia = 0;
    for (let i = 0; i < count; i++) {
      const own = clusters.assignment[i]!;
      const distance = squaredDistance(points, i, clusters.centroids, own, dimension);
      inertia += distance;
      for (let j = 0; j < k; j++) {
        expect(distance).toBeLessThanOrEqual(
          squaredDistance(points, i, clusters.centroids, j, dimension) + 1e-4,
        );
      }
      for (let c = 0; c < dimension; c++) sums[own * dimension + c]! += points[i * dimension + c]!;
    }
    expect(clusters.inertia / inertia).toBeCloseTo(1, 5);
    expect(clusters.counts.reduce((a, b) => a + b)).toBe(count);
    for (let c = 0; c < sums.length; c++) {
      expect(clusters.centroids[c]).toBeCloseTo(sums[c]! / clusters.counts[Math.floor(c / dimension)]!, 4);
    }
  }

  it("finds clusters that lie apart", () => {
    const points = blobs(6, 50, 8, 0.3);
    const { assignment, counts } = kMeans(points, 8, 6, seed.child(1));
    expect([...counts]).toEqual(new Array(6).fill(50));
    for (let i = 6; i < assignment.length; i++) expect(assignment[i]).toBe(assignment[i % 6]);
  });

  it("is the mean for k = 1, and the points themselves for k = N", () => {
    const points = blobs(3, 4, 2, 1);
    const one = kMeans(points, 2, 1, seed);
    const mean = (c: number) => points.filter((_, i) => i % 2 === c).reduce((a, b) => a + b) / 12;
    expect(one.centroids[0]).toBeCloseTo(mean(0), 5);
    expect(one.centroids[1]).toBeCloseTo(mean(1), 5);
    const all = kMeans(points, 2, 12, seed);
    expect(all.inertia).toBe(0);
    expect(new Set(all.assignment).size).toBe(12);
  });

  it("leaves no cluster empty, even with fewer different points than clusters", () => {
    const points = Float32Array.of(1, 1, 1, 1, 5, 5);
    const { counts, inertia, assignment } = kMeans(points, 1, 4, seed);
    expect([...counts].every((count) => count > 0)).toBe(true);
    expect(inertia).toBe(0);
    expect(new Set(assignment).size).toBe(4);
  });

  it("gives the same clusters for the same seed", () => {
    const points = blobs(5, 40, 3, 2);
    expect(kMeans(points, 3, 9, new Seed(3))).toEqual(kMeans(points, 3, 9, new Seed(3)));
    expect(kMeans(points, 3, 9, new Seed(3)).centroids).not.toEqual(
      kMeans(points, 3, 9, new Seed(4)).centroids,
    );
  });

  it("refuses points that cannot be clustered", () => {
    expect(() => kMeans(new Float32Array(5), 2, 1, seed)).toThrow(/rows of 2 numbers.*found 5 numbers/);
    expect(() => kMeans(new Float32Array(6), 2, 4, seed)).toThrow(/at least as many as k = 4.*\(3 rows\)/);
    expect(() => kMeans(Float32Array.of(0, Number.NaN), 1, 1, seed)).toThrow(/finite/);
  });
});
