// What a network that scores a set learns from, step by step: which images, moved how far, with which labels.
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import { noAugmentation } from "../../src/evaluate/augment";
import { disposeIdleClassifiers } from "../../src/evaluate/classifierPool";
import { ClassifierTraining } from "../../src/evaluate/classifierTraining";
import { type EvaluateOptions, evaluateSet } from "../../src/evaluate/evaluateSet";
import { protocols } from "../../src/evaluate/protocols";
import { engineInfo } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";

const dataset = proceduralDataset(procedural({ size: 8, noise: 0.3, classes: 2 }), 12, new Seed(0));
const IMAGES = 16;
const BATCH = 8;
const PER_EPOCH = IMAGES / BATCH;
/** Image i is black but for one pixel in its middle, whose brightness tells which it is; its class is i mod 2. */
const brightness = (i: number) => (128 + 8 * i) / 127.5 - 1;
const MIDDLE = 3;
const set = {
  images: {
    data: Float32Array.from({ length: IMAGES * 64 }, (_, k) =>
      k % 64 === MIDDLE * 8 + MIDDLE ? brightness(Math.floor(k / 64)) : -1,
    ),
    shape: [IMAGES, 8, 8, 1] as const,
  },
  labels: Int32Array.from({ length: IMAGES }, (_, i) => i % 2),
};

interface Seen {
  readonly image: number;
  readonly down: number;
  readonly right: number;
  readonly taught: number;
}

afterAll(disposeIdleClassifiers);
afterEach(() => {
  vi.restoreAllMocks();
});

/** What each step of a training saw. */
async function seenBy(options: EvaluateOptions): Promise<Seen[][]> {
  const step = vi.spyOn(ClassifierTraining.prototype, "step").mockReturnValue(0);
  await evaluateSet(set, dataset, {
    network: { kind: "mlp", hidden: [4] },
    seeds: [0],
    steps: 40,
    batch: BATCH,
    checkpoints: 1,
    ...options,
  });
  return step.mock.calls.map(([{ data, shape }, targets]) =>
    Array.from({ length: shape[0] }, (_, n) => {
      const pixels = data.subarray(n * 64, n * 64 + 64);
      const at = pixels.findIndex((value) => value > -0.9);
      expect(pixels.filter((value) => value > -0.9)).toHaveLength(1);
      const row = targets.subarray(n * 2, n * 2 + 2);
      return {
        image: Math.round(((pixels[at]! + 1) * 127.5 - 128) / 8),
        down: Math.floor(at / 8) - MIDDLE,
        right: (at % 8) - MIDDLE,
        taught: row.indexOf(1),
      };
    }),
  );
}

describe.skipIf(engineInfo.backend !== "tensorflow")("the batches that a scoring network learns from", () => {
  const numbers = (steps: Seen[][]) => steps.flat().map(({ image }) => image);
  const epochs = (steps: Seen[][]) =>
    Array.from({ length: steps.length / PER_EPOCH }, (_, k) =>
      numbers(steps.slice(k * PER_EPOCH, (k + 1) * PER_EPOCH)),
    );

  it("hold each image once an epoch, in an order that every epoch and every seed draws anew", async () => {
    const steps = await seenBy({});
    expect(steps).toHaveLength(40);
    for (const epoch of epochs(steps))
      expect([...epoch].sort((a, b) => a - b)).toEqual(Array.from({ length: IMAGES }, (_, i) => i));
    expect(new Set(epochs(steps).map(String)).size).toBe(20);
    for (const { image, taught } of steps.flat()) expect(taught).toBe(image % 2);
    vi.restoreAllMocks();
    expect(numbers(await seenBy({ seeds: [1] }))).not.toEqual(numbers(steps));
    vi.restoreAllMocks();
    expect(await seenBy({})).toEqual(steps);
  });

  it("have their images moved by up to two pixels each way, anew at each step, as `quick` says", async () => {
    expect(protocols.quick.augmentation).toEqual({ shift: 2, flip: false, cutout: 0, cutMix: 0 });
    const steps = await seenBy({});
    for (const way of ["down", "right"] as const) {
      const moves = steps.flat().map((seen) => seen[way]);
      // Each of five is drawn 64 times of 320, give or take four standard deviations of 7.2.
      for (const move of [-2, -1, 0, 1, 2])
        expect(Math.abs(moves.filter((one) => one === move).length - 64)).toBeLessThan(29);
    }
    const ofFirst = steps.flat().filter(({ image }) => image === 0);
    expect(new Set(ofFirst.map(({ down, right }) => `${down} ${right}`)).size).toBeGreaterThan(8);
  });

  it("have them as they are where no augmentation is asked for", async () => {
    const steps = await seenBy({ augmentation: noAugmentation });
    expect(steps.flat().every(({ down, right }) => down === 0 && right === 0)).toBe(true);
  });

  it("end each epoch with what is left, where a schedule counts in epochs", async () => {
    const steps = await seenBy({ schedule: "multi-step", batch: 6, steps: 9 });
    expect(steps.map((seen) => seen.length)).toEqual([6, 6, 4, 6, 6, 4, 6, 6, 4]);
    const first = numbers(steps.slice(0, 3));
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: IMAGES }, (_, i) => i));
    expect(numbers(steps.slice(3, 6))).not.toEqual(first);
  });
});
