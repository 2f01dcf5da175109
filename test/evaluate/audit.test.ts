import { beforeAll, describe, expect, it } from "vitest";
import { auditTable } from "../../src/cli/auditTable";
import { gather, gatherLabels } from "../../src/datasets/batches";
import { type Dataset, indicesByClass } from "../../src/datasets/dataset";
import { developmentSplit } from "../../src/datasets/development";
import { loadDataset } from "../../src/datasets/load";
import { type Audit, type AuditOptions, auditSet } from "../../src/evaluate/audit";
import { informationMeter } from "../../src/evaluate/auditInformation";
import { nearCopies } from "../../src/evaluate/nearCopies";
import { loadReferenceClassifier, type ReferenceClassifier } from "../../src/evaluate/referenceClassifier";
import { prototypeInformationOf } from "../../src/information/barberAgakov";
import type { ImageBatch } from "../../src/tensor/batch";
import { engineInfo } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";

const ipc = 6;
let dataset: Dataset;
let reference: ReferenceClassifier;
/** Places of `ipc` held-out images of each class. */
let places: number[];

beforeAll(async () => {
  const whole = await loadDataset("fashion-mnist");
  const { images, labels } = whole.train;
  // A tenth of the training images: seconds instead of half a minute.
  dataset = {
    ...whole,
    train: { images: images.subarray(0, 6000 * 784), labels: labels.subarray(0, 6000), count: 6000 },
  };
  reference = await loadReferenceClassifier(dataset);
  const { heldOut } = developmentSplit(dataset);
  const held = [...heldOut];
  places = indicesByClass(gatherLabels(dataset.train, held), 10).flatMap((list) =>
    [...list.subarray(0, ipc)].map((k) => held[k]),
  );
}, 300_000);

describe.skipIf(engineInfo.backend !== "tensorflow")("auditSet", () => {
  const audit = (data: Float32Array, labels: Int32Array): Promise<Audit> =>
    auditSet({ images: { data, shape: [labels.length, 28, 28, 1] }, labels }, dataset, {
      reference,
      evaluation: null,
    });
  const real = () => ({
    data: gather(dataset.train, dataset.shape, places).data,
    labels: gatherLabels(dataset.train, places),
  });

  it("finds in real images what real images have, and that they are copies", async () => {
    const { data, labels } = real();
    const findings = await audit(data, labels);
    const { information, coverage, copies, balance, suspicious, accuracy } = findings;
    const table = auditTable("out/set", null, findings);
    expect(table).toMatch(/^out\/set: 60 images for fashion-mnist, no manifest\n/);
    const made = { method: "random", ipc, dataset: "fashion-mnist", finished: true, faults: [] };
    expect(auditTable("out/set", made, findings)).toContain("made by random, files as its manifest says\n");
    expect(auditTable("out/set", { ...made, finished: false }, findings)).toContain(
      "made by random, unfinished, files as its manifest says\n",
    );
    expect(table).toMatch(/exact copies of training images +60\n/);
    expect(table).toContain(`precision                           ${coverage.set.precision.toFixed(3)}`);
    expect(table.split("\n").every((line) => line.length <= 110)).toBe(true);
    expect(accuracy).toBeUndefined();
    expect(copies).toMatchObject({ exact: 60, near: 60, twins: 0 });
    expect(copies.nearest.map(({ source }) => source)).toEqual(places);
    expect(balance.entropy).toBeCloseTo(Math.log(10), 12);
    expect(balance.counts[9]).toEqual({ class: "Ankle boot", images: ipc });
    const { prototype, contextual, ceiling, real: others } = information;
    expect(ceiling).toBeCloseTo(Math.log(ipc), 12);
    expect(prototype[0].bound).toBeGreaterThan(1.5);
    expect(prototype[0].bound).toBeLessThanOrEqual(Math.log(10));
    expect(information.set!.bound).toBeLessThan(Math.log(10));
    expect(Math.abs(information.set!.bound - others!.set!.mean)).toBeLessThan(0.2);
    const { low, high } = contextual.mixture;
    expect(low).toBeLessThan(high);
    expect(high).toBeLessThanOrEqual(ceiling + 1e-6);
    // Within what three random real sets scatter, generously.
    expect(Math.abs(low - others!.contextual.low.mean)).toBeLessThan(0.25);
    expect(Math.abs(contextual.context - others!.contextual.context.mean)).toBeLessThan(0.35);
    expect(coverage.set.precision).toBeGreaterThan(0.8);
    expect(coverage.set.coverage).toBeGreaterThan(0);
    expect(coverage.real!.precision).toBeGreaterThan(0.7);
    expect(suspicious.length).toBeLessThan(15);
  });

  it("sees a set that has collapsed: no contextual information, twins, low Vendi", async () => {
    const { data, labels } = real();
    const copied = data.slice();
    for (let i = 0; i < 60; i++) {
      const first = Math.floor(i / ipc) * ipc * 784;
      copied.set(data.subarray(first, first + 784), i * 784);
    }
    const { information, coverage, copies } = await audit(copied, labels);
    expect(information.contextual.mixture.low).toBeCloseTo(0, 5);
    expect(information.contextual.mixture.high).toBeCloseTo(0, 5);
    expect(information.contextual.context).toBeCloseTo(0, 4);
    expect(information.contextual.cmi).toBeCloseTo(0, 4);
    // Six times one image teach less than six.
    expect(information.set!.bound).toBeLessThan(information.real!.set!.mean - 0.05);
    expect(copies.twins).toBe((10 * ipc * (ipc - 1)) / 2);
    expect(coverage.set.vendi).toBeLessThan(coverage.real!.vendi);
    expect(coverage.set.coverage).toBeLessThan(coverage.real!.coverage);
  });

  it("sees wrong labels, noise and classes without images", async () => {
    const { data, labels } = real();
    const wrong = labels.map((label) => (label === 8 ? 9 : label)); // bags among the boots
    const noise = new Seed("noise").normal(ipc * 784).map((value) => Math.max(-1, Math.min(1, 0.5 * value)));
    data.set(noise, 0); // in place of the T-shirts
    const { balance, suspicious, copies, information } = await audit(data, wrong);
    expect(balance.counts.map(({ images }) => images)).toEqual([6, 6, 6, 6, 6, 6, 6, 6, 0, 12]);
    expect(balance.entropy).toBeLessThan(balance.ceiling - 0.1);
    const bags = suspicious.filter(({ label, found }) => label === "Ankle boot" && found === "Bag");
    expect(bags).toHaveLength(ipc);
    for (const { probability, probabilityOfLabel, image } of bags) {
      expect(probability).toBeGreaterThan(0.9);
      expect(probabilityOfLabel).toBeLessThan(0.05);
      expect(Number(image)).toBeGreaterThanOrEqual(8 * ipc);
    }
    for (const { distance } of copies.nearest.slice(0, ipc)) expect(distance).toBeGreaterThan(copies.typical);
    expect(copies.exact).toBe(54);
    // Noise and bags as boots; that the set has no class of bags forgives some of it.
    expect(information.prototype[0].bound).toBeLessThan(balance.entropy - 0.7);
    expect(information.set).toBeNull();
  });

  it("goes without the comparison where a class has too few held-out images", async () => {
    const { fit } = developmentSplit(dataset);
    const class0 = [...fit].filter((i) => dataset.train.labels[i] === 0).slice(0, 80);
    const chosen = [...class0, ...places.slice(ipc)];
    const findings = await audit(
      gather(dataset.train, dataset.shape, chosen).data,
      gatherLabels(dataset.train, chosen),
    );
    expect(findings.information.real).toBeNull();
    expect(findings.coverage.real).not.toBeNull();
    expect(findings.information.contextual.mixture.low).toBeGreaterThan(0);
    expect(auditTable("out/set", null, findings)).toMatch(/H\(X\|Y\) >=, cmi +[\d.]+ +-$/m);
  });

  it("finds no more prototype information in uneven labels than they have entropy", async () => {
    const { fit } = developmentSplit(dataset);
    const trousers = [...fit].filter((i) => dataset.train.labels[i] === 1).slice(0, 20);
    const others = places.filter((_, i) => i % ipc === 0 && i !== ipc); // one of each other class
    const chosen = [...trousers, ...others];
    const { prototype } = (
      await informationMeter([1, 20, 1, 1, 1, 1, 1, 1, 1, 1], dataset, [
        { name: "reference", temperature: reference.temperature, logits: (batch) => reference.logits(batch) },
      ])
    ).measure({
      images: gather(dataset.train, dataset.shape, chosen),
      labels: gatherLabels(dataset.train, chosen),
    });
    const entropy = -(20 / 29) * Math.log(20 / 29) - (9 / 29) * Math.log(1 / 29);
    expect(entropy).toBeCloseTo(1.301, 3);
    expect(prototype[0].bound).toBeLessThan(entropy);
    expect(prototype[0].bound).toBeGreaterThan(0.7 * entropy);
    // The mean of log q + ln C, which is about even labels, is nothing of the kind.
    const scores = reference.logits(gather(dataset.train, dataset.shape, chosen));
    const labels = gatherLabels(dataset.train, chosen);
    expect(prototypeInformationOf(scores, labels, reference.temperature).bound).toBeGreaterThan(2);
  });

  it("refuses a set that does not fit, a judge of other classes, and too few held-out images", async () => {
    const { data, labels } = real();
    const set = { images: { data, shape: [labels.length, 28, 28, 1] as const }, labels };
    const knowing = (classes: number) => ({
      ...reference,
      name: "other",
      logits: ({ shape }: ImageBatch) => new Float32Array(shape[0] * classes),
    });
    const asked = (options: Partial<AuditOptions>, of = dataset) =>
      auditSet(set, of, { reference, evaluation: null, ...options });
    await expect(asked({ reference: knowing(26) })).rejects.toThrow(
      /the 10 classes of fashion-mnist, found 26 classes in "reference"/,
    );
    await expect(asked({ guide: knowing(2) })).rejects.toThrow(/found 2 classes in "other"/);
    const few = { images: data, labels: Uint8Array.of(0, 0, 1, 1), count: 4 };
    const train = { ...few, images: dataset.train.images.subarray(0, 4 * 784) };
    await expect(asked({}, { ...dataset, train })).rejects.toThrow(
      /at least 6 of them, found 2 in fashion-mnist/,
    );
    await expect(audit(data.subarray(784), labels)).rejects.toThrow(/60 images of 28 x 28 x 1/);
    await expect(
      audit(
        data,
        labels.map(() => 12),
      ),
    ).rejects.toThrow(/0 \.\. 9; label 0 is 12/);
  });
});

describe("nearCopies", () => {
  it("tells a slightly changed copy from a new image", async () => {
    const { images } = dataset.train;
    const bytes = images.slice(0, 784).map((value, i) => (i % 50 === 0 ? Math.min(255, value + 6) : value));
    const batch = gather({ images: bytes, labels: Uint8Array.of(9), count: 1 }, dataset.shape, [0]);
    const { nearest, near, exact, threshold, typical } = await nearCopies(batch, dataset);
    expect(nearest[0].source).toBe(0);
    expect(nearest[0].distance).toBeGreaterThan(0);
    expect(nearest[0].distance).toBeLessThan(0.01);
    expect([near, exact]).toEqual([1, 0]);
    expect(threshold).toBeLessThan(typical);
    const fresh = gather(dataset.test, dataset.shape, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect((await nearCopies(fresh, dataset)).near).toBeLessThan(3);
  });
});
