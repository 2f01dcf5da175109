import { describe, expect, it } from "vitest";
import { denoiserEntropy, denoiserInformation } from "../../src/information/denoiser";
import { GaussianMixture } from "../../src/information/groundTruth";
import { mixtureInformationOf } from "../../src/information/mixture";
import {
  mixtureDenoiserErrors,
  mixtureOfSample,
  spreadAboutClasses,
} from "../../src/information/mixtureDenoiser";
import { nearestNeighbourEntropy } from "../../src/information/nearestNeighbours";
import { drawMixture } from "../../src/information/randomMixture";
import { vendi } from "../../src/information/vendi";
import { Seed } from "../../src/tensor/random";

const seed = new Seed("comparisons");
const gaussian = (d: number, variance = 1) => (d / 2) * Math.log(2 * Math.PI * Math.E * variance);

describe("nearestNeighbourEntropy", () => {
  it.each([1, 2, 3, 5])("finds the entropy of a Gaussian in %d dimensions", (d) => {
    const { value, standardError } = nearestNeighbourEntropy(seed.child("normal", d).normal(3000 * d), d);
    expect(Math.abs(value - gaussian(d))).toBeLessThan(4 * standardError + 0.03 * d);
    expect(standardError).toBeLessThan(0.06);
  });

  it("finds that of a square, moves with scale as ln c, and not with place or order", () => {
    const points = Float64Array.from(seed.child("square").uniform(4000), (u) => 4 * u);
    const { value } = nearestNeighbourEntropy(points, 2);
    expect(Math.abs(value - 2 * Math.log(4))).toBeLessThan(0.1);
    const of = (map: (x: number) => number) => nearestNeighbourEntropy(points.map(map), 2).value;
    expect(of((x) => 3 * x)).toBeCloseTo(value + 2 * Math.log(3), 8);
    expect(of((x) => x + 100)).toBeCloseTo(value, 8);
    const order = seed.permutation(2000);
    const shuffled = Float64Array.from(points, (_, k) => points[2 * order[k >> 1]! + (k % 2)]!);
    expect(nearestNeighbourEntropy(shuffled, 2).value).toBeCloseTo(value, 10);
  });

  it("is no bound: it lies far above the entropy in many dimensions", () => {
    const { value, standardError } = nearestNeighbourEntropy(seed.child("high").normal(500 * 100), 100);
    expect(value).toBeGreaterThan(gaussian(100) + 4 * standardError + 5);
  });

  it("is -Infinity for points that coincide, and refuses too few", () => {
    expect(nearestNeighbourEntropy([1, 1, 1, 1, 2], 1).value).toBe(-Infinity);
    expect(() => nearestNeighbourEntropy([1, 2, 3], 1)).toThrow(/more than k = 3 rows of 1 numbers, found 3/);
    expect(() => nearestNeighbourEntropy([1, 2, 3], 2, 1)).toThrow(/rows of 2/);
  });
});

describe("vendi", () => {
  it("counts different points", () => {
    expect(vendi([0, 0, 9, 9], 1, 0.01).score).toBeCloseTo(2, 10);
    expect(vendi([0, 9, 18, 27], 1, 0.01).score).toBeCloseTo(4, 10);
    expect(vendi([5, 5, 5], 1, 1).score).toBeCloseTo(1, 10);
    // Two points with overlap g have eigenvalues (1 +- g) / 2.
    const g = Math.exp(-4 / 8);
    const [a, b] = [(1 + g) / 2, (1 - g) / 2];
    expect(vendi([0, 2], 1, 1).information).toBeCloseTo(-a * Math.log(a) - b * Math.log(b), 10);
    expect(() => vendi([1, 2, 3], 2, 1)).toThrow(/rows of 2/);
    expect(() => vendi([1, 2], 2, 0)).toThrow(/s2 = 0/);
  });

  it("lies above the information of the blurred set (Holevo), below ln N, and above the mixture's lower bound", () => {
    for (let index = 0; index < 40; index++) {
      const own = seed.child("holevo", index);
      const n = 2 + own.child("n").integers(1, 20)[0]!;
      const d = [1, 2, 8, 64][index % 4]!;
      const s2 = Math.exp(4 * own.child("s2").uniform(1)[0]! - 2);
      const points = own.child("points").normal(n * d);
      const truth = GaussianMixture.aroundPoints(points, d, s2).contextInformation(own, { tolerance: 0.02 });
      const { information } = vendi(points, d, s2);
      expect(information).toBeGreaterThan(truth.value - 4 * truth.standardError - 1e-3);
      expect(information).toBeLessThan(Math.log(n) + 1e-9);
      expect(information).toBeGreaterThan(mixtureInformationOf(points, d, s2).low - 1e-5);
    }
  });
});

describe("the denoiser's estimates", () => {
  const snrs = Array.from({ length: 61 }, (_, i) => Math.exp((i - 30) / 3));
  const law = drawMixture({ dimension: 6, classes: 3, contexts: 2, separation: 4 }, seed);
  const sample = law.sample(1500, seed.child("sample"));
  // Mean over the dimensions of the variance inside a class.
  const variance =
    law.classes.reduce((sum, components) => {
      const centre = (c: number) => components.reduce((m, { mean, weight }) => m + weight * mean[c]!, 0);
      const between = (c: number) =>
        components.reduce((v, { mean, weight }) => v + weight * (mean[c]! - centre(c)) ** 2, 0);
      return sum + [0, 1, 2, 3, 4, 5].reduce((v, c) => v + between(c), 0) / 6;
    }, 0) /
      3 +
    1;
  const errors = (mixture: GaussianMixture, told: boolean) =>
    mixtureDenoiserErrors(mixture, sample, told, snrs, variance, seed.child("noise"));

  it("with the best denoiser, are H(X|Y) and I(X;Y)", () => {
    const given = errors(law, true);
    const entropy = law.contextualEntropy(seed);
    expect(Math.abs(denoiserEntropy(given, 6, variance) - entropy.value)).toBeLessThan(0.06);
    const information = law.prototypeInformation(seed);
    expect(Math.abs(denoiserInformation(errors(law, false), given) - information.value)).toBeLessThan(0.12);
  });

  it("with a worse one, the entropy lies above: an upper bound", () => {
    const wrong = new GaussianMixture(
      law.classes.map((components, y) =>
        components.map(({ mean, weight }, z) => {
          const shift = seed.child("shift", y, z).normal(6);
          return { mean: Array.from(mean, (m, c) => m + shift[c]!), variance: 1.5, weight };
        }),
      ),
    );
    const plain = (told: GaussianMixture) =>
      denoiserEntropy(
        errors(told, true).map(({ snr, error }) => ({ snr, error })), // against the same expectation
        6,
        variance,
      );
    expect(plain(wrong)).toBeGreaterThan(plain(law) + 0.1);
  });

  it("are those of a Gaussian for its own linear estimate", () => {
    const linear = snrs.map((snr) => ({ snr, error: (6 * 2) / (1 + 2 * snr) }));
    expect(denoiserEntropy(linear, 6, 2)).toBeCloseTo(gaussian(6, 2), 12);
    // Against a wider reference the same errors give the same entropy: the quadrature is exact to 1e-2.
    const wide = Array.from({ length: 201 }, (_, i) => Math.exp((i - 100) / 7));
    const own = wide.map((snr) => ({ snr, error: (6 * 2) / (1 + 2 * snr) }));
    expect(denoiserEntropy(own, 6, 5)).toBeCloseTo(gaussian(6, 2), 2);
    expect(denoiserInformation(linear, linear)).toBe(0);
  });

  it("fit to the sample they are given", () => {
    const fitted = mixtureOfSample(sample);
    expect(fitted.classes).toHaveLength(3);
    fitted.classes.forEach((components, y) => {
      components.forEach(({ mean, variance: own }) => {
        expect(own).toBeCloseTo(1, 1);
        const nearest = Math.min(
          ...law.classes[y]!.map((one) => Math.hypot(...Array.from(mean, (m, c) => m - one.mean[c]!))),
        );
        expect(nearest).toBeLessThan(0.5);
      });
    });
  });

  it("stay above H(X|Y) when the denoiser and the variance come from few points", () => {
    const [dimension, count] = [64, 200];
    const law = drawMixture({ dimension, classes: 4, contexts: 1, separation: 3 }, seed.child("few"));
    const truth = gaussian(dimension, 1);
    const off = Array.from({ length: 6 }, (_, repeat) => {
      const fitted = mixtureOfSample(law.sample(count, seed.child("few", repeat)));
      const others = law.sample(count, seed.child("others", repeat));
      const spread = spreadAboutClasses(fitted, others).value;
      const given = mixtureDenoiserErrors(fitted, others, true, snrs, spread, seed.child("noise", repeat));
      return denoiserEntropy(given, dimension, spread) - truth;
    });
    const mean = off.reduce((sum, one) => sum + one, 0) / off.length;
    // What is not known of the means costs (d/2) ln(1 + C/N) = 0.63 nat; the means of the same points would hide it.
    expect(mean).toBeGreaterThan(0.4);
    expect(mean).toBeLessThan(0.9);
  });

  it("say what is wrong", () => {
    expect(() => denoiserEntropy([{ snr: 1, error: 1 }], 1, 1)).toThrow(/at least two noise levels/);
    const levels = [
      { snr: 1, error: 1 },
      { snr: 2, error: 1 },
    ];
    expect(() => denoiserInformation(levels, levels.slice(1))).toThrow(/same noise levels twice/);
    expect(() => denoiserEntropy([{ snr: 0, error: 1 }, ...levels], 1, 1)).toThrow(/snr > 0/);
  });
});
