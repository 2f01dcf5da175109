// What is timed: the library's networks, eager and compiled, with the weights and inputs that PyTorch gets too.
import { convNet } from "../../src/nn/convNet";
import type { DenoiserNetwork } from "../../src/nn/denoiserNetwork";
import { dit } from "../../src/nn/dit";
import type { Parameters, Weights } from "../../src/nn/parameters";
import { Trainer } from "../../src/nn/trainer";
import { unet, unetDefaults } from "../../src/nn/unet";
import { compileWith } from "../../src/tensor/compile";
import {
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tf,
} from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";

interface Plain {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** A case ready to run; `run` does the work once and returns its result as plain numbers. */
export interface BenchCase {
  readonly mode: "forward" | "gradient" | "training";
  readonly config: object;
  readonly parameters: Parameters;
  readonly weights: ReadonlyMap<string, Plain>;
  readonly inputs: ReadonlyMap<string, Plain>;
  run(variant: "eager" | "compiled"): Float32Array;
  dispose(): void;
}

const seed = new Seed("bench");
const small = { height: 28, width: 28, channels: 1, classes: 10 };
const latents = { height: 32, width: 32, channels: 4, classes: 10 };
const colour = { height: 32, width: 32, channels: 3, classes: 10 };

const fashionUNet = () => unet({ ...unetDefaults, ...small });
const tokens256 = () => dit({ kind: "dit", patch: 2, dim: 192, depth: 6, heads: 6, ...latents });

/** Cases by name, built when their turn comes. */
export const cases: ReadonlyMap<string, () => BenchCase> = new Map([
  ["U-Net forward, batch 10", () => denoiserCase(fashionUNet(), "forward", 10)],
  ["U-Net forward, batch 100", () => denoiserCase(fashionUNet(), "forward", 100)],
  ["U-Net gradient by x, batch 10", () => denoiserCase(fashionUNet(), "gradient", 10)],
  ["U-Net gradient by x, batch 100", () => denoiserCase(fashionUNet(), "gradient", 100)],
  ["ConvNet-3 (128) training step, batch 64, 32x32", () => trainingCase(64)],
  ["DiT forward, batch 10, 256 tokens", () => denoiserCase(tokens256(), "forward", 10)],
  ["DiT gradient by x, batch 10, 256 tokens", () => denoiserCase(tokens256(), "gradient", 10)],
]);

function denoiserCase(network: DenoiserNetwork, mode: "forward" | "gradient", batch: number): BenchCase {
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
  const work = mode === "forward" ? forward : gradient;
  const compiled = compileWith(weights, work);
  return {
    mode,
    config: network.config,
    parameters: network.parameters,
    weights: plain(weights),
    inputs: plain(inputs),
    run: (variant) => {
      const result =
        variant === "compiled"
          ? compiled(inputs.x, inputs.t, inputs.y)
          : tf.tidy(() => work(weights, inputs.x, inputs.t, inputs.y));
      const values = result.dataSync() as Float32Array;
      result.dispose();
      return values;
    },
    dispose: () => {
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
  const trainers = {
    eager: new Trainer(network.parameters, loss, options),
    compiled: new Trainer(network.parameters, loss, options),
  };
  const weights = network.parameters.initialise(options.seed);
  const y = tf.tensor1d(seed.child("y").integers(batch, classes), "int32");
  const inputs = {
    x: tf.tensor4d(seed.child("x").normal(batch * height * width * channels), [
      batch,
      height,
      width,
      channels,
    ]),
    y,
  };
  const targets = tf.oneHot(y, classes).cast("float32") as Tensor2D;
  return {
    mode: "training",
    config: { ...network.config, rate },
    parameters: network.parameters,
    weights: plain(weights),
    inputs: plain(inputs),
    run: (variant) => {
      // The library reads the switch at every call.
      process.env.IGDS_COMPILE = variant === "eager" ? "off" : "on";
      try {
        return Float32Array.of(trainers[variant].step(inputs.x.clone(), targets.clone()));
      } finally {
        delete process.env.IGDS_COMPILE;
      }
    },
    dispose: () => {
      trainers.eager.dispose();
      trainers.compiled.dispose();
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

function plain(tensors: Readonly<Record<string, Tensor>>): Map<string, Plain> {
  return new Map(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      { shape: tensor.shape, data: tensor.dataSync() as Float32Array | Int32Array },
    ]),
  );
}
