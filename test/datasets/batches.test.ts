import { describe, expect, it } from "vitest";
import { batches, gather, gatherLabels, holdOut } from "../../src/datasets/batches";
import { newLabels, type Split } from "../../src/datasets/dataset";
import { Seed } from "../../src/tensor/random";

const seed = new Seed("batches");

/** Four 1 x 2 images of one channel. */
const tiny: Split = {
  images: Uint8Array.of(0, 255, 51, 204, 1, 2, 3, 4),
  labels: Uint8Array.of(0, 1, 1, 0),
  count: 4,
};

describe("gather", () => {
  it("takes images in the order asked for, as values in [-1, 1]", () => {
    const batch = gather(tiny, [1, 2, 1], [1, 0, 1]);
    expect(batch.shape).toEqual([3, 1, 2, 1]);
    expect(batch.data).toEqual(
      Float32Array.of(51 / 127.5 - 1, 204 / 127.5 - 1, -1, 1, 51 / 127.5 - 1, 204 / 127.5 - 1),
    );
    expect(gatherLabels(tiny, [3, 1, 1])).toEqual(Int32Array.of(0, 1, 1));
    expect(gather(tiny, [1, 2, 1], []).shape).toEqual([0, 1, 2, 1]);
  });

  it("takes labels beyond the 256 classes of a byte, and holds out of each class", () => {
    const labels = newLabels(3000, 1000).map((_, i) => i % 1000);
    const many: Split = { images: new Uint8Array(3000), labels, count: 3000 };
    expect(gatherLabels(many, [999, 256, 255])).toEqual(Int32Array.of(999, 256, 255));
    const { train, heldOut } = holdOut(many, 1 / 3, seed);
    expect([train.length, new Set(gatherLabels(many, heldOut)).size]).toEqual([2000, 1000]);
  });

  it("refuses places outside the split", () => {
    expect(() => gather(tiny, [1, 2, 1], [4])).toThrow(/0 \.\. 3, found 4/);
    expect(() => gatherLabels(tiny, [-1])).toThrow(/found -1/);
  });
});

describe("batches", () => {
  const indices = [10, 11, 12, 13, 14, 15, 16];

  it("shows every image once per epoch, in another order each epoch", () => {
    const all = [...batches(indices, { batchSize: 3, seed, epochs: 2 })];
    expect(all.map((batch) => batch.indices.length)).toEqual([3, 3, 1, 3, 3, 1]);
    expect(all.map((batch) => [batch.epoch, batch.step])).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 3],
      [1, 4],
      [1, 5],
    ]);
    const orders = [0, 1].map((e) => all.filter((b) => b.epoch === e).flatMap((batch) => [...batch.indices]));
    for (const order of orders) expect([...order].sort()).toEqual(indices);
    expect(orders[0]).not.toEqual(orders[1]);
  });

  it("drops the short last batch when asked to", () => {
    const sizes = [...batches(indices, { batchSize: 3, seed, epochs: 2, dropLast: true })].map(
      (b) => b.indices.length,
    );
    expect(sizes).toEqual([3, 3, 3, 3]);
  });

  it("resumes at any step with the batches of the unbroken run", () => {
    const whole = [...batches(indices, { batchSize: 2, seed, epochs: 3 })];
    for (const startStep of [0, 1, 4, 7, 12]) {
      expect([...batches(indices, { batchSize: 2, seed, epochs: 3, startStep })]).toEqual(
        whole.slice(startStep),
      );
    }
  });

  it("goes on for ever by default, and refuses sizes that give no batch", () => {
    const endless = batches(indices, { batchSize: 7, seed });
    for (let i = 0; i < 100; i++) expect(endless.next().done).toBe(false);
    expect(() => [...batches(indices, { batchSize: 8, seed, dropLast: true })]).toThrow(
      /7 images give no batch of 8/,
    );
    expect(() => [...batches(indices, { batchSize: 0, seed })]).toThrow(/>= 1, found 0/);
    for (const startStep of [2.5, -1])
      expect(() => [...batches(indices, { batchSize: 2, seed, epochs: 1, startStep })]).toThrow(
        `first step must be a whole number >= 0, found ${startStep}`,
      );
    for (const epochs of [1.5, 0, Number.NaN])
      expect(() => [...batches(indices, { batchSize: 2, seed, epochs })]).toThrow(
        `Epochs must be a whole number >= 1, found ${epochs}`,
      );
  });
});

describe("holdOut", () => {
  const split: Split = {
    images: new Uint8Array(100),
    labels: Uint8Array.from({ length: 100 }, (_, i) => (i < 60 ? 0 : i < 99 ? 2 : 3)),
    count: 100,
  };

  it("holds out the same fraction of each class, and splits without overlap", () => {
    const { train, heldOut } = holdOut(split, 0.1, seed);
    const perClass = (indices: Int32Array) =>
      [0, 2, 3].map((c) => indices.filter((i) => split.labels[i] === c).length);
    expect(perClass(heldOut)).toEqual([6, 4, 0]); // the only image of class 3 stays for training
    expect([...train, ...heldOut].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(heldOut).toEqual(heldOut.slice().sort());
  });

  it("depends on the seed and on nothing else", () => {
    expect(holdOut(split, 0.2, seed)).toEqual(holdOut(split, 0.2, seed));
    expect(holdOut(split, 0.2, seed).heldOut).not.toEqual(holdOut(split, 0.2, seed.child(1)).heldOut);
    expect(() => holdOut(split, 1, seed)).toThrow(/between 0 and 1, found 1/);
  });
});
