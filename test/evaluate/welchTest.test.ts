import { describe, expect, it } from "vitest";
import { welchTest } from "../../src/evaluate/welchTest";
import { Seed } from "../../src/tensor/random";

describe("welchTest", () => {
  // Student's sleep data, two groups of ten (Biometrika 6, 1908): R's t.test gives t = -1.8608, 17.776 degrees, p = 0.0794.
  const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
  const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

  it("has the published value, with whole degrees of freedom", () => {
    const { difference, pT } = welchTest(first, second);
    expect(difference.mean).toBeCloseTo(-1.58, 10);
    // At 17 degrees instead of 17.776 the interval, -3.365 to 0.205, is a little wider.
    expect(difference.ci95).toBeGreaterThan(1.785);
    expect(difference.ci95).toBeLessThan(1.8);
    expect(pT).toBeGreaterThan(0.0794);
    expect(pT).toBeLessThan(0.081);
    expect(welchTest(second, first).pT).toBe(pT);
  });

  it("errs in at most 5 of 100 cases, with few values that spread differently", () => {
    const wrong = Array.from({ length: 4000 }, (_, i) => {
      const seed = new Seed("welch").child(i);
      const wide = seed
        .child(1)
        .normal(6)
        .map((value) => 3 * value);
      return welchTest([...seed.child(0).normal(5)], [...wide]).pT < 0.05;
    }).filter(Boolean).length;
    expect(wrong / 4000).toBeLessThan(0.06);
    expect(wrong / 4000).toBeGreaterThan(0.02);
  });

  it("needs two values on both sides, and takes those without spread at their word", () => {
    expect(() => welchTest([1], [1, 2])).toThrow(/found 1 and 2/);
    expect(welchTest([1, 1], [2, 2])).toMatchObject({ difference: { mean: -1, ci95: 0 }, pT: 0 });
    expect(welchTest([1, 1], [1, 1]).pT).toBe(1);
  });
});
