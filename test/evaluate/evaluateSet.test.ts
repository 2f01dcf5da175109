import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gather, gatherLabels } from "../../src/datasets/batches";
import { type Dataset, indicesByClass, type Split } from "../../src/datasets/dataset";
import { loadDataset } from "../../src/datasets/load";
import { disposeIdleClassifiers } from "../../src/evaluate/classifierPool";
import { type EvaluateOptions, evaluateSet } from "../../src/evaluate/evaluateSet";
import type { LabelledSet } from "../../src/evaluate/labelledSet";
import { protocolDefaults } from "../../src/evaluate/protocols";
import { loadReferenceClassifier, trainReferenceClassifier } from "../../src/evaluate/referenceClassifier";
import { engineInfo, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { temporaryFolder } from "../temporaryFolder";

/** Real images, but a tenth of the test set and small networks: seconds instead of a minute. */
let dataset: Dataset;
const network = { kind: "convnet", depth: 3, filters: 16 } as const;
const quick: EvaluateOptions = { seeds: [0], steps: 60, checkpoints: 2, network, rate: 3e-3 };

function realSet(split: Split, ipc: number): LabelledSet {
  const indices = indicesByClass(split.labels, 10).flatMap((members, label) =>
    [...new Seed("real set").child(label).permutation(members.length).subarray(0, ipc)].map(
      (place) => members[place],
    ),
  );
  return { images: gather(split, [28, 28, 1], indices), labels: gatherLabels(split, indices) };
}

function firstOf(split: Split, count: number): Split {
  return { images: split.images.subarray(0, count * 784), labels: split.labels.subarray(0, count), count };
}

beforeAll(async () => {
  const whole = await loadDataset("fashion-mnist");
  dataset = { ...whole, train: firstOf(whole.train, 12_000), test: firstOf(whole.test, 1000) };
});
afterAll(disposeIdleClassifiers);

describe.skipIf(engineInfo.backend !== "tensorflow")("evaluateSet", () => {
  it("scores real images far above chance, and the same seed gives the same numbers", async () => {
    const set = realSet(dataset.train, 5);
    const events: { done: number; total: number; accuracy?: number }[] = [];
    const options: EvaluateOptions = {
      ...quick,
      seeds: [0, "another"],
      method: "random",
      confusion: true,
      onProgress: (event) => events.push(event),
    };
    const result = await evaluateSet(set, dataset, options);
    expect(result).toMatchObject({
      ipc: 5,
      method: "random",
      network: "ConvNet-3 (16)",
      on: "test",
      seeds: ["0", "another"],
      steps: 60,
    });
    expect(result.last.mean).toBeGreaterThan(45);
    expect(result.best.mean).toBeGreaterThanOrEqual(result.last.mean);
    expect(result.last.values[0]).not.toBe(result.last.values[1]);
    expect(result.last.ci95).toBeGreaterThan(0);

    expect(events).toHaveLength(120);
    expect(events.map(({ done }) => done)).toEqual(Array.from({ length: 120 }, (_, i) => i + 1));
    expect(events.filter(({ accuracy }) => accuracy !== undefined).map(({ done }) => done)).toEqual([
      30, 60, 90, 120,
    ]);

    const confusion = result.confusion as number[][];
    const perClass = indicesByClass(dataset.test.labels, 10).map((members) => 2 * members.length);
    expect(confusion.map((row) => row.reduce((a, b) => a + b))).toEqual(perClass);
    const right = confusion.reduce((sum, row, i) => sum + row[i], 0);
    expect(right / 20).toBeCloseTo(result.last.mean, 6);

    // The second time nothing is compiled, and the other seed comes first.
    const tensors = tf.memory().numTensors;
    const again = await evaluateSet(set, dataset, { ...quick, seeds: ["another", 0] });
    expect(again.last.values).toEqual([...result.last.values].reverse());
    expect(tf.memory().numTensors).toBe(tensors);
    expect(again).not.toHaveProperty("confusion");
    expect(again).not.toHaveProperty("method");
  });

  it("takes a protocol by name, with what shall differ from it", async () => {
    const set = realSet(dataset.train, 2);
    const result = await evaluateSet(set, dataset, {
      ...quick,
      protocol: "convnet3-plain",
      steps: { epochs: 3 },
      batch: 8,
    });
    // 20 images in batches of 8 are 2.5 steps an epoch.
    expect(result).toMatchObject({ protocol: "convnet3-plain", steps: 8, network: "ConvNet-3 (16)" });
    const tiny = { ...quick, steps: 4, network: { kind: "mlp", hidden: [8] } } as const;
    expect(await evaluateSet(set, dataset, tiny)).toMatchObject({ protocol: "quick", network: "MLP (8)" });
    await expect(evaluateSet(set, dataset, { protocol: "best" as "quick" })).rejects.toThrow(
      /"best".*convnet3/,
    );
  });

  it("learns from soft labels: those of two classes exchanged exchange them", async () => {
    const set = realSet(dataset.train, 5);
    const targets = new Float32Array(500);
    set.labels.forEach((label, i) => {
      const taught = label === 0 ? 1 : label === 1 ? 0 : label; // T-shirts and trousers, which are easy to tell
      for (let c = 0; c < 10; c++) targets[i * 10 + c] = c === taught ? 0.91 : 0.01;
    });
    const { labels, confusion } = await evaluateSet({ ...set, targets }, dataset, {
      ...quick,
      confusion: true,
    });
    expect(labels).toBe("soft");
    const counts = confusion as number[][];
    for (const [real, taught] of [
      [0, 1],
      [1, 0],
    ]) {
      const share = counts[real][taught] / counts[real].reduce((a, b) => a + b);
      expect(share).toBeGreaterThan(0.5);
      expect(counts[real][real]).toBeLessThan(counts[real][taught] / 3);
    }
    const bad = { ...set, targets: targets.map((share) => share * 2) };
    await expect(evaluateSet(bad, dataset, quick)).rejects.toThrow(/image 0 add up to 2/);
    await expect(evaluateSet({ ...set, targets: targets.subarray(10) }, dataset, quick)).rejects.toThrow(
      /50 x 10/,
    );
  });

  it("gives a set in memory the score of the same set as bytes", async () => {
    const set = realSet(dataset.train, 1);
    const off = { ...set, images: { ...set.images, data: set.images.data.map((value) => value * 1.003) } };
    const options = { ...quick, steps: 20, on: "held-out" } as const;
    const exact = await evaluateSet(set, dataset, options);
    expect((await evaluateSet(off, dataset, options)).last.values).toEqual(exact.last.values);
    expect(exact.on).toBe("held-out");
  });

  it("two evaluations at once do not disturb each other", async () => {
    const set = realSet(dataset.train, 1);
    const options = { ...quick, steps: 20 };
    const alone = await evaluateSet(set, dataset, options);
    const both = await Promise.all([evaluateSet(set, dataset, options), evaluateSet(set, dataset, options)]);
    for (const { last } of both) expect(last.values).toEqual(alone.last.values);
  });

  it("refuses what cannot be scored", async () => {
    const set = realSet(dataset.train, 1);
    const withValue = (value: number): LabelledSet => {
      const data = set.images.data.slice();
      data[784 + 3] = value;
      return { ...set, images: { ...set.images, data } };
    };
    const withLabel = (label: number): LabelledSet => ({
      ...set,
      labels: set.labels.map((old, i) => (i === 4 ? label : old)),
    });
    const reject = (bad: LabelledSet, message: RegExp, options: EvaluateOptions = quick) =>
      expect(evaluateSet(bad, dataset, options)).rejects.toThrow(message);
    await reject(withValue(Number.NaN), /image 1 has NaN at value 3/);
    await reject(withValue(Number.POSITIVE_INFINITY), /image 1 has Infinity/);
    await reject(withValue(200), /200.*byte \/ 127.5 - 1/);
    await reject(withLabel(10), /0 \.\. 9; label 4 is 10/);
    await reject(withLabel(-1), /label 4 is -1/);
    await reject({ ...set, labels: set.labels.map(() => 3) }, /only class 3 \(Dress\)/);
    await reject({ ...set, labels: set.labels.subarray(1) }, /10 images and 9 labels/);
    await reject({ ...set, images: { ...set.images, shape: [10, 14, 56, 1] } }, /28 x 28 x 1.*14 x 56 x 1/);
    await reject(
      { images: { data: new Float32Array(0), shape: [0, 28, 28, 1] }, labels: new Int32Array(0) },
      /no image/,
    );
    await reject(set, /steps must be a whole number >= 1, found 0/, { ...quick, steps: 0 });
    await reject(set, /61 checkpoints/, { ...quick, checkpoints: 61 });
    await reject(set, /seeds is empty/, { ...quick, seeds: [] });
    await reject(set, /"test" or "held-out", found "train"/, { ...quick, on: "train" as "test" });
    const { augmentation } = protocolDefaults;
    const changed = (change: object) => ({ augmentation: { ...augmentation, ...change } });
    for (const [change, message] of [
      [{ seeds: [0, 1, "0"] }, /seeds must differ, found "0" twice/],
      [{ optimiser: "SGD" }, /optimiser must be "adamw" or "sgd", found "SGD"/],
      [{ schedule: "cosine" }, /schedule must be "multi-step" or "half-cosine", found "cosine"/],
      [{ weightDecay: Number.NaN }, /weightDecay must be a number >= 0, found NaN/],
      [{ weightDecay: -5 }, /found -5/],
      [{ testsFrom: 1 }, /testsFrom.*found 1/],
      [{ testsFrom: Number.NaN }, /testsFrom.*found NaN/],
      [changed({ cutMix: 7 }), /augmentation\.cutMix must be a probability, 0 to 1, found 7/],
      [changed({ scale: 0.5 }), /augmentation\.scale must be a factor >= 1, found 0.5/],
      [changed({ cutout: -3 }), /augmentation\.cutout must be a whole number.*found -3/],
      [changed({ shift: 1.5 }), /augmentation\.shift must be a whole number.*found 1.5/],
      [changed({ rotate: Number.NaN }), /augmentation\.rotate.*found NaN/],
      [{ augmentation: { cutMix: 1 } }, /augmentation\.shift .* found undefined.*protocolDefaults/],
      [{ protocol: "toString" }, /Unknown protocol "toString": expected one of quick/],
      [{ plan: "rdd" }, /Unknown plan "rdd": expected one of minimax, rded, tiny/],
      [{ teacherNetwork: { logits: () => new Float32Array(0) } }, /teacherNetwork is given.*Leave it out/],
      [
        { teacher: { temperature: 1 } },
        /these settings \(protocol "quick"\) train on the labels of a teacher/,
      ],
    ] as const)
      await reject(set, message, { ...quick, ...change } as EvaluateOptions);
    const none = { ...dataset, test: firstOf(dataset.test, 0) };
    await expect(evaluateSet(set, none, quick)).rejects.toThrow(/no test images in fashion-mnist/);
  });

  it("a reference classifier knows real images, and junk from them; stored, it is the same", async () => {
    const file = path.join(await temporaryFolder(), "reference.safetensors");
    const reference = await trainReferenceClassifier(dataset, { steps: 150, filters: 16, rate: 5e-3, file });
    expect(reference.heldOutAccuracy).toBeGreaterThan(70);
    const stored = await loadReferenceClassifier(dataset, file);
    expect(stored.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(Math.abs(stored.heldOutAccuracy - reference.heldOutAccuracy)).toBeLessThan(0.5);
    const few = realSet(dataset.test, 2).images;
    const probabilities = stored.probabilities(few);
    const features = stored.features(few);
    expect(features).toHaveLength(20 * stored.featureCount);
    reference.features(few).forEach((value, i) => {
      expect(Math.abs(value - features[i])).toBeLessThan(0.02);
    });
    for (let i = 0; i < 20; i++)
      expect(probabilities.subarray(i * 10, i * 10 + 10).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    stored.dispose();
    const other = { ...dataset, classes: dataset.classes.slice(1) };
    await expect(loadReferenceClassifier(other, file)).rejects.toThrow(/28 x 28 x 1 x 10.*28 x 28 x 1 x 9/);
    await expect(loadReferenceClassifier({ ...dataset, name: "mnist" }, file)).rejects.toThrow(
      /was trained on fashion-mnist, but the dataset is mnist, whose held-out images it may know/,
    );
    const { images, labels } = realSet(dataset.test, 30);
    expect(reference.consistency(images, labels)).toBeGreaterThan(0.65);
    expect(
      reference.consistency(
        images,
        labels.map((label) => (label + 1) % 10),
      ),
    ).toBeLessThan(0.2);
    expect(() => reference.consistency(images, labels.subarray(1))).toThrow(/300 images and 299 labels/);
    const broken = { ...images, data: images.data.slice().fill(Number.NaN, 0, 1) };
    expect(() => reference.classify(broken)).toThrow(/image 0 has NaN/);
    reference.dispose();
  });
});
