// The protocols of the literature: their training against PyTorch's, step by step (fixtures/training.json, made by
// makeTraining.py), and the whole evaluation on generated photographs.
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Dataset, Split } from "../../src/datasets/dataset";
import { disposeIdleClassifiers } from "../../src/evaluate/classifierPool";
import { ClassifierTraining, type ClassifierTrainingOptions } from "../../src/evaluate/classifierTraining";
import { type EvaluateOptions, evaluateSet } from "../../src/evaluate/evaluateSet";
import type { LabelledSet } from "../../src/evaluate/labelledSet";
import { protocols } from "../../src/evaluate/protocols";
import { readClassifier } from "../../src/nn/classifierWeights";
import type { PlainTensor, Trainer } from "../../src/nn/trainer";
import type { ImageBatch } from "../../src/tensor/batch";
import { engineInfo, type Tensor, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";

interface Listed {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface TrainedInPyTorch {
  readonly weights: Readonly<Record<string, Listed>>;
  readonly losses: readonly number[];
  readonly logits: readonly number[];
}

const fixture = JSON.parse(readFileSync(path.join(__dirname, "fixtures", "training.json"), "utf8")) as Record<
  "images" | "targets",
  Listed
> &
  Record<"shared" | "rded", TrainedInPyTorch>;

const [count, size, , channels] = fixture.images.shape as [number, number, number, number];
const pixels = size * size * channels;

function batch(from: number, to: number): ImageBatch {
  const data = Float32Array.from(fixture.images.data.slice(from * pixels, to * pixels));
  return { data, shape: [to - from, size, size, channels] };
}

const gap = (found: ArrayLike<number>, expected: readonly number[]) =>
  Math.max(...Array.from(found, (value, i) => Math.abs(value - expected[i])));

/** A training that begins with the weights of PyTorch's. */
async function begun(
  { weights: start }: TrainedInPyTorch,
  options: ClassifierTrainingOptions,
): Promise<ClassifierTraining> {
  const { network, weights } = await readClassifier(
    {
      file: "training.json",
      entries: new Map(Object.entries(start)),
      read: async (name) => Float32Array.from(start[name].data),
    },
    size,
  );
  const training = new ClassifierTraining(network, options);
  const { trainer } = training as unknown as { trainer: Trainer<Tensor[]> };
  const state = new Map<string, PlainTensor>(trainer.snapshot());
  for (const [name, tensor] of Object.entries(weights))
    state.set(`weight ${name}`, { shape: tensor.shape, data: tensor.dataSync() as Float32Array });
  trainer.restore(state, 0);
  tf.dispose(weights as Record<string, Tensor>);
  return training;
}

function train(training: ClassifierTraining): number[] {
  const losses: number[] = [];
  for (let epoch = 0; epoch < 6; epoch++)
    for (let from = 0; from < count; from += 4) {
      const to = Math.min(count, from + 4);
      losses.push(
        training.step(batch(from, to), Float32Array.from(fixture.targets.data.slice(from * 3, to * 3))),
      );
    }
  return losses;
}

/** Photographs of three classes by their colour, under strong noise. */
function photographs(side: number, perClass: number, seed: Seed): Split {
  const images = new Uint8Array(3 * perClass * side * side * 3);
  const labels = Uint8Array.from({ length: 3 * perClass }, (_, i) => i % 3);
  const noise = seed.normal(images.length);
  for (let i = 0; i < images.length; i++) {
    const lit = i % 3 === labels[Math.floor(i / (side * side * 3))] ? 150 : 100;
    images[i] = Math.min(255, Math.max(0, Math.round(lit + 40 * noise[i])));
  }
  return { images, labels, count: labels.length };
}

function setOf({ images, labels }: Split, side: number): LabelledSet {
  return {
    images: {
      data: Float32Array.from(images, (byte) => byte / 127.5 - 1),
      shape: [labels.length, side, side, 3],
    },
    labels: Int32Array.from(labels),
  };
}

const dataset: Dataset = {
  name: "colours",
  classes: ["red", "green", "blue"],
  shape: [24, 24, 3],
  train: photographs(24, 20, new Seed("train")),
  test: photographs(24, 20, new Seed("test")),
  source: "generated",
};
/** Larger than the images of the dataset: 32 for 24. */
const set = setOf(photographs(32, 5, new Seed("set")), 32);

afterAll(disposeIdleClassifiers);

describe.skipIf(engineInfo.backend !== "tensorflow")("training as published", () => {
  it("the shared evaluator's: momentum, coupled decay, a rate in three levels, a smaller last batch", async () => {
    const training = await begun(fixture.shared, {
      steps: 18,
      optimiser: "sgd",
      rate: 0.1,
      weightDecay: 5e-3,
      schedule: { kind: "multi-step", epochs: 6, perEpoch: 3 },
    });
    expect(gap(train(training), fixture.shared.losses)).toBeLessThan(1e-4);
    expect(gap(training.now.logits(batch(0, count)), fixture.shared.logits)).toBeLessThan(1e-3);
    training.dispose();
  });

  it("RDED's: AdamW, decay of kernels alone, half a cosine, temperature, batch norm that counts batches twice", async () => {
    const training = await begun(fixture.rded, {
      steps: 18,
      optimiser: "adamw",
      rate: 0.01,
      weightDecay: 0.1,
      decay: "kernels",
      temperature: 20,
      statisticsPasses: 2,
      schedule: { kind: "half-cosine", epochs: 6, perEpoch: 3 },
    });
    expect(gap(train(training), fixture.rded.losses)).toBeLessThan(1e-4);
    expect(gap(training.now.logits(batch(0, count)), fixture.rded.logits)).toBeLessThan(1e-2);
    training.dispose();
  });
});

describe.skipIf(engineInfo.backend !== "tensorflow")("evaluateSet on photographs", () => {
  const small: EvaluateOptions = { inputSize: 16, seeds: [0], checkpoints: 2 };

  it("has its size, which networks of small images do not take", async () => {
    await expect(evaluateSet(set, dataset, { ...small, protocol: "quick" })).rejects.toThrow(
      /inputSize .* is for protocols of photographs, found "quick"/,
    );
  });

  it("trains by the shared evaluator, at whatever size sets and real images have", async () => {
    const options: EvaluateOptions = {
      ...small,
      protocol: "imagenet-convnet6",
      network: { kind: "convnet", depth: 3, filters: 8, start: "torch" },
      steps: 40,
    };
    const steps: number[] = [];
    const result = await evaluateSet(set, dataset, {
      ...options,
      onProgress: ({ done, accuracy }) => accuracy !== undefined && steps.push(done),
    });
    expect(result).toMatchObject({ protocol: "imagenet-convnet6", labels: "hard", ipc: 5, steps: 40 });
    expect(result.network).toBe("ConvNet-3 (8)");
    expect(result.last.mean).toBeGreaterThan(60);
    expect(steps).toEqual([20, 40]);
    expect((await evaluateSet(set, dataset, options)).last.values).toEqual(result.last.values);
  });

  it("trains on a teacher's labels, and tests behind four fifths of the steps alone", async () => {
    let asked = 0;
    const tests: number[] = [];
    const options: EvaluateOptions = {
      ...small,
      protocol: "rded-resnet18",
      network: { kind: "convnet", depth: 2, filters: 4, norm: "batch" },
      batch: 8,
      steps: { epochs: 5 },
      checkpoints: 5,
    };
    // A teacher of colours: the class whose channel is brightest.
    const teacher = {
      logits(images: ImageBatch): Float32Array {
        asked++;
        const per = images.data.length / images.shape[0];
        const sums = new Float32Array(images.shape[0] * 3);
        images.data.forEach((value, i) => {
          sums[Math.floor(i / per) * 3 + (i % 3)] += (300 * value) / per;
        });
        return sums;
      },
    };
    const result = await evaluateSet(set, dataset, {
      ...options,
      teacherNetwork: teacher,
      onProgress: ({ done, accuracy }) => accuracy !== undefined && tests.push(done),
    });
    // 15 images in batches of 8 and 7.
    expect(result).toMatchObject({ labels: "soft", steps: 10 });
    expect(asked).toBe(10);
    expect(tests).toEqual([10]);
    const ofMore = { logits: (images: ImageBatch) => new Float32Array(images.shape[0] * 1000) };
    await expect(evaluateSet(set, dataset, { ...options, teacherNetwork: ofMore })).rejects.toThrow(
      /dataset's 3 classes; it gave 1000 scores/,
    );
    await expect(evaluateSet(set, dataset, options)).rejects.toThrow(/"rded-resnet18".*labels of a teacher/);
  });

  it("counts epochs by the plan, and says what does not fit", async () => {
    const events: number[] = [];
    const stop = new Error("enough");
    const run = evaluateSet(set, dataset, {
      ...small,
      protocol: "imagenet-resnet18",
      network: { kind: "mlp", hidden: [4] },
      onProgress: ({ total }) => {
        events.push(total);
        throw stop;
      },
    });
    await expect(run).rejects.toThrow(stop);
    // 5 images per class: 2,000 epochs of one batch.
    expect(events).toEqual([2000]);
    const grey: LabelledSet = {
      images: { data: new Float32Array(30), shape: [30, 1, 1, 1] },
      labels: new Int32Array(30),
    };
    await expect(evaluateSet(grey, dataset, { ...small, protocol: "imagenet-convnet6" })).rejects.toThrow(
      /1 x 1 x 3 like the dataset, found 1 x 1 x 1/,
    );
  });

  it("the named protocols are those of the published code", () => {
    expect(protocols["imagenet-convnet6"]).toMatchObject({
      optimiser: "sgd", rate: 0.01, weightDecay: 5e-4, batch: 64, plan: "minimax", schedule: "multi-step",
      photographs: { size: 224, crop: [0.5, 1], jitter: 0.4, lighting: 0.1 }, checkpoints: 100,
    }); // biome-ignore format: as a table
    expect(protocols["rded-resnet18"]).toMatchObject({
      rate: 1e-3,
      weightDecay: 0.01,
      teacher: { temperature: 20 },
    });
    expect(protocols["tiny-resnet18"].photographs).toMatchObject({ size: 64, patches: 1, crop: [1, 1] });
  });
});
