import { describe, expect, it } from "vitest";
import { RealManifold, vendiScore } from "../../src/evaluate/coverage";
import { eachDistanceRow, neighbourRadii } from "../../src/evaluate/distanceRows";
import { frechetDistance, type Gaussian, gaussianOf } from "../../src/evaluate/frechet";
import { Seed } from "../../src/tensor/random";

describe("Frechet distance", () => {
  const gaussian = (mean: number[], covariance: number[], factor: number[]): Gaussian => ({
    mean: Float64Array.from(mean),
    covariance: Float64Array.from(covariance),
    factor: Float64Array.from(factor),
  });

  it("has the closed form of diagonal and of one-dimensional Gaussians", () => {
    // sum (s1 - s2)^2 + |m1 - m2|^2.
    const a = gaussian([1, 2], [4, 0, 0, 9], [2, 0, 0, 3]);
    const b = gaussian([0, 0], [1, 0, 0, 25], [1, 0, 0, 5]);
    expect(frechetDistance(a, b)).toBeCloseTo(5 + 1 + 4, 12);
    expect(frechetDistance(a, a)).toBeCloseTo(0, 12);
    // A factor of another shape for the same covariance: 25 = 3^2 + 4^2.
    const c = gaussian([0], [25], [3, 4]);
    expect(frechetDistance(c, gaussian([0], [1], [1]))).toBeCloseTo(16, 12);
  });

  it("has the closed form of matrices that do not commute", () => {
    // In two dimensions tr (AB)^(1/2) = sqrt(tr AB + 2 sqrt(det A det B)).
    const [a, b] = [
      [5, 2, 2, 3],
      [2, -1, -1, 4],
    ];
    const factor = ([p, q, , r]: number[]) => {
      const l = Math.sqrt(p);
      return [l, 0, q / l, Math.sqrt(r - q ** 2 / p)];
    };
    const trace = 5 * 2 + 2 * -1 + 2 * -1 + 3 * 4;
    const root = Math.sqrt(trace + 2 * Math.sqrt(11 * 7));
    const found = frechetDistance(gaussian([0, 0], a, factor(a)), gaussian([0, 3], b, factor(b)));
    expect(found).toBeCloseTo(9 + 8 + 6 - 2 * root, 12);
  });

  it("is zero for a sample and itself, the shift squared for a shifted one, with more or fewer points than dimensions", () => {
    for (const [n, d] of [
      [200, 5],
      [8, 30],
      [30, 30],
    ]) {
      const points = new Seed("sample").child(n).normal(n * d);
      const here = gaussianOf(points, d);
      const scale = 1e-6 * d;
      expect(frechetDistance(here, here)).toBeLessThan(scale);
      const there = gaussianOf(
        points.map((value) => value + 0.5),
        d,
      );
      expect(Math.abs(frechetDistance(here, there) - d / 4)).toBeLessThan(scale);
      // Twice as wide: tr(S + 4 S - 2 x 2 S) = tr S.
      const variance = here.covariance.reduce((sum, value, i) => (i % (d + 1) === 0 ? sum + value : sum), 0);
      const wide = gaussianOf(
        points.map((value, i) => 2 * value - here.mean[i % d]),
        d,
      );
      expect(Math.abs(frechetDistance(here, wide) - variance)).toBeLessThan(10 * scale);
      // A thin and a full factor of the same covariance agree.
      const copies = new Float32Array(Math.ceil((2 * d) / n) * points.length);
      for (let i = 0; i < copies.length; i++) copies[i] = points[i % points.length];
      const other = gaussianOf(new Seed("other").normal(40 * d), d);
      const full = gaussianOf(copies, d);
      const factor = (n * (copies.length / d - 1)) / ((copies.length / d) * (n - 1));
      const same: Gaussian = {
        mean: full.mean,
        covariance: full.covariance.map((value) => value * factor),
        factor: full.factor.map((value) => value * Math.sqrt(factor)),
      };
      expect(frechetDistance(same, other) / frechetDistance(here, other)).toBeCloseTo(1, 5);
    }
    expect(() => gaussianOf(new Float32Array(5), 5)).toThrow(/at least two rows of 5/);
  });
});

describe("distances", () => {
  it("are those of differences, in blocks too", () => {
    const [a, b] = [
      new Seed("a").normal(7 * 3).map((v) => v + 50),
      new Seed("b").normal(9 * 3).map((v) => v + 50),
    ];
    const seen: number[] = [];
    eachDistanceRow(a, b, 3, (i, squares) => {
      seen.push(i);
      squares.forEach((square, j) => {
        const exact = [0, 1, 2].reduce((sum, c) => sum + (a[i * 3 + c] - b[j * 3 + c]) ** 2, 0);
        expect(square).toBeCloseTo(exact, 3);
      });
    });
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("to the k-th other point", () => {
    const line = Float32Array.of(0, 1, 3, 7);
    const [first, third] = neighbourRadii(line, 1, [1, 3]);
    expect([...first]).toEqual([1, 1, 4, 16]);
    expect([...third]).toEqual([49, 36, 16, 49]);
    expect(() => neighbourRadii(line, 1, [2, 4])).toThrow(/more than 4 points, found 4/);
  });
});

describe("coverage", () => {
  /** The numbers 0, 1, ..., 99. */
  const real = new RealManifold(
    Float32Array.from({ length: 100 }, (_, i) => i),
    1,
  );

  it("by counting on a line", () => {
    // Inner radii: 3rd neighbour at 2, 5th at 3. The set: 50 (real) and 1000 (far away), 3 of each.
    const { precision, recall, density, coverage } = real.coverageOf(
      Float32Array.of(50, 50.25, 49.75, 50.1, 1000, 1001, 1002, 1003),
    );
    expect(precision).toBe(0.5);
    // Of the balls of radius 3, 50 lies in 47 .. 53, 50.1 and 50.25 in 48 .. 53, 49.75 in 47 .. 52.
    expect(coverage).toBe(7 / 100);
    expect(density).toBeCloseTo((7 + 6 + 6 + 6) / (5 * 8), 12);
    // Balls of the set: 3rd neighbours at most 0.5 away among the near four, so 50 alone is recalled.
    expect(recall).toBe(1 / 100);
  });

  it("is complete for the real images themselves, and nothing for what is far away", () => {
    const same = real.coverageOf(Float32Array.from({ length: 100 }, (_, i) => i));
    expect(same).toMatchObject({ precision: 1, recall: 1, coverage: 1 });
    expect(same.density).toBeGreaterThan(1);
    expect(same.frechet).toBeLessThan(1e-6);
    const far = real.coverageOf(Float32Array.of(500, 501, 502, 503, 504));
    expect(far).toMatchObject({ precision: 0, recall: 0, density: 0, coverage: 0 });
    expect(real.coverageOf(Float32Array.of(3, 60)).recall).toBeNaN();
  });

  it("sees a lost mode as recall, not precision", () => {
    const cloud = (seed: string, n: number, centre: number) =>
      new Seed(seed).normal(n * 2).map((value, i) => value + (i % 2 === 0 ? centre : 0));
    const both = Float32Array.of(...cloud("left", 300, -10), ...cloud("right", 300, 10));
    const manifold = new RealManifold(both, 2);
    const half = manifold.coverageOf(cloud("new left", 200, -10));
    expect(half.precision).toBeGreaterThan(0.9);
    expect(half.recall).toBeGreaterThan(0.4);
    expect(half.recall).toBeLessThan(0.501);
    expect(half.coverage).toBeLessThan(0.501);
    const all = manifold.coverageOf(
      Float32Array.of(...cloud("new left", 100, -10), ...cloud("new right", 100, 10)),
    );
    expect(all.recall).toBeGreaterThan(0.85);
    expect(all.coverage).toBeGreaterThan(half.coverage + 0.2);
    expect(all.frechet).toBeLessThan(half.frechet / 20);
  });
});

describe("points that are none", () => {
  it("are refused where they come in, not as a bad score", () => {
    const [line, nan] = [Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(1, 2, Number.NaN, 4, 5, 6)];
    const real = new RealManifold(line, 1);
    expect(() => real.coverageOf(line.subarray(0, 1))).toThrow(/2 or more rows of 1 numbers, found 1 /);
    expect(() => real.coverageOf(nan)).toThrow(/finite numbers, found NaN in row 2/);
    expect(() => new RealManifold(line, 2)).toThrow(/6 or more rows of 2 numbers, found 6 /);
    expect(() => new RealManifold(nan, 1)).toThrow(/real images as finite numbers, found NaN in row 2/);
    for (const points of [nan, line.subarray(0, 3), new Float32Array(0)])
      expect(() => vendiScore(points, 2)).toThrow(RangeError);
  });
});

describe("Vendi score", () => {
  it("takes photographs, and points of length zero as equal", () => {
    const long = new Float32Array(2 * 150_528).fill(1);
    expect(vendiScore(long, 150_528)).toBeCloseTo(1, 10);
    expect(vendiScore(Float32Array.of(1, 0, 1, 0, 0, 0, 0, 0), 2)).toBeCloseTo(2, 10);
  });

  it("counts directions", () => {
    expect(vendiScore(Float32Array.of(1, 0, 5, 0, 2, 0), 2)).toBeCloseTo(1, 10);
    expect(vendiScore(Float32Array.of(1, 0, 0, 0, 2, 0, 0, 0, 3), 3)).toBeCloseTo(3, 10);
    // Two and one: eigenvalues 2/3 and 1/3.
    const entropy = -(2 / 3) * Math.log(2 / 3) - (1 / 3) * Math.log(1 / 3);
    expect(vendiScore(Float32Array.of(1, 0, 3, 0, 0, 1), 2)).toBeCloseTo(Math.exp(entropy), 10);
  });
});
