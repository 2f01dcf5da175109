// Classifier-free guidance and sampling as DiT's own code does them, on a small DiT that PyTorch wrote.
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { guideHalves } from "../../src/diffusion/classifierFreeGuidance";
import { Denoiser } from "../../src/diffusion/denoiser";
import { sample } from "../../src/diffusion/sample";
import { ddpm } from "../../src/diffusion/samplers";
import { type LoadedDiT, readDiT } from "../../src/nn/ditWeights";
import { unet, unetDefaults } from "../../src/nn/unet";
import { openWeights } from "../../src/nn/weightFile";
import { type Tensor1D, type Tensor4D, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";

const folder = path.join(__dirname, "..", "fixtures", "dit-small");
const labels = Int32Array.of(0, 1, 2);

describe("a guided DiT", () => {
  let loaded: LoadedDiT;
  let denoiser: Denoiser;
  let x: Tensor4D;
  let wanted: Tensor4D;
  let t: number[];

  beforeAll(async () => {
    const file = await openWeights(path.join(folder, "dit.safetensors"));
    loaded = await readDiT(file, JSON.parse(readFileSync(path.join(folder, "config.json"), "utf8")));
    denoiser = new Denoiser(loaded.network, loaded.weights);
    const expected = await openWeights(path.join(folder, "expected.safetensors"));
    x = tf.transpose(tf.tensor4d(await expected.read("x"), [3, 4, 8, 8]), [0, 2, 3, 1]);
    wanted = tf.transpose(tf.tensor4d(await expected.read("forward_cfg4"), [6, 8, 8, 8]), [0, 2, 3, 1]);
    t = [...(await expected.read("t"))];
    await file.close();
    await expected.close();
  });
  afterAll(() => denoiser.dispose());

  /** What the network answers with class and, second half, without. */
  const halves = () => {
    const times = tf.tensor1d([...t, ...t], "int32") as Tensor1D;
    const classes = tf.tensor1d([0, 1, 2, 10, 10, 10], "int32") as Tensor1D;
    return loaded.network.applyWithVariance!(loaded.weights, tf.concat([x, x]), times, classes);
  };

  it("is guided on three channels as in the original code", () => {
    const answer = guideHalves(halves(), 4, 3);
    expect(tf.max(tf.abs(tf.sub(answer, wanted))).dataSync()[0]).toBeLessThan(1e-5);
  });

  it("is guided on all four channels as in diffusers' pipeline, or on three, by the denoiser", () => {
    const answers = halves().arraySync();
    const image = { data: x.dataSync() as Float32Array, shape: x.shape };
    for (const guidedChannels of [undefined, 3] as const) {
      const condition = { t: t[1]!, labels, guidanceScale: 4, ...(guidedChannels ? { guidedChannels } : {}) };
      const { epsilon, variance } = denoiser.epsilonAndVariance(image, condition);
      const alone = denoiser.epsilon(image, condition);
      // Image 1 of the fixture is at this time.
      for (let pixel = 0; pixel < 64; pixel++)
        for (let c = 0; c < 8; c++) {
          const of = (i: number) => answers[i]![pixel >> 3]![pixel & 7]![c]!;
          const guided = c < (guidedChannels ?? 4) ? of(4) + 4 * (of(1) - of(4)) : of(1);
          const at = (64 + pixel) * 4 + (c % 4);
          expect((c < 4 ? epsilon : variance)[at]).toBeCloseTo(guided, 4);
          if (c < 4) expect(alone[at]).toBeCloseTo(guided, 4);
        }
    }
    expect(() => denoiser.epsilon(image, { t: 3, labels, guidanceScale: 4, guidedChannels: 5 })).toThrow(
      /1 to 4 channels; found 5/,
    );
  });

  it("is sampled from with the variance that it has learned", async () => {
    const options = { labels, seed: new Seed(0), steps: 4, clip: false, guidanceScale: 4, guidedChannels: 3 };
    const learned = await sample(denoiser, { ...options, sampler: ddpm({ variance: "learned" }) });
    const posterior = await sample(denoiser, { ...options, sampler: ddpm() });
    expect(learned.records[0]!.variance!.shape).toEqual([3, 8, 8, 4]);
    expect(learned.images.data.every(Number.isFinite)).toBe(true);
    expect(learned.records[0]!.x0).toEqual(posterior.records[0]!.x0);
    expect(learned.records[1]!.x.data).not.toEqual(posterior.records[1]!.x.data);
  });
});

describe("ddpm with learned variance", () => {
  const step = (variance: number | null) => {
    const values = (value: number) => Float32Array.of(value, value);
    return ddpm({ variance: variance === null ? "posterior" : "learned" }).step({
      t: 500,
      next: 480,
      x: values(0.5),
      x0: values(0.25),
      epsilon: values(0),
      ...(variance === null ? {} : { variance: values(variance) }),
      noise: () => values(1),
    })[0]!;
  };

  it("goes from the posterior variance to beta, evenly in their logarithms", () => {
    expect(step(-1)).toBeCloseTo(step(null), 6);
    expect(step(1)).toBeGreaterThan(step(-1));
    // Noise of size 1: what is added to the mean is sigma itself, and the middle one is the geometric mean.
    const without = noiseless();
    const sigma = (v: number) => step(v) - without;
    expect(sigma(0) ** 2).toBeCloseTo(sigma(-1) * sigma(1), 5);
  });

  const noiseless = () =>
    ddpm().step({
      t: 500,
      next: 480,
      x: Float32Array.of(0.5),
      x0: Float32Array.of(0.25),
      epsilon: Float32Array.of(0),
      noise: () => Float32Array.of(0),
    })[0]!;

  it("needs a network that predicts it", () => {
    const network = unet({
      ...unetDefaults,
      height: 8,
      width: 8,
      channels: 1,
      classes: 2,
      widths: [8],
      blocks: [1],
    });
    const denoiser = new Denoiser(network, network.parameters.initialise(new Seed(0)));
    const image = { data: new Float32Array(64), shape: [1, 8, 8, 1] as const };
    expect(() =>
      denoiser.epsilonAndVariance(image, { t: 3, labels: Int32Array.of(0), guidanceScale: 1 }),
    ).toThrow(/learned variance needs a network that predicts it.*"unet"/);
    denoiser.dispose();
  });
});
