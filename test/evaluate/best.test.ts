// Which of a network's tests is reported as the last, and which as the best one. What the networks answer is made up.
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import { disposeIdleClassifiers } from "../../src/evaluate/classifierPool";
import { type EvaluationEvent, evaluateSet } from "../../src/evaluate/evaluateSet";
import * as realImages from "../../src/evaluate/realImages";
import { realSetLike } from "../../src/evaluate/realSetLike";
import { engineInfo } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";

const dataset = proceduralDataset(procedural({ size: 8, noise: 0.3, classes: 2 }), 50, new Seed(0));
const set = realSetLike(Int32Array.of(0, 0, 1, 1), dataset, "fit", new Seed(0));

afterAll(disposeIdleClassifiers);
afterEach(() => {
  vi.restoreAllMocks();
});

describe.skipIf(engineInfo.backend !== "tensorflow")("the accuracies of an evaluation", () => {
  it("are those after the last step, and beside them the best of all tests of each network", async () => {
    const percents = [40, 80, 60, 90, 20, 30];
    const asked = vi.spyOn(realImages, "predictReal");
    asked.mockImplementation(async (_, { labels }) => {
      const right = (percents[asked.mock.calls.length - 1]! * labels.length) / 100;
      return labels.map((label, i) => (i < right ? label : 1 - label));
    });
    const told: EvaluationEvent[] = [];
    const { last, best, confusion } = await evaluateSet(set, dataset, {
      network: { kind: "mlp", hidden: [4] },
      seeds: [0, 1],
      steps: 6,
      checkpoints: 3,
      confusion: true,
      onProgress: (event) => told.push(event),
    });
    expect(last.values).toEqual([60, 30]);
    expect(last.mean).toBe(45);
    expect(best.values).toEqual([80, 90]);
    expect(best.mean).toBe(85);
    const accuracies = told.flatMap(({ done, accuracy }) =>
      accuracy === undefined ? [] : [[done, accuracy]],
    );
    expect(accuracies).toEqual([2, 4, 6, 8, 10, 12].map((done, i) => [done, percents[i]]));
    // Of the last tests alone: 60 and 30 of 100 images were right.
    expect(confusion!.flatMap((row, label) => row[label]!).reduce((a, b) => a + b)).toBe(90);
  });

  it("leave out tests before the share of the steps that a protocol says", async () => {
    const asked = vi.spyOn(realImages, "predictReal");
    asked.mockImplementation(async (_, { labels }) => labels.map((label) => label));
    const told: number[] = [];
    await evaluateSet(set, dataset, {
      network: { kind: "mlp", hidden: [4] },
      seeds: [0],
      steps: 10,
      checkpoints: 10,
      testsFrom: 0.8,
      onProgress: ({ done, accuracy }) => void (accuracy === undefined || told.push(done)),
    });
    expect(told).toEqual([9, 10]);
  });
});
