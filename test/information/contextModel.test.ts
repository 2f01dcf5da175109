import { describe, expect, it } from "vitest";
import { contextInformation, contextTensors } from "../../src/information/context";
import { calibrateContext, contextOf, fitContext } from "../../src/information/contextModel";
import { GaussianMixture } from "../../src/information/groundTruth";
import { type Tensor, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { lawOf, randomModel } from "./randomModel";

const seed = new Seed("context");
const number = (tensor: Tensor): number => tensor.dataSync()[0]!;

describe("fitContext", () => {
  // Three tight, well separated clusters of known size and spread.
  const truth = new GaussianMixture([
    [
      { mean: [-4, 0], variance: 0.04, weight: 2 },
      { mean: [0, 4], variance: 0.16, weight: 1 },
      { mean: [4, 0], variance: 0.36, weight: 1 },
    ],
  ]);
  const { points, contexts } = truth.sample(2000, seed.child("fit"));
  const model = fitContext(points, 2, 3, seed.child("kMeans"));

  it("finds the clusters, their shares and their variances", () => {
    for (const { mean, variance, weight } of truth.classes[0]!) {
      const z = contextOf(Float32Array.from(mean), model)[0]!;
      expect(model.centroids[2 * z]).toBeCloseTo(mean[0]!, 1);
      expect(model.centroids[2 * z + 1]).toBeCloseTo(mean[1]!, 1);
      expect(model.weights[z]! / weight).toBeCloseTo(1, 0.9);
      expect(model.variance[z]! / variance).toBeCloseTo(1, 0.9);
    }
    expect(model.weights.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  });

  it("gives the same model for the same seed", () => {
    expect(fitContext(points, 2, 3, seed.child("kMeans"))).toEqual(model);
  });

  it("bounds the information of real images about their cluster, tightly", () => {
    const z = contextOf(points, model);
    tf.tidy(() => {
      const { set } = contextInformation(
        tf.tensor2d(points, [2000, 2]),
        contextTensors([model]),
        tf.tensor1d(Array.from(z), "int32"),
        { alphaBar: 1 },
      );
      const information = truth.contextInformation(seed).value;
      expect(number(set)).toBeCloseTo(information, 1);
      const agreement = contexts.filter((context, i) => context === contexts[0] && z[i] === z[0]).length;
      expect(agreement).toBeGreaterThan(0.99 * contexts.filter((context) => context === contexts[0]).length);
    });
  });

  it("gives one cluster at IPC 1 and a usable model of single and equal images", () => {
    const one = fitContext(points, 2, 1, seed);
    expect([...one.weights]).toEqual([1]);
    const single = fitContext(Float32Array.of(0, 0, 1, 1, 0.5, 0.9), 2, 3, seed);
    expect(single.variance.every((v) => v > 0)).toBe(true);
    const equal = fitContext(new Float32Array(12).fill(0.5), 3, 2, seed);
    expect([...equal.weights, ...equal.variance].every((v) => v > 0 && Number.isFinite(v))).toBe(true);
  });

  it("refuses fewer images than clusters, and rows that are not whole", () => {
    expect(() => fitContext(new Float32Array(4), 2, 3, seed)).toThrow(/at least k = 3 rows/);
    expect(() => fitContext(new Float32Array(5), 2, 2, seed)).toThrow(/found 5 numbers/);
    expect(() => fitContext(new Float32Array(4), 2, 0, seed)).toThrow(/k = 0/);
  });
});

describe("calibrateContext", () => {
  it("softens a model whose variances are too small, and leaves a right one alone", () => {
    const law = randomModel(seed.child("calibrate"), 4, 6, 1);
    const { points } = lawOf(law, 1).sample(3000, seed.child("held-out"));
    const model = fitContext(points, 6, 4, seed);
    const narrow = { ...model, variance: model.variance.map((v) => v / 30) };
    const levels = [0.5, 0.9];
    const before = calibrateContext(model, points, levels, seed);
    const after = calibrateContext(narrow, points, levels, seed);
    levels.forEach((_, i) => {
      expect(after[i]!.temperature).toBeGreaterThan(before[i]!.temperature);
      expect(after[i]!.nllAfter).toBeLessThan(after[i]!.nllBefore);
    });
    expect(before[0]!.temperature).toBeGreaterThan(0.6);
    expect(before[0]!.temperature).toBeLessThan(1.6);
  });
});
