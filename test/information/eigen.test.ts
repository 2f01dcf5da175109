import { describe, expect, it } from "vitest";
import { eigenvalues, symmetricEigen } from "../../src/information/eigen";
import { Seed } from "../../src/tensor/random";

const seed = new Seed("crossFit");

describe("symmetricEigen", () => {
  it("gives back the matrix, with orthonormal vectors and descending values", () => {
    const n = 12;
    const draws = seed.child("matrix").normal(n * n);
    const matrix = Float64Array.from(
      { length: n * n },
      (_, k) => draws[k]! + draws[(k % n) * n + Math.floor(k / n)]!,
    );
    const { values, vectors } = symmetricEigen(matrix, n);
    for (let i = 0; i < n; i++) {
      if (i > 0) expect(values[i]).toBeLessThanOrEqual(values[i - 1]!);
      for (let j = 0; j < n; j++) {
        let entry = 0;
        let product = 0;
        for (let k = 0; k < n; k++) {
          entry += values[k]! * vectors[k * n + i]! * vectors[k * n + j]!;
          product += vectors[i * n + k]! * vectors[j * n + k]!;
        }
        expect(entry).toBeCloseTo(matrix[i * n + j]!, 10);
        expect(product).toBeCloseTo(i === j ? 1 : 0, 10);
      }
    }
    expect([...symmetricEigen([3, 0, 0, 5], 2).values]).toEqual([5, 3]);
    expect(() => symmetricEigen([1, 2, 3], 2)).toThrow(/2 x 2 numbers, found 3/);
  });

  it("finds whole eigenspaces: of rank 1, of equal values, of blocks that do not touch", () => {
    const n = 20;
    const one = symmetricEigen(new Float64Array(n * n).fill(1), n);
    expect(one.values[0]).toBeCloseTo(n, 12);
    for (let c = 0; c < n; c++) expect(Math.abs(one.vectors[c]!)).toBeCloseTo(1 / Math.sqrt(n), 12);
    for (const value of one.values.subarray(1)) expect(Math.abs(value)).toBeLessThan(1e-12);
    const blocks = [2, 1, 0, 0, 1, 2, 0, 0, 0, 0, 2, 1, 0, 0, 1, 2];
    const { values, vectors } = symmetricEigen(blocks, 4);
    [3, 3, 1, 1].forEach((value, k) => {
      expect(values[k]).toBeCloseTo(value, 12);
    });
    for (let k = 0; k < 4; k++)
      for (let i = 0; i < 4; i++) {
        const image = [0, 1, 2, 3].reduce((sum, j) => sum + blocks[4 * i + j]! * vectors[4 * k + j]!, 0);
        expect(image).toBeCloseTo(values[k]! * vectors[4 * k + i]!, 12);
      }
    expect([...symmetricEigen([], 0).values]).toEqual([]);
  });
});

describe("eigenvalues", () => {
  it("has those of matrices that are known", () => {
    expect([...eigenvalues([5], 1)]).toEqual([5]);
    const [low, high] = eigenvalues([2, 1, 1, 2], 2);
    expect(low).toBeCloseTo(1, 14);
    expect(high).toBeCloseTo(3, 14);
    // The second difference: 2 - 2 cos(pi k / (n + 1)).
    const n = 40;
    const difference = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      difference[i * n + i] = 2;
      if (i > 0) difference[i * n + i - 1] = difference[(i - 1) * n + i] = -1;
    }
    eigenvalues(difference, n).forEach((value, k) => {
      expect(value).toBeCloseTo(2 - 2 * Math.cos((Math.PI * (k + 1)) / (n + 1)), 12);
    });
    // All ones: n, and n - 1 zeros.
    const ones = eigenvalues(new Float64Array(900).fill(1), 30);
    expect(ones[29]).toBeCloseTo(30, 12);
    expect(Math.abs(ones[28])).toBeLessThan(1e-12);
    expect(() => eigenvalues([1, 2], 2)).toThrow(/2 x 2 numbers, found 2/);
  });

  it("keeps trace and sum of squares of full matrices", () => {
    const n = 60;
    const draws = new Seed("symmetric").normal(n * n);
    const matrix = Float64Array.from(draws, (_, i) => draws[i] + draws[(i % n) * n + Math.floor(i / n)]);
    const values = eigenvalues(matrix, n);
    const trace = matrix.reduce((sum, value, i) => (i % (n + 1) === 0 ? sum + value : sum), 0);
    expect(values.reduce((a, b) => a + b)).toBeCloseTo(trace, 10);
    const squares = matrix.reduce((sum, value) => sum + value ** 2, 0);
    expect(values.reduce((sum, value) => sum + value ** 2, 0) / squares).toBeCloseTo(1, 12);
    expect([...values]).toEqual([...values].sort((a, b) => a - b));
  });
});
