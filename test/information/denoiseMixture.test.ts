import { describe, expect, it } from "vitest";
import { GaussianMixture } from "../../src/information/groundTruth";
import { denoiseMixture, mixtureOfSample } from "../../src/information/mixtureDenoiser";
import { Seed } from "../../src/tensor/random";

describe("denoiseMixture", () => {
  const a = 0.3;

  it("is linear regression for one Gaussian", () => {
    const one = new GaussianMixture([[{ mean: [1, -2], variance: 0.5 }]]);
    const found = denoiseMixture(one, Float32Array.of(0.4, 0.1), a);
    const gain = (Math.sqrt(a) * 0.5) / (a * 0.5 + 1 - a);
    [1, -2].forEach((mean, c) => {
      expect(found[c]).toBeCloseTo(mean + gain * ([0.4, 0.1][c]! - Math.sqrt(a) * mean), 5);
    });
  });

  it("errs less than any shift of itself, and less still where the label is told", () => {
    const two = new GaussianMixture([
      [{ mean: [-1], variance: 0.02 }],
      [
        { mean: [1], variance: 0.02 },
        { mean: [0.2], variance: 0.02 },
      ],
    ]);
    const { points, labels } = two.sample(20_000, new Seed(0));
    const noise = new Seed(1).normal(points.length);
    const noisy = points.map((x, i) => Math.sqrt(a) * x + Math.sqrt(1 - a) * noise[i]!);
    const error = (guess: Float32Array, shift: number, scale: number) =>
      guess.reduce((sum, x, i) => sum + (scale * x + shift - points[i]!) ** 2, 0) / points.length;
    const best = denoiseMixture(two, noisy, a);
    for (const [shift, scale] of [
      [0.05, 1],
      [-0.05, 1],
      [0, 1.1],
      [0, 0.9],
    ] as const)
      expect(error(best, 0, 1)).toBeLessThan(error(best, shift, scale));
    expect(error(denoiseMixture(two, noisy, a, labels), 0, 1)).toBeLessThan(0.8 * error(best, 0, 1));
  });

  it("refuses noise levels at which nothing or everything is known", () => {
    const one = new GaussianMixture([[{ mean: [0], variance: 1 }]]);
    expect(() => denoiseMixture(one, Float32Array.of(1), 1)).toThrow("between 0 and 1");
    expect(() => denoiseMixture(one, Float32Array.of(1), 0)).toThrow("between 0 and 1");
  });

  it("refuses a part of a row, and labels that do not fit", () => {
    const two = new GaussianMixture([[{ mean: [0, 0], variance: 1 }], [{ mean: [1, 1], variance: 1 }]]);
    expect(() => denoiseMixture(two, new Float32Array(3), a)).toThrow(/rows of 2 numbers, found 3/);
    expect(() => denoiseMixture(two, new Float32Array(4), a, [0])).toThrow(/found 4 numbers and 1 labels/);
    expect(() => denoiseMixture(two, new Float32Array(4), a, [0, 5])).toThrow(/labels in 0..1, found 5 at 1/);
  });

  it("is that of a sample, however large", () => {
    const count = 200_000; // more than a function takes as arguments
    const labels = new Int32Array(count).map((_, i) => i % 2);
    const law = mixtureOfSample({
      points: Float32Array.from(labels),
      labels,
      contexts: new Int32Array(count),
    });
    expect(law.classes.map(([{ mean }]) => mean[0])).toEqual([0, expect.closeTo(1, 6)]);
  });
});
