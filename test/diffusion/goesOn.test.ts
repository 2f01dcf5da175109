// Trainings of denoisers and classifiers that were broken off: they go on with the step behind the last one that was saved.
// (That the weights come out the same is tested elsewhere; they would be the same of a training that begins anew.)
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import { finetuneMinimax } from "../../src/diffusion/finetuneMinimax";
import { handOverTraining } from "../../src/diffusion/handOver";
import { trainClassifier } from "../../src/diffusion/trainClassifier";
import { trainDenoiser } from "../../src/diffusion/trainDenoiser";
import { loadCheckpoint, saveCheckpoint } from "../../src/nn/checkpointFile";
import { dit } from "../../src/nn/dit";
import { readSafetensors, writeSafetensors } from "../../src/nn/safetensors";
import { timeClassifier, timeClassifierDefaults } from "../../src/nn/timeClassifier";
import { plainWeights } from "../../src/nn/trainer";
import type { TrainingEvent } from "../../src/nn/trainingSteps";
import { engineInfo, engineReady } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { temporaryFolder } from "../temporaryFolder";

const shapes = proceduralDataset(procedural({ size: 8, noise: 0.3 }), 30, new Seed(0));
const space = { height: 8, width: 8, channels: 1, classes: 4 };
const denoiser = dit({ kind: "dit", ...space, patch: 4, dim: 8, depth: 1, heads: 1 });
const judge = timeClassifier({ ...timeClassifierDefaults, ...space, widths: [8] });

/** The numbers of the steps that were taken. @param until the one after which the training is broken off */
async function taken(events: AsyncIterable<TrainingEvent>, until = Number.POSITIVE_INFINITY) {
  const steps: number[] = [];
  for await (const { step } of events) {
    steps.push(step);
    if (step === until) break;
  }
  return steps;
}

beforeAll(async () => {
  await engineReady();
});

describe.skipIf(engineInfo.backend !== "tensorflow")("a training that was broken off goes on", () => {
  const short = { steps: 4, batch: 8, saveEvery: 0 } as const;

  it.each([
    ["of a denoiser", (file: string) => trainDenoiser(denoiser, shapes, { ...short, file })],
    ["of a classifier", (file: string) => trainClassifier(judge, shapes, { ...short, file })],
  ] as const)("%s", async (_, train) => {
    const file = path.join(await temporaryFolder(), "net.safetensors");
    expect(await taken(train(file), 2)).toEqual([1, 2]);
    expect(await taken(train(file))).toEqual([3, 4]);
    expect((await loadCheckpoint(file)).recipe.steps).toBe(4);
  });

  it("of a denoiser by Minimax", async () => {
    const folder = await temporaryFolder();
    const base = path.join(folder, "base.safetensors");
    const recipe = {
      dataset: shapes.name,
      seed: "0",
      steps: 1,
      batch: 1,
      rate: 1,
      average: 0,
      weightDecay: 0,
    };
    const weights = plainWeights(denoiser.parameters.initialise(0));
    const whole = { ...recipe, seconds: 0, engine: "", losses: [], extra: {} };
    await saveCheckpoint(base, denoiser.config, whole, weights);
    const checkpoint = await loadCheckpoint(base);
    const tune = () =>
      finetuneMinimax(checkpoint, shapes, {
        ...short,
        memory: 4,
        file: path.join(folder, "minimax.safetensors"),
      });
    expect(await taken(tune(), 2)).toEqual([1, 2]);
    expect(await taken(tune())).toEqual([3, 4]);
  });
});

describe.skipIf(engineInfo.backend !== "tensorflow")("the checkpoint of a denoiser", () => {
  it("holds the moving average of the weights, not the weights of the last step", async () => {
    const folder = await temporaryFolder();
    const file = path.join(folder, "dit.safetensors");
    const options = { file, steps: 3, batch: 8 };
    const to = path.join(folder, "handed.safetensors");
    await handOverTraining(to, denoiser, shapes, options);
    // As another engine hands a training back that it has ended: there is no step left to take.
    const { tensors, metadata } = await readSafetensors(to);
    const own = new Map([...tensors].filter(([name]) => !name.startsWith("data ")));
    const bias = (value: number) => ({
      dtype: "F32" as const,
      shape: [16],
      data: new Float32Array(16).fill(value),
    });
    own.set("average last.bias", bias(0.5)).set("weight last.bias", bias(0.25));
    const { identity, losses, stretch } = metadata;
    const values = { identity, losses, stretch, seconds: "1", step: "3" };
    await writeSafetensors(path.join(folder, "dit.state.safetensors"), own, { metadata: values });
    expect(await taken(trainDenoiser(denoiser, shapes, options))).toEqual([]);
    const { weights } = await loadCheckpoint(file);
    expect(weights.get("last.bias")?.data).toEqual(bias(0.5).data);
  });
});
