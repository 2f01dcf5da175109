// The library's networks: forward passes, gradients by the image, training steps.
import { convNet } from "../nn/convNet";
import type { DenoiserNetwork } from "../nn/denoiserNetwork";
import { dit } from "../nn/dit";
import type { Parameters, Weights } from "../nn/parameters";
import { Trainer } from "../nn/trainer";
import { unet, unetDefaults } from "../nn/unet";
import { compileWith } from "../tensor/compile";
import { type Scalar, type Tensor, type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../tensor/engine";
import { Seed } from "../tensor/random";
import { type BenchCase, type NamedCase, plainTensors, scatter } from "./case";

const seed = new Seed("bench");
const small = { height: 28, width: 28, channels: 1, classes: 10 };
const latents = { height: 32, width: 32, channels: 4, classes: 10 };
const colour = { height: 32, width: 32, channels: 3, classes: 10 };

const fashionUNet = () => unet({ ...unetDefaults, ...small });
const tokens256 = () => dit({ kind: "dit", patch: 2, dim: 192, depth: 6, heads: 6, ...latents });

export const networkCases: readonly NamedCase[] = [
  { name: "DiT forward, batch 10, 256 tokens", build: () => denoiserCase(tokens256(), "forward", 10) },
  { name: "DiT gradient by x, batch 10, 256 tokens", build: () => denoiserCase(tokens256(), "gradient", 10) },
  {
    name: "DiT forward, bfloat16 products",
    build: () => denoiserCase(tokens256(), "forward", 10, true),
  },
  { name: "U-Net forward, batch 100", build: () => denoiserCase(fashionUNet(), "forward", 100) },
  { name: "U-Net gradient by x, batch 100", build: () => denoiserCase(fashionUNet(), "gradient", 100) },
  { name: "ConvNet-3 (128) training step, batch 64", build: () => trainingCase(64) },
  { name: "ConvNet-3 (128) training step, batch 256", build: () => trainingCase(256) },
];

function denoiserCase(
  network: DenoiserNetwork,
  mode: "forward" | "gradient",
  batch: number,
  bfloat16 = false,
): BenchCase {
  const { height, width, channels, classes } = network.config;
  const weights = everyWeight(network.parameters);
  const x = seed.child("x").normal(batch * height * width * channels);
  const [t, y] = [seed.child("t").integers(batch, 1000), seed.child("y").integers(batch, classes)];
  const inputs = {
    x: tf.tensor4d(x, [batch, height, width, channels]),
    t: tf.tensor1d(t, "int32"),
    y: tf.tensor1d(y, "int32"),
  };
  const forward = (w: Weights, image: Tensor4D, time: Tensor1D, label: Tensor1D): Tensor4D =>
    network.apply(w, image, time, label);
  const gradient: typeof forward = (w, image, time, label) =>
    tf.grad((at: Tensor) => tf.sum(tf.square(network.apply(w, at as Tensor4D, time, label))))(
      image,
    ) as Tensor4D;
  const compiled = compileWith(weights, mode === "forward" ? forward : gradient, { bfloat16 });
  return {
    request: { kind: "denoiser", mode, config: network.config, bfloat16 },
    tensors: new Map([...plainTensors("denoiser/", weights), ...plainTensors("in/", inputs)]),
    run() {
      const result = compiled(inputs.x, inputs.t, inputs.y);
      const values = result.dataSync() as Float32Array;
      result.dispose();
      return values;
    },
    // Rounded to eight bits, values of both sides scatter around the true ones.
    ...(bfloat16 ? { differs: (a, b) => scatter(a, b, 0.02) } : {}),
    dispose() {
      compiled.dispose();
      tf.dispose([weights as Record<string, Tensor>, inputs]);
    },
  };
}

function trainingCase(batch: number): BenchCase {
  const network = convNet({ kind: "convnet", depth: 3, filters: 128, ...colour });
  const { height, width, channels, classes } = network.config;
  const rate = 1e-3;
  // So long a schedule that its rate stays what PyTorch's is.
  const options = { seed: seed.child("weights"), steps: 1e12, warmup: 0, rate };
  const loss = (w: Weights, x: Tensor4D, targets: Tensor2D) =>
    tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(network.apply(w, x))), 1))) as Scalar;
  const trainer = new Trainer(network.parameters, loss, options);
  const weights = network.parameters.initialise(options.seed);
  const inputs = {
    x: tf.tensor4d(seed.child("x").normal(batch * height * width * channels), [
      batch,
      height,
      width,
      channels,
    ]),
    y: tf.tensor1d(seed.child("y").integers(batch, classes), "int32"),
  };
  const targets = tf.oneHot(inputs.y, classes).cast("float32") as Tensor2D;
  return {
    request: { kind: "training", config: network.config, rate },
    tensors: new Map([...plainTensors("network/", weights), ...plainTensors("in/", inputs)]),
    run: () => Float32Array.of(trainer.step(inputs.x.clone(), targets.clone())),
    dispose() {
      trainer.dispose();
      tf.dispose([weights as Record<string, Tensor>, inputs, targets]);
    },
  };
}

/** Weights without a zero among them: fresh networks begin as the identity, which would hide differences. */
function everyWeight(parameters: Parameters): Weights {
  const weights: Record<string, Tensor> = {};
  for (const [path, { shape, initial }] of parameters.entries) {
    const count = shape.reduce((a, b) => a * b, 1);
    const [centre, deviation] =
      "constant" in initial
        ? [initial.constant, 0.1]
        : [0, Math.max("within" in initial ? initial.within : initial.deviation, 0.02)];
    const values = seed.child("weights", path).normal(count);
    weights[path] = tf.tensor(
      values.map((value) => centre + deviation * value),
      [...shape],
    );
  }
  return weights;
}
