// A training that another engine takes the steps of: what is handed over, and how what comes back is ended.
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Dataset } from "../../src/datasets/dataset";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import { handOverTraining } from "../../src/diffusion/handOver";
import { predicting } from "../../src/diffusion/prediction";
import { trainDenoiser } from "../../src/diffusion/trainDenoiser";
import { loadCheckpoint } from "../../src/nn/checkpointFile";
import { readSafetensors, writeSafetensors } from "../../src/nn/safetensors";
import { unet, unetDefaults } from "../../src/nn/unet";
import { Seed } from "../../src/tensor/random";
import { temporaryFolder } from "../temporaryFolder";

const size = { height: 16, width: 16, channels: 1, classes: 4, widths: [8, 16], blocks: [1, 1] };
const network = () => unet({ ...unetDefaults, ...size });
const options = (folder: string) => ({ file: path.join(folder, "unet.safetensors"), steps: 4, batch: 16 });

let shapes: Dataset;
beforeAll(() => {
  shapes = proceduralDataset(procedural({ noise: 0.3 }), 60, new Seed(0));
});

async function steps(events: AsyncIterable<unknown>, count: number): Promise<void> {
  let taken = 0;
  for await (const _ of events) if (++taken === count) break;
}

describe("handing over a training", () => {
  it("writes weights, images, schedule and recipe as they are before the first step", async () => {
    const folder = await temporaryFolder();
    const to = path.join(folder, "handed.safetensors");
    expect(await handOverTraining(to, network(), shapes, options(folder))).toBe(0);
    const { tensors, metadata } = await readSafetensors(to);
    const images = tensors.get("data images");
    expect(images?.dtype).toBe("U8");
    expect(images?.shape.slice(1)).toEqual([16, 16, 1]);
    expect(images?.shape[0]).toBe(tensors.get("data labels")?.shape[0]);
    expect(images?.shape[0]).toBeLessThan(shapes.train.count);
    expect(tensors.get("data alphaBar")?.shape).toEqual([1000]);
    for (const path of network().parameters.entries.keys())
      for (const kind of ["weight", "first", "second", "average"])
        expect(tensors.has(`${kind} ${path}`)).toBe(true);
    expect(JSON.parse(metadata.recipe)).toMatchObject({ steps: 4, batch: 16, rate: 1e-3, classDropout: 0.1 });
    expect(JSON.parse(metadata.config)).toMatchObject({ kind: "unet", widths: [8, 16] });
  });

  it("goes on from what was saved, and ends what comes back with the other engine's name in the recipe", async () => {
    const folder = await temporaryFolder();
    const here = options(folder);
    await steps(trainDenoiser(network(), shapes, { ...here, saveEvery: 0 }), 2);
    const to = path.join(folder, "handed.safetensors");
    expect(await handOverTraining(to, network(), shapes, here)).toBe(2);

    // What train_denoiser.py writes: the tensors of the training alone, further steps, and who took them.
    const { tensors, metadata } = await readSafetensors(to);
    const own = new Map([...tensors].filter(([name]) => !name.startsWith("data ")));
    own.set("average last.bias", { dtype: "F32", shape: [1], data: Float32Array.of(0.5) });
    const { identity, losses, stretch } = metadata;
    const state = path.join(folder, "unet.state.safetensors");
    const values = { identity, losses, stretch, seconds: "7", step: "3", engine: "pytorch 2.11.0 of a test" };
    await writeSafetensors(state, own, { metadata: values });

    await steps(trainDenoiser(network(), shapes, here), Number.POSITIVE_INFINITY);
    const { recipe, weights } = await loadCheckpoint(here.file);
    expect(recipe.engine).toBe("pytorch 2.11.0 of a test");
    expect(recipe.seconds).toBeGreaterThanOrEqual(7);
    expect(weights.get("last.bias")?.data[0]).not.toBe(0);
  });

  it("refuses a network that predicts something else, and latents", async () => {
    const folder = await temporaryFolder();
    const to = path.join(folder, "handed.safetensors");
    const flow = predicting(network(), { kind: "flow" });
    await expect(handOverTraining(to, flow, shapes, options(folder))).rejects.toThrow(
      'Expected a network that predicts the noise (epsilon), found "flow"',
    );
    const latents = { ...shapes, train: { ...shapes.train, values: new Float32Array(4) } };
    await expect(handOverTraining(to, network(), latents, options(folder))).rejects.toThrow(
      "Expected images as bytes, found latents",
    );
  });
});
