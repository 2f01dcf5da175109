import { describe, expect, it } from "vitest";
import { GaussianMixture } from "../../src/information/groundTruth";
import { Seed } from "../../src/tensor/random";

const seed = new Seed("groundTruth");
const density = (x: number, mean: number, variance: number): number =>
  Math.exp(-((x - mean) ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);

/** Integral over [-20, 20] by the midpoint rule, exact to far below 1e-6 for these smooth densities. */
function integral(f: (x: number) => number): number {
  const step = 1e-3;
  let sum = 0;
  for (let x = -20 + step / 2; x < 20; x += step) sum += f(x);
  return sum * step;
}

describe("GaussianMixture", () => {
  // Two classes on a line, the second of two unequal components.
  const line = new GaussianMixture([
    [{ mean: [-1], variance: 0.6 }],
    [
      { mean: [0.5], variance: 0.3, weight: 3 },
      { mean: [3], variance: 1, weight: 1 },
    ],
  ]);
  const first = (x: number) => density(x, -1, 0.6);
  const second = (x: number) => 0.75 * density(x, 0.5, 0.3) + 0.25 * density(x, 3, 1);
  const entropy = (p: (x: number) => number) => integral((x) => (p(x) > 0 ? -p(x) * Math.log(p(x)) : 0));

  it("agrees with numerical integration on a line, within its own error", () => {
    const inside = (entropy(first) + entropy(second)) / 2;
    const information = entropy((x) => (first(x) + second(x)) / 2) - inside;
    const noise = (variance: number) => 0.5 * Math.log(2 * Math.PI * Math.E * variance);
    const context = (entropy(second) - 0.75 * noise(0.3) - 0.25 * noise(1)) / 2;
    const pairs = [
      [line.prototypeInformation(seed), information],
      [line.contextInformation(seed), context],
      [line.contextualEntropy(seed), inside],
    ] as const;
    for (const [estimate, truth] of pairs) {
      expect(Math.abs(estimate.value - truth)).toBeLessThan(4 * estimate.standardError);
      expect(1.96 * estimate.standardError).toBeLessThanOrEqual(0.01);
      expect(estimate.samples).toBeGreaterThan(1000);
    }
  });

  it("states an honest standard error", () => {
    const inside = (entropy(first) + entropy(second)) / 2;
    const information = entropy((x) => (first(x) + second(x)) / 2) - inside;
    const scores = Array.from({ length: 100 }, (_, i) => {
      const { value, standardError } = line.prototypeInformation(seed.child(i), {
        tolerance: 1,
        maxSamples: 500,
      });
      return (value - information) / standardError;
    });
    const variance = scores.reduce((sum, score) => sum + score ** 2, 0) / scores.length;
    expect(variance).toBeGreaterThan(0.6); // 100 draws: the standard deviation of this number is 0.14
    expect(variance).toBeLessThan(1.5);
  });

  it("is exact where nothing is left to sample", () => {
    const gaussians = new GaussianMixture([
      [{ mean: [0, 0, 0], variance: 0.5 }],
      [{ mean: [1, 0, 0], variance: 2 }],
    ]);
    const expected = (1.5 * (Math.log(2 * Math.PI * Math.E * 0.5) + Math.log(2 * Math.PI * Math.E * 2))) / 2;
    expect(gaussians.contextualEntropy(seed)).toEqual({
      value: expect.closeTo(expected, 12),
      standardError: 0,
      samples: 0,
    });
    expect(gaussians.contextInformation(seed).value).toBe(0);
    expect(gaussians.componentEntropy()).toBeCloseTo(expected, 12);
    const single = GaussianMixture.aroundPoints([0, 1, 2], 1, 1);
    expect(single.prototypeInformation(seed)).toEqual({ value: 0, standardError: 0, samples: 0 });
  });

  it("reaches ln C and H(Z|Y) when all are far apart, zero when all coincide", () => {
    const at = (x: number, weight = 1) => ({ mean: [x, -x], variance: 1, weight });
    const apart = new GaussianMixture([
      [at(0), at(100, 3)],
      [at(200), at(300, 3)],
      [at(400), at(500, 3)],
    ]);
    expect(apart.prototypeInformation(seed).value).toBeCloseTo(Math.log(3), 9);
    const entropyOfZ = -(0.25 * Math.log(0.25) + 0.75 * Math.log(0.75));
    expect(apart.contextInformation(seed).value).toBeCloseTo(entropyOfZ, 9);
    const together = new GaussianMixture([
      [at(1), at(1)],
      [at(1), at(1)],
    ]);
    expect(together.prototypeInformation(seed).value).toBeCloseTo(0, 9);
    expect(together.contextInformation(seed).value).toBeCloseTo(0, 9);
  });

  it("draws classes, components and values by their law, the same for the same seed", () => {
    const { points, labels, contexts } = line.sample(20_000, seed);
    expect(line.sample(20_000, seed).points).toEqual(points);
    const of = (y: number, z: number) => points.filter((_, i) => labels[i] === y && contexts[i] === z);
    const cases = [
      [0, 0, 0.5, -1, 0.6],
      [1, 0, 0.375, 0.5, 0.3],
      [1, 1, 0.125, 3, 1],
    ] as const;
    for (const [y, z, share, mean, variance] of cases) {
      const values = of(y, z);
      expect(values.length / 20_000).toBeCloseTo(share, 1.7);
      const average = values.reduce((a, b) => a + b) / values.length;
      expect(average).toBeCloseTo(mean, 1);
      expect(values.reduce((a, b) => a + (b - average) ** 2, 0) / values.length / variance).toBeCloseTo(1, 1);
    }
  });

  it("draws each of several components as often as its weight says", () => {
    const weights = [0.1, 0.5, 0.1, 0.3];
    const many = new GaussianMixture([
      weights.map((weight, z) => ({ mean: [z], variance: 1, weight: 7 * weight })),
    ]);
    const { contexts } = many.sample(10_000, seed.child("shares"));
    weights.forEach((weight, z) => {
      const share = contexts.filter((context) => context === z).length / 10_000;
      expect(Math.abs(share - weight)).toBeLessThan(0.02); // 4 standard errors
    });
  });

  it("labelLogits are ln p(x|y)", () => {
    const logits = line.labelLogits(Float32Array.of(-2, 0, 1.5));
    [-2, 0, 1.5].forEach((x, i) => {
      expect(logits[2 * i]).toBeCloseTo(Math.log(first(x)), 6);
      expect(logits[2 * i + 1]).toBeCloseTo(Math.log(second(x)), 6);
    });
  });

  it("refuses mixtures that are none", () => {
    expect(() => new GaussianMixture([])).toThrow(/at least one component/);
    expect(() => new GaussianMixture([[{ mean: [0], variance: 1 }], []])).toThrow(/none in class 1/);
    expect(
      () => new GaussianMixture([[{ mean: [0], variance: 1 }], [{ mean: [0, 1], variance: 1 }]]),
    ).toThrow(/means of 1 numbers.*found 2 numbers/);
    expect(() => new GaussianMixture([[{ mean: [0], variance: 0 }]])).toThrow(/variance 0/);
    expect(() => new GaussianMixture([[{ mean: [0, Number.NaN], variance: 1 }]])).toThrow(/NaN among them/);
    expect(() => new GaussianMixture([[{ mean: [0], variance: Number.POSITIVE_INFINITY }]])).toThrow(
      /Infinity/,
    );
    expect(() => GaussianMixture.aroundPoints([0, 1, 2], 2, 1)).toThrow(/rows of 2 numbers, found 3/);
    for (const maxSamples of [0, 2.5, Number.NaN])
      expect(() => line.prototypeInformation(seed, { maxSamples })).toThrow(`found ${maxSamples}`);
  });
});
