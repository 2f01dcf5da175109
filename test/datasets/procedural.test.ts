import { describe, expect, it } from "vitest";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import { prototypeInformationOf } from "../../src/information/barberAgakov";
import { crossFitClassifier } from "../../src/information/crossFit";
import { GaussianMixture } from "../../src/information/groundTruth";
import { Seed } from "../../src/tensor/random";

const seed = new Seed("procedural");

describe("procedural", () => {
  it("draws clean images that all differ, in [-1, 1], for every size", () => {
    for (const size of [8, 16, 28]) {
      const { components, shape, classes } = procedural({ size, classes: 6, contexts: 18 });
      expect(shape).toEqual([size, size, 1]);
      expect(classes).toHaveLength(6);
      const means = components.flat().map(({ mean }) => mean);
      for (const mean of means) {
        expect(mean).toHaveLength(size * size);
        expect(Math.max(...mean)).toBeLessThanOrEqual(1);
        expect(Math.min(...mean)).toBeGreaterThanOrEqual(-1);
      }
      const texts = new Set(means.map((mean) => mean.join()));
      expect(texts.size).toBe(6 * 18);
    }
  });

  it("draws by its law: shares, means and noise", () => {
    const law = procedural({ classes: 3, contexts: 4, noise: 0.5, imbalance: 5, size: 8 });
    const { images, labels, contexts } = law.sample(12_000, seed.child("law"));
    expect(law.sample(12_000, seed.child("law")).images).toEqual(images);
    const pixels = 64;
    law.components.forEach((components, y) => {
      components.forEach(({ mean, weight }, z) => {
        const rows = [...labels.keys()].filter((i) => labels[i] === y && contexts[i] === z);
        expect(Math.abs(rows.length / 12_000 - weight / 3)).toBeLessThan(0.015); // 4 standard errors
        let squares = 0;
        for (const i of rows)
          for (let c = 0; c < pixels; c++) squares += (images[i * pixels + c]! - mean[c]!) ** 2;
        expect(Math.abs(Math.sqrt(squares / (rows.length * pixels)) - 0.5)).toBeLessThan(0.01);
      });
      expect(components[0]!.weight / components[3]!.weight).toBeCloseTo(5, 6);
    });
  });

  it("has a known truth, to 0.01 nat, that falls with the noise and that a fitted classifier reaches from below", () => {
    const truths = [0.5, 1, 2, 4].map((noise) => {
      const mixture = new GaussianMixture(procedural({ noise }).components);
      return {
        prototype: mixture.prototypeInformation(seed.child("truth", noise)),
        context: mixture.contextInformation(seed.child("truth", noise)),
      };
    });
    for (const { prototype, context } of truths) {
      expect(1.96 * prototype.standardError).toBeLessThanOrEqual(0.01);
      expect(1.96 * context.standardError).toBeLessThanOrEqual(0.01);
    }
    for (let i = 1; i < truths.length; i++) {
      expect(truths[i]!.prototype.value).toBeLessThan(truths[i - 1]!.prototype.value + 0.02);
      expect(truths[i]!.context.value).toBeLessThan(truths[i - 1]!.context.value + 0.02);
    }
    expect(truths[0]!.prototype.value).toBeGreaterThan(0.95 * Math.log(4));
    expect(truths[3]!.prototype.value).toBeLessThan(0.5 * Math.log(4));

    const law = procedural({ noise: 1 });
    const { images, labels } = law.sample(5000, seed.child("fit"));
    const { logits } = crossFitClassifier({ points: images, labels }, 256, 4, seed.child("fit"));
    const { bound, standardError } = prototypeInformationOf(logits, labels);
    const truth = truths[1]!.prototype;
    const slack = 4 * Math.hypot(standardError, truth.standardError);
    expect(bound).toBeLessThan(truth.value + slack);
    expect(bound).toBeGreaterThan(0.95 * truth.value - slack);
  });

  it("is a dataset of bytes, balanced", () => {
    const dataset = proceduralDataset(procedural({ noise: 0.1, classes: 3 }), 20, seed);
    expect(dataset.shape).toEqual([16, 16, 1]);
    expect(dataset.train.images).toHaveLength(60 * 256);
    for (const { labels, count } of [dataset.train, dataset.test]) {
      expect(count).toBe(60);
      expect([0, 1, 2].map((y) => labels.filter((label) => label === y).length)).toEqual([20, 20, 20]);
    }
    expect(dataset.train.images).not.toEqual(dataset.test.images);
  });

  it("says what is wrong", () => {
    expect(() => procedural({ classes: 7 })).toThrow(/classes as a whole number from 1 to 6, found 7/);
    expect(() => procedural({ size: 4 })).toThrow(/size .* from 8/);
    expect(() => procedural({ contexts: 19 })).toThrow(/contexts .* to 18/);
    expect(() => procedural({ noise: 0 })).toThrow(/noise > 0/);
    expect(() => procedural({ imbalance: 0.5 })).toThrow(/imbalance/);
  });
});
