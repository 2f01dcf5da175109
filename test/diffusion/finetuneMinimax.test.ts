import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Dataset } from "../../src/datasets/dataset";
import { finetuneMinimax, memoryTerms } from "../../src/diffusion/finetuneMinimax";
import { loadDenoiser } from "../../src/diffusion/loadDenoiser";
import { alphaBar } from "../../src/diffusion/schedule";
import type { Checkpoint } from "../../src/nn/checkpoint";
import { loadCheckpoint, saveCheckpoint } from "../../src/nn/checkpointFile";
import { dit } from "../../src/nn/dit";
import { plainWeights } from "../../src/nn/trainer";
import { type Tensor, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { gradientError } from "../information/gradientError";
import { temporaryFolder } from "../temporaryFolder";

const seed = new Seed("minimax");

describe("the terms of the memories", () => {
  const predicted = tf.tensor(seed.child("predicted").normal(2 * 3 * 5), [2, 3, 5]);
  const real = tf.tensor(seed.child("real").normal(2 * 4 * 5), [2, 4, 5]);

  it("are 1 - least likeness to a real image, and most likeness to another prediction", () => {
    const rows = (of: Tensor) => of.arraySync() as number[][][];
    const cos = (a: number[], b: number[]) =>
      a.reduce((sum, v, i) => sum + v * b[i], 0) / Math.hypot(...a) / Math.hypot(...b);
    let represents = 0;
    let repeats = 0;
    rows(predicted).forEach((images, k) => {
      images.forEach((image, i) => {
        represents += (1 - Math.min(...rows(real)[k].map((m) => cos(image, m)))) / 6;
        repeats += Math.max(...images.filter((_, j) => j !== i).map((other) => cos(image, other))) / 6;
      });
    });
    const terms = memoryTerms(predicted, real);
    expect(terms.represents.dataSync()[0]).toBeCloseTo(represents, 5);
    expect(terms.repeats.dataSync()[0]).toBeCloseTo(repeats, 5);
    const single = tf.slice(predicted, [0, 0, 0], [2, 1, 5]);
    expect(memoryTerms(single, real).repeats.dataSync()[0]).toBeCloseTo(0, 10);
  });

  it.each(["represents", "repeats"] as const)("have the gradient of finite differences: %s", (name) => {
    expect(gradientError((x) => memoryTerms(x, real)[name], predicted)).toBeLessThan(1e-3);
  });
});

describe("fine-tuning", () => {
  const shape = [8, 8, 1] as const;
  const count = 240;
  /** Two classes: bright and dark spots in any place. */
  const split = {
    images: Uint8Array.from(seed.child("images").uniform(count * 64), (u, i) =>
      Math.floor(i / 64) % 2 === 0 ? 255 * u ** 2 : 255 * (1 - u ** 2),
    ),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 2),
    count,
  };
  const dataset: Dataset = {
    name: "spots",
    classes: ["dark", "bright"],
    shape,
    train: split,
    test: split,
    source: "drawn",
  };
  const options = { steps: 60, batch: 16, classesPerStep: 2, memory: 8, rate: 2e-3, average: 0.5 } as const;
  const recipe = { dataset: "spots", seed: "0", steps: 1, batch: 1, rate: 1, average: 0, weightDecay: 0 };

  /** A checkpoint with random weights. */
  const start = async (): Promise<{ folder: string; base: Checkpoint }> => {
    const folder = await temporaryFolder();
    const config = { height: 8, width: 8, channels: 1, classes: 2, patch: 4, dim: 16, depth: 1, heads: 2 };
    const network = dit({ kind: "dit", ...config });
    const file = path.join(folder, "base.safetensors");
    const weights = network.parameters.initialise(seed.child("weights"));
    const whole = { ...recipe, seconds: 0, engine: "", losses: [], extra: {} };
    await saveCheckpoint(file, network.config, whole, plainWeights(weights));
    return { folder, base: await loadCheckpoint(file) };
  };

  const tuned = async (
    { folder, base }: { folder: string; base: Checkpoint },
    name: string,
    more: object,
    until = Number.POSITIVE_INFINITY,
  ) => {
    const file = path.join(folder, `${name}.safetensors`);
    for await (const { step } of finetuneMinimax(base, dataset, { ...options, ...more, file }))
      if (step === until) return file;
    return file;
  };

  /** How much the predictions of one class resemble each other at a noise level. */
  const likeness = async (file: string): Promise<number> => {
    const denoiser = await loadDenoiser(file);
    const a = alphaBar[600];
    const data = seed.child("x").normal(12 * 64);
    const labels = new Int32Array(12);
    const epsilon = denoiser.epsilon({ data, shape: [12, ...shape] }, { t: 600, labels, guidanceScale: 1 });
    const x0hat = data.map((x, i) => (x - Math.sqrt(1 - a) * epsilon[i]) / Math.sqrt(a));
    denoiser.dispose();
    const points = tf.tensor3d(x0hat, [1, 12, 64]);
    return memoryTerms(points, points).repeats.dataSync()[0];
  };

  it("makes predictions less alike, more alike by a negative weight, and says how it was done", async () => {
    const from = await start();
    const [alike, plain, diverse] = await Promise.all(
      [-2, 0, 2].map((diversity) => tuned(from, `weight ${diversity}`, { diversity, representativeness: 0 })),
    );
    const [most, middle, least] = await Promise.all([alike, plain, diverse].map(likeness));
    expect(least).toBeLessThan(middle);
    expect(middle).toBeLessThan(most - 0.05);
    const { recipe: made } = await loadCheckpoint(diverse);
    expect(made).toMatchObject({
      steps: 60,
      extra: { finetune: { method: "minimax", diversity: 2, base: { sha256: from.base.sha256 } } },
    });
  });

  it("resumes, and refuses what does not fit", async () => {
    const short = { ...options, steps: 6 };
    const from = await start();
    await tuned(from, "cut", short, 3);
    const [whole, again] = [await tuned(from, "whole", short), await tuned(from, "cut", short)];
    expect((await loadCheckpoint(again)).weights).toEqual((await loadCheckpoint(whole)).weights);
    expect(() => finetuneMinimax(from.base, dataset, { file: "x", batch: 9, classesPerStep: 2 })).toThrow(
      /whole shares/,
    );
    expect(() =>
      finetuneMinimax(from.base, { ...dataset, classes: ["a"] }, { file: "x", batch: 8, classesPerStep: 1 }),
    ).toThrow(/trained on spots/);
  });
});
