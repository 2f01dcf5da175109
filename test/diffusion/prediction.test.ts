import { describe, expect, it } from "vitest";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import { Denoiser, denoiserNetwork } from "../../src/diffusion/denoiser";
import { loadDenoiser } from "../../src/diffusion/loadDenoiser";
import { type Prediction, predicting } from "../../src/diffusion/prediction";
import { sample } from "../../src/diffusion/sample";
import { alphaBar } from "../../src/diffusion/schedule";
import { trainDenoiser } from "../../src/diffusion/trainDenoiser";
import type { DenoiserNetwork } from "../../src/nn/denoiserNetwork";
import { Parameters } from "../../src/nn/parameters";
import { unet, unetDefaults } from "../../src/nn/unet";
import { engineReady, type Tensor, type Tensor1D, type Tensor4D, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { temporaryFolder } from "../temporaryFolder";

// Images of independent pixels N(MEAN, DEVIATION^2): what every kind of network should answer is known in closed form.
const MEAN = 0.3;
const DEVIATION = 0.6;
const space = { height: 2, width: 3, channels: 1, classes: 2 };

/** E[x0 | z = k (x0 + s epsilon)] of such images. */
function best(z: Tensor, k: Tensor, s: Tensor): Tensor {
  const gain = tf.div(DEVIATION ** 2, tf.add(DEVIATION ** 2, tf.square(s)));
  return tf.add(MEAN, tf.mul(gain, tf.sub(tf.div(z, k), MEAN)));
}

const column = (values: Tensor) => values.reshape([-1, 1, 1, 1]);

/** A network without weights that answers as `kind` asks, told nothing but its own input and time. */
function oracle(prediction: Prediction): DenoiserNetwork {
  const parameters = new Parameters();
  parameters.add("none", [1], { constant: 0 });
  const ofTime = (t: Tensor1D) => {
    const a = tf.gather(tf.tensor1d(Float32Array.from(alphaBar)), t.toInt());
    return { a: column(a), s: column(tf.sqrt(tf.div(tf.sub(1, a), a))) };
  };
  return {
    config: { kind: "oracle", ...space },
    parameters,
    apply(_, x, t) {
      if (prediction.kind === "flow") {
        const tau = column(tf.div(t, prediction.timeScale ?? 1000));
        const x0 = best(x, tf.sub(1, tau), tf.div(tau, tf.sub(1, tau)));
        // z = (1 - tau) x0 + tau epsilon, so epsilon - x0 = (z - x0) / tau.
        return tf.div(tf.sub(x, x0), tau) as Tensor4D;
      }
      if (prediction.kind === "edm") {
        const { sigmaData = 0.5, timeScale = 1 } = prediction;
        const s = column(tf.exp(tf.div(tf.mul(t, 4), timeScale)));
        const total = tf.sqrt(tf.add(tf.square(s), sigmaData ** 2));
        const noisy = tf.mul(x, total);
        const x0 = best(noisy, tf.scalar(1), s);
        const skip = tf.div(sigmaData ** 2, tf.square(total));
        return tf.div(tf.sub(x0, tf.mul(skip, noisy)), tf.div(tf.mul(s, sigmaData), total)) as Tensor4D;
      }
      const { a, s } = ofTime(t);
      const x0 = best(x, tf.sqrt(a), s);
      const epsilon = tf.div(tf.sub(x, tf.mul(tf.sqrt(a), x0)), tf.sqrt(tf.sub(1, a)));
      if (prediction.kind === "x0") return x0 as Tensor4D;
      if (prediction.kind === "epsilon") return epsilon as Tensor4D;
      return tf.sub(tf.mul(tf.sqrt(a), epsilon), tf.mul(tf.sqrt(tf.sub(1, a)), x0)) as Tensor4D;
    },
  };
}

const predictions: Prediction[] = [
  { kind: "x0" },
  { kind: "v" },
  { kind: "flow" },
  { kind: "flow", timeScale: 1 },
  { kind: "edm" },
  { kind: "edm", sigmaData: 0.3, timeScale: 250 },
];

describe.each(predictions)("a network that predicts %o", (prediction) => {
  it("answers as one that predicts epsilon", async () => {
    await engineReady();
    const network = predicting(oracle(prediction), prediction);
    for (const t of [0, 1, 20, 250, 500, 800, 998, 999]) {
      const a = alphaBar[t];
      const x = new Seed("x")
        .child(t)
        .normal(12)
        .map((v) => Math.sqrt(1 - a + a * DEVIATION ** 2) * v + Math.sqrt(a) * MEAN);
      const found = tf.tidy(() =>
        network
          .apply({}, tf.tensor4d(x, [2, 2, 3, 1]), tf.tensor1d([t, t], "int32"), tf.tensor1d([0, 1], "int32"))
          .dataSync(),
      );
      const gain = (Math.sqrt(a) * DEVIATION ** 2) / (a * DEVIATION ** 2 + 1 - a);
      x.forEach((value, i) => {
        const x0 = MEAN + gain * (value - Math.sqrt(a) * MEAN);
        const epsilon = (value - Math.sqrt(a) * x0) / Math.sqrt(1 - a);
        // A network that predicts x0 knows the noise near the image only as a small difference.
        expect(Math.abs(found[i] - epsilon)).toBeLessThan(t < 20 ? 2e-3 : 2e-4);
      });
    }
  });
});

describe("predicting", () => {
  const size = { height: 16, width: 16, channels: 1, classes: 4, widths: [8, 16], blocks: [1, 1] };
  const network = unet({ ...unetDefaults, ...size });

  it("lets compiled sampling and guidance through the network pass", async () => {
    const flow = predicting(network, { kind: "flow" });
    const weights = flow.parameters.initialise(new Seed(0));
    const denoiser = new Denoiser(flow, weights);
    const x = { data: new Seed("x").normal(2 * 256), shape: [2, 16, 16, 1] as const };
    const condition = { t: 300, labels: Int32Array.of(0, 3), guidanceScale: 2 };
    const v = new Seed("v").normal(512);
    const back = denoiser.pullback(x, condition, v);
    const along = new Seed("along").normal(512);
    const at = (h: number) =>
      denoiser
        .epsilon({ ...x, data: x.data.map((value, i) => value + h * along[i]) }, condition)
        .reduce((sum, value, i) => sum + value * v[i], 0);
    const slope = (at(0.01) - at(-0.01)) / 0.02;
    const dot = back.reduce((sum, value, i) => sum + value * along[i], 0);
    expect(Math.abs(dot - slope)).toBeLessThan(1e-2 * Math.abs(slope) + 1e-2);
    const { images } = await sample(denoiser, { labels: [0, 1], seed: new Seed(0), steps: 4 });
    expect(images.data.every(Number.isFinite)).toBe(true);
    denoiser.dispose();
  });

  it("is trained, kept in a checkpoint and read again", async () => {
    const file = `${await temporaryFolder()}/flow.safetensors`;
    const shapes = proceduralDataset(procedural({ noise: 0.3 }), 60, new Seed(0));
    const losses: number[] = [];
    const edm = predicting(network, { kind: "edm", sigmaData: 0.5, timeScale: 250 });
    for await (const { loss } of trainDenoiser(edm, shapes, { file, steps: 40, batch: 16, rate: 3e-3 }))
      losses.push(loss);
    const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
    expect(mean(losses.slice(-10))).toBeLessThan(0.8 * mean(losses.slice(0, 5)));
    const denoiser = await loadDenoiser(file);
    expect(denoiser.network.config).toMatchObject({
      kind: "unet",
      prediction: { kind: "edm", timeScale: 250 },
    });
    denoiser.dispose();
  });

  it("refuses what it does not know", () => {
    expect(() => denoiserNetwork({ ...network.config, prediction: { kind: "score" } })).toThrow(
      /one of epsilon, x0, v, flow, edm; found "score"/,
    );
    expect(() => predicting({ ...network, applyWithVariance: network.apply }, { kind: "v" })).toThrow(
      /learned variance/,
    );
  });
});
