// Which images score a set: dark and bright ones, whose labels follow another rule in each part of the dataset.
import { afterAll, describe, expect, it } from "vitest";
import type { Dataset } from "../../src/datasets/dataset";
import { developmentSplit } from "../../src/datasets/development";
import { noAugmentation } from "../../src/evaluate/augment";
import { disposeIdleClassifiers } from "../../src/evaluate/classifierPool";
import { evaluateSet } from "../../src/evaluate/evaluateSet";
import { engineInfo } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";

const PIXELS = 8 * 8;
const count = 120;
const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);

/** A split, and whether each image is bright. */
const split = (bright: (i: number) => boolean) => {
  const grain = new Seed("grain").uniform(count * PIXELS);
  return {
    images: Uint8Array.from(grain, (u, i) => (bright(Math.floor(i / PIXELS)) ? 180 : 40) + 30 * u),
    labels,
    count,
  };
};

const bare = {
  name: "dark and bright",
  classes: ["dark", "bright"],
  shape: [8, 8, 1] as const,
  source: "here",
};
const cut = developmentSplit({ ...bare, train: split(() => true), test: split(() => true) });
const heldOut = new Set(cut.heldOut);
const dataset: Dataset = {
  ...bare,
  // Held-out images are what their labels say, those to fit on the opposite, and of those to test on half are bright.
  train: split((i) => heldOut.has(i) === (labels[i] === 1)),
  test: split((i) => i < count / 2),
};

afterAll(disposeIdleClassifiers);

describe.skipIf(engineInfo.backend !== "tensorflow")("a set is scored", () => {
  const shades = new Seed("shades").uniform(20 * PIXELS);
  const set = {
    images: {
      data: Float32Array.from(shades, (u, i) => (Math.floor(i / PIXELS) % 2 === 1 ? 0.4 : -0.7) + 0.2 * u),
      shape: [20, 8, 8, 1] as const,
    },
    labels: Int32Array.from({ length: 20 }, (_, i) => i % 2),
  };
  const settings = {
    network: { kind: "mlp", hidden: [16] },
    augmentation: noAugmentation,
    seeds: [0],
    steps: 60,
    rate: 0.01,
    checkpoints: 1,
  } as const;

  it.each([
    ["held-out", 100],
    ["test", 50],
  ] as const)("on the %s images, and on no others", async (on, percent) => {
    const { last, confusion } = await evaluateSet(set, dataset, { ...settings, on, confusion: true });
    expect(last.mean).toBe(percent);
    const tested = confusion!.flat().reduce((a, b) => a + b);
    expect(tested).toBe(on === "test" ? count : heldOut.size);
  });
});
