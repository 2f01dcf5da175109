import { copyFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type Dataset, indicesByClass } from "../../src/datasets/dataset";
import { loadDataset } from "../../src/datasets/load";
import { distill, distillInto } from "../../src/distill/distill";
import { readManifest } from "../../src/distill/manifest";
import { selectByFeatures } from "../../src/distill/selectByFeatures";
import { herding } from "../../src/distill/selectHerding";
import { kCenter } from "../../src/distill/selectKCenter";
import { FrozenClassifier, referenceFile } from "../../src/nn/frozenClassifier";
import { imageClassifier } from "../../src/nn/imageClassifier";
import { Seed } from "../../src/tensor/random";
import { temporaryFolder } from "../temporaryFolder";

describe("herding", () => {
  it("picks by hand-made numbers", () => {
    expect([...herding(Float32Array.of(0, 4, 5, 11), 1, 2)]).toEqual([2, 1]);
    // The mean of all is 0: at every even count a pair that cancels is complete.
    expect([...herding(Float32Array.of(-3, 1, 3, -1, 0.5, -0.5), 1, 2)].sort()).toEqual([4, 5]);
  });

  it("keeps the mean of the picked rows near the mean of all, nearer than random rows, and never repeats", () => {
    const points = new Seed("herding").normal(300 * 5);
    const picked = herding(points, 5, 30);
    expect(new Set(picked).size).toBe(30);
    expect([...herding(points, 5, 10)]).toEqual([...picked.subarray(0, 10)]);
    const off = (rows: Iterable<number>) => {
      const list = [...rows];
      const mean = (places: number[], c: number) =>
        places.reduce((s, i) => s + points[i * 5 + c]!, 0) / places.length;
      const all = Array.from({ length: 300 }, (_, i) => i);
      return Math.hypot(...[0, 1, 2, 3, 4].map((c) => mean(list, c) - mean(all, c)));
    };
    expect(off(picked)).toBeLessThan(off(new Seed("random").permutation(300).subarray(0, 30)) / 5);
    expect(herding(points, 5, 300)).toHaveLength(300);
  });
});

describe("kCenter", () => {
  it("picks by hand-made numbers, and different rows even where all coincide", () => {
    expect([...kCenter(Float32Array.of(0, 4, 5, 11), 1, 3)]).toEqual([2, 3, 0]);
    // More than a function takes as arguments.
    const many = Float32Array.from({ length: 200_001 }, (_, i) => i);
    expect([...kCenter(many, 1, 1)]).toEqual([100_000]);
    expect(new Set(kCenter(new Float32Array(6), 2, 3)).size).toBe(3);
  });

  it("covers: one centre in each of eight tight groups", () => {
    const centres = new Seed("groups").normal(8 * 3).map((value) => 20 * value);
    const points = new Seed("members")
      .normal(80 * 3)
      .map((value, i) => 0.1 * value + centres[Math.floor(i / 30) * 3 + (i % 3)]!);
    const picked = kCenter(points, 3, 8);
    expect(new Set([...picked].map((i) => Math.floor(i / 10))).size).toBe(8);
  });
});

describe("selectByFeatures", () => {
  let dataset: Dataset;
  beforeAll(async () => {
    const whole = await loadDataset("fashion-mnist");
    const { images, labels } = whole.train;
    const train = { images: images.subarray(0, 784_000), labels: labels.subarray(0, 1000), count: 1000 };
    dataset = { ...whole, train };
  }, 300_000);

  it("chooses in the features of the classifier, class by class, among the places given", async () => {
    const network = imageClassifier({
      kind: "mlp",
      hidden: [6],
      height: 28,
      width: 28,
      channels: 1,
      classes: 10,
    });
    const classifier = new FrozenClassifier(network, network.parameters.initialise(new Seed(0)));
    const among = Int32Array.from({ length: 500 }, (_, i) => 2 * i);
    const selection = await selectByFeatures(dataset, classifier, herding, 3, among);
    expect(selection.map((list) => [...list].map((i) => dataset.train.labels[i]))).toEqual(
      Array.from({ length: 10 }, (_, label) => [label, label, label]),
    );
    expect(selection.flatMap((list) => [...list]).every((i) => i % 2 === 0)).toBe(true);
    await expect(selectByFeatures(dataset, classifier, herding, 200, among)).rejects.toThrow(
      /fewer than IPC 200/,
    );
    classifier.dispose();
  });

  it("picks by a classifier that is named, and says what that must be", async () => {
    const folder = await temporaryFolder();
    const shipped = referenceFile("fashion-mnist");
    const reference = path.join(folder, "own.safetensors");
    await copyFile(shipped, reference);
    const settings = { method: "herding", ipc: 1 } as const;
    const [named, byDefault] = [
      await distill(dataset, { ...settings, reference }),
      await distill(dataset, settings),
    ];
    expect(named.images.data).toEqual(byDefault.images.data);
    const own = { ...dataset, name: "my-own" };
    await distillInto(path.join(folder, "set"), own, { ...settings, reference });
    expect((await readManifest(path.join(folder, "set"))).classifier).toMatchObject({
      file: "own.safetensors",
    });
    await expect(distill(own, settings)).rejects.toThrow(/my-own-reference/);
    await expect(distill(dataset, { method: "random", ipc: 1, reference })).rejects.toThrow(
      /"random" picks by no features/,
    );
    const halved = { ...own, shape: [14, 56, 1] as const };
    await expect(distill(halved, { ...settings, reference })).rejects.toThrow(
      /is for images of 28 x 28 x 1 .* my-own has 14 x 56 x 1/,
    );
  });

  it("makes sets with a manifest that names the classifier", async () => {
    const sources: number[][] = [];
    for (const method of ["herding", "kcenter"] as const) {
      const folder = await temporaryFolder();
      await distillInto(folder, dataset, { method, ipc: 2 });
      const manifest = await readManifest(folder);
      expect(manifest).toMatchObject({ method, finished: true, checkpoint: null, engine: null });
      expect(manifest.classifier).toMatchObject({ file: "fashion-mnist-reference.safetensors" });
      sources.push(manifest.images.map(({ source }) => source as number));
      expect(
        indicesByClass(
          sources[sources.length - 1]!.map((i) => dataset.train.labels[i]!),
          10,
        ).map((l) => l.length),
      ).toEqual(new Array(10).fill(2));
    }
    // The first of each class is the image nearest to the mean for both, the second is not.
    const [byHerding, byKCenter] = sources;
    for (let k = 0; k < 10; k++) {
      expect(byHerding![2 * k]).toBe(byKCenter![2 * k]);
      expect(byHerding![2 * k + 1]).not.toBe(byKCenter![2 * k + 1]);
    }
  });
});
