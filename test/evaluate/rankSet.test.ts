import { beforeAll, describe, expect, it } from "vitest";
import type { Dataset } from "../../src/datasets/dataset";
import { loadDataset } from "../../src/datasets/load";
import type { EvaluateOptions } from "../../src/evaluate/evaluateSet";
import { evaluateSets } from "../../src/evaluate/overSeeds";
import { rankSet } from "../../src/evaluate/rankSet";
import { realSetLike, realSetsLike } from "../../src/evaluate/realSetLike";
import { augmentationRobustScore, labelRobustScore } from "../../src/evaluate/robustScores";
import { engineInfo } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";

let dataset: Dataset;
const quick = { seeds: [0, 1], steps: 30, checkpoints: 1, network: { kind: "mlp", hidden: [32] } } as const;
const labels = Int32Array.from({ length: 20 }, (_, i) => Math.floor(i / 2));

beforeAll(async () => {
  const whole = await loadDataset("fashion-mnist");
  const { images, labels: all } = whole.test;
  dataset = {
    ...whole,
    test: { images: images.subarray(0, 784_000), labels: all.subarray(0, 1000), count: 1000 },
  };
}, 300_000);

describe.skipIf(engineInfo.backend !== "tensorflow")("several sets, and their rank", () => {
  it("keeps sets and networks apart", async () => {
    const sets = [0, 1, 2].map((seed) => realSetLike(labels, dataset, "fit", new Seed(seed)));
    const done: number[] = [];
    const {
      sets: each,
      last,
      best,
    } = await evaluateSets(sets, dataset, {
      ...quick,
      onProgress: ({ done: d, total }) => done.push(d / total),
    });
    expect(each).toHaveLength(3);
    expect(last.mean.values).toEqual(each.map((set) => set.last.mean));
    expect(best.mean.mean).toBeGreaterThanOrEqual(last.mean.mean);
    expect(last.betweenSets).toBeGreaterThan(0);
    expect(last.withinSets).toBeGreaterThan(0);
    expect(done).toHaveLength(180);
    expect(done[179]).toBe(1);
    expect(done).toEqual([...done].sort((a, b) => a - b));
  });

  it("ranks: what is compared is as the formulas want it", async () => {
    // Correct labels against those of other classes: far below random real images.
    const good = realSetLike(labels, dataset, "fit", new Seed("good"));
    // Soft labels that teach the next class, of the set and of the real images alike.
    const targets = new Float32Array(200);
    labels.forEach((label, i) => {
      targets[i * 10 + ((label + 1) % 10)] = 1;
    });
    const probabilities = (batch: { shape: readonly number[] }) => targets.slice(0, 10 * batch.shape[0]);
    const reference = { probabilities } as never;
    const soft = await rankSet({ ...good, targets }, dataset, { ...quick, wholeHard: 85, reference });
    const { accuracies } = soft;
    expect(accuracies.setHard).toBeGreaterThan(accuracies.setAny + 20);
    expect(accuracies.setAugmented).toBe(accuracies.setAny);
    expect(soft.labelRobust).toBeCloseTo(labelRobustScore(accuracies), 12);
    expect(soft.augmentationRobust).toBeCloseTo(augmentationRobustScore(accuracies), 12);
    const bad = { ...good, labels: good.labels.map((label) => (label + 1) % 10) };
    const worse = await rankSet(bad, dataset, { ...quick, wholeHard: 85 });
    expect(worse.accuracies.setPlain).toBeLessThan(worse.accuracies.randomPlain - 20);
    expect(worse.labelRobust).toBeLessThan(soft.labelRobust - 0.05);
    expect(worse.augmentationRobust).toBeLessThan(soft.augmentationRobust - 0.05);
    await expect(rankSet({ ...good, targets }, dataset, { ...quick, wholeHard: 85 })).rejects.toThrow(
      /reference/,
    );
  });

  it("refuses protocols that the scores are not defined for", async () => {
    const set = realSetLike(labels, dataset, "fit", new Seed("rank"));
    const rank = (options: EvaluateOptions) => rankSet(set, dataset, { ...options, wholeHard: 85 });
    await expect(rank({ protocol: "imagenet-convnet6" })).rejects.toThrow(
      /small images.*"imagenet-convnet6" with photographs. Choose one of quick, .*vit\./,
    );
    await expect(rank({ protocol: "tiny-resnet18" })).rejects.toThrow(RangeError);
    await expect(rank({ ...quick, teacher: { temperature: 1 } })).rejects.toThrow(/"quick" with a teacher/);
  });

  it("draws real sets like another: classes, sizes, part, seed", () => {
    const uneven = Int32Array.of(3, 3, 3, 7);
    const set = realSetLike(uneven, dataset, "fit", new Seed(1));
    expect(set.labels).toEqual(uneven);
    expect(realSetLike(uneven, dataset, "fit", new Seed(1)).images.data).toEqual(set.images.data);
    expect(realSetLike(uneven, dataset, "heldOut", new Seed(1)).images.data).not.toEqual(set.images.data);
    // Draws of one seed share no image.
    const [first, second] = [0, 1].map((draw) =>
      realSetLike(new Int32Array(200), dataset, "heldOut", new Seed(1), draw),
    );
    const rowsOf = ({ images: { data } }: typeof first) =>
      Array.from({ length: 200 }, (_, i) => data.subarray(i * 784, (i + 1) * 784).join());
    const known = new Set(rowsOf(first));
    expect(rowsOf(second).some((row) => known.has(row))).toBe(false);
    expect(realSetsLike(new Int32Array(200), dataset, "heldOut")).toBe(2);
    expect(() => realSetLike(new Int32Array(200), dataset, "heldOut", new Seed(1), 2)).toThrow(
      /100 real ones/,
    );
    expect(() => realSetLike(new Int32Array(5001), dataset, "heldOut", new Seed(1))).toThrow(
      /"T-shirt\/top" has 5001 images in the set, more than the 500 real ones/,
    );
  });
});
