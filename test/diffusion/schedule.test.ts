import { describe, expect, it } from "vitest";
import { alphaBar, betas, noiseLevel, T, timeSteps } from "../../src/diffusion/schedule";

describe("noise schedule", () => {
  it("has the published values", () => {
    expect(betas[0]).toBeCloseTo(1e-4, 12);
    expect(betas[T - 1]).toBeCloseTo(0.02, 12);
    expect(alphaBar[0]).toBeCloseTo(0.9999, 10);
    expect(alphaBar[T - 1] / 4.0358e-5).toBeCloseTo(1, 4);
    expect(alphaBar[510]).toBeCloseTo(0.0702, 4);
    expect(noiseLevel(0)).toBeCloseTo(Math.sqrt(1e-4 / 0.9999), 8);
  });

  it("spaces 50 steps as the reference implementation does", () => {
    const steps = timeSteps(50).reverse();
    expect(steps.slice(0, 11)).toEqual([0, 20, 41, 61, 82, 102, 122, 143, 163, 183, 204]);
    expect(steps.slice(-3)).toEqual([958, 979, 999]);
    expect(new Set(timeSteps(1000)).size).toBe(1000);
    expect(() => timeSteps(1)).toThrow(/between 2 and 1000/);
    expect(() => timeSteps(2.5)).toThrow(/whole number/);
    expect(() => noiseLevel(1000)).toThrow(/not in 0..999/);
  });
});
