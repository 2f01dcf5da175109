// Published classifiers against PyTorch's answers (fixtures/classifiers, made by makeClassifiers.py). The weights are
// numbers that both sides compute from the names of the tensors.
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readClassifier } from "../../src/nn/classifierWeights";
import { imageClassifier } from "../../src/nn/imageClassifier";
import { publishedResNetOf } from "../../src/nn/publishedResNet";
import type { TorchTensors } from "../../src/nn/torchWeights";
import { engineInfo, type Tensor, type Tensor4D, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";

interface Case {
  readonly name: string;
  readonly size: number;
  readonly parameters: number;
  readonly logits: readonly number[];
  readonly tensors: Readonly<Record<string, readonly number[]>>;
  readonly trained?: {
    readonly logits: readonly number[];
    readonly statistics: Readonly<Record<string, readonly number[]>>;
  };
}

const cases = JSON.parse(
  readFileSync(path.join(__dirname, "fixtures", "classifiers", "classifiers.json"), "utf8"),
) as Case[];
const caseOf = (name: string) => cases.find((other) => other.name === name)!;

/** Uniform in [-1, 1), changed as the kind of tensor asks: see makeClassifiers.py. Plain loops: 44 million numbers. */
function values(name: string, shape: readonly number[]): Float32Array {
  const result = new Float32Array(shape.reduce((a, b) => a * b, 1));
  let seed = 0x811c9dc5;
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  const matrix = shape.length > 1;
  const [centre, scale] = matrix
    ? [0, Math.sqrt(6 / shape.slice(1).reduce((a, b) => a * b, 1))]
    : name.endsWith("running_var")
      ? [1, 0.3]
      : name.endsWith("weight")
        ? [0.5, 0.2]
        : [0, 0.1];
  for (let i = 0; i < result.length; i++) {
    let x = Math.imul(i ^ seed, 0x9e3779b1);
    x ^= x >>> 16;
    x = Math.imul(x, 0x85ebca6b);
    x ^= x >>> 13;
    result[i] = centre + scale * ((x >>> 0) / 2 ** 31 - 1);
  }
  return result;
}

/** The state dict of a case, under other names where `rename` says so. */
function stateDict({ name, tensors }: Case, rename = (key: string) => key): TorchTensors {
  const original = new Map(Object.keys(tensors).map((key) => [rename(key), key]));
  return {
    file: name,
    entries: new Map([...original].map(([key, from]) => [key, { shape: tensors[from]! }])),
    read: async (key) => values(original.get(key)!, tensors[original.get(key)!]!),
  };
}

function imagesOf({ size }: Case): Tensor4D {
  const shape = [2, 3, size, size];
  const u = values("image.weight", shape);
  const scale = Math.sqrt(6 / (3 * size * size));
  return tf.tidy(() => tf.transpose(tf.div(tf.tensor(u, shape), scale), [0, 2, 3, 1])) as Tensor4D;
}

const gap = (found: Tensor, expected: readonly number[]) =>
  Math.max(...Array.from(found.dataSync(), (value, i) => Math.abs(value - expected[i]!)));

describe("readClassifier", () => {
  it.each(cases.map((one) => [one.name, one] as const))("%s answers as in PyTorch", async (_, one) => {
    const { network, weights } = await readClassifier(stateDict(one), one.size);
    const x = imagesOf(one);
    const logits = tf.tidy(() => network.apply(weights, x));
    expect(logits.shape).toEqual([2, 4]);
    expect(gap(logits, one.logits)).toBeLessThan(1e-4);
    const statistics = [...network.parameters.entries].filter(([, spec]) => spec.statistic);
    const trained = network.parameters.count - statistics.reduce((sum, [, { shape }]) => sum + shape[0]!, 0);
    // ConvNets in PyTorch have biases that their norms take out again.
    const biases = one.name.startsWith("ConvNet") ? 128 * Number(one.name[8]) : 0;
    expect(trained).toBe(one.parameters - biases);
    expect(`${network.name} `).toContain(one.name.split(",")[0]);
    expect(network.name).toContain(one.name.includes("batch") ? "batch norm" : ")");
    tf.dispose([x, logits, weights as Record<string, Tensor>]);
  });

  it("batch norm in training: logits by the batch, and running statistics after it", async () => {
    const one = caseOf("modified ResNet-18, batch");
    const { network, weights } = await readClassifier(stateDict(one), one.size);
    const { logits, statistics } = network.train!(weights, imagesOf(one));
    expect(gap(logits, one.trained!.logits)).toBeLessThan(1e-4);
    const ours = ["enter.norm.mean", "stage.3.0.shortcut.norm.variance", "stage.3.1.norm2.variance"];
    for (const [i, expected] of Object.values(one.trained!.statistics).entries()) {
      const found = tf.slice(statistics[ours[i]!]!.flatten(), 0, expected.length);
      expect(gap(found, expected)).toBeLessThan(1e-4);
    }
    expect(Object.keys(statistics)).toHaveLength(2 * 20);
  });

  it("knows the names of DataParallel", async () => {
    const one = caseOf("ConvNet-4, batch");
    const file = stateDict(one, (key) => `module.${key}`);
    const { network, weights } = await readClassifier(file, one.size);
    expect(gap(network.apply(weights, imagesOf(one)), one.logits)).toBeLessThan(1e-4);
  });

  it("says what it does not know", async () => {
    const one = caseOf("ResNet-18, batch");
    const without = (missing: string) => {
      const file = stateDict(one);
      const entries = new Map([...file.entries].filter(([key]) => key !== missing));
      return { ...file, entries };
    };
    await expect(readClassifier(without("layer2.0.bn2.bias"), 96)).rejects.toThrow(
      /lacks the tensor "layer2\.0\.bn2\.bias".*shape 128/,
    );
    await expect(readClassifier(without("fc.weight"), 96)).rejects.toThrow(/"fc\.weight" with 2 axes.*none/);
    await expect(
      readClassifier(
        stateDict(one, (key) => `a.${key}`),
        96,
      ),
    ).rejects.toThrow(/not a ConvNet or ResNet/);
    await expect(readClassifier(stateDict(caseOf("ConvNet-4, batch")), 96)).rejects.toThrow(
      /"classifier\.weight" is 4 x 2048, expected 4 x 128 x 6 x 6/,
    );
    await expect(readClassifier(stateDict(one), 0)).rejects.toThrow(/whole pixels, found 0/);
  });
});

describe("publishedResNet", () => {
  it("takes its entrance from the size of the images", () => {
    const atSize = (size: number) =>
      imageClassifier({
        ...publishedResNetOf(10, "instance", { halve: "average", filters: 4 }),
        height: size,
        width: size,
        channels: 3,
        classes: 2,
      });
    const kernel = (size: number) => atSize(size).parameters.entries.get("enter.kernel")!.shape[0];
    expect([224, 128, 64].map(kernel)).toEqual([7, 3, 3]);
    for (const size of [224, 100, 64, 33]) {
      const network = atSize(size);
      const weights = network.parameters.initialise(new Seed(size));
      expect(network.apply(weights, tf.zeros([1, size, size, 3])).shape).toEqual([1, 2]);
    }
  });
});

describe.skipIf(engineInfo.backend !== "tensorflow")("odd batches", () => {
  it("have gradients through the strides without breaking the process, equal to those of even ones", () => {
    const network = imageClassifier({
      ...publishedResNetOf(10, "instance", { entrance: "small", filters: 4 }),
      ...{ height: 16, width: 16, channels: 3, classes: 2 },
    });
    const weights = network.parameters.initialise(new Seed(0));
    const path = "stage.1.0.shortcut.kernel";
    const gradient = (x: Tensor4D) =>
      tf.grad((kernel: Tensor) => network.apply({ ...weights, [path]: kernel }, x).sum())(weights[path]!);
    for (let i = 0; i < 30; i++)
      tf.tidy(() => {
        const x = tf.tensor4d(new Seed(i).normal(7 * 768), [7, 16, 16, 3]);
        const twice = gradient(tf.concat([x, x]));
        const scale = twice.abs().max().dataSync()[0]!;
        expect(gap(gradient(x).mul(2), Array.from(twice.dataSync()))).toBeLessThan(1e-2 * scale);
      });
  });
});
