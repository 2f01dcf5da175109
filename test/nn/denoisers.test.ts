import { describe, expect, it } from "vitest";
import { denoiserNetwork } from "../../src/diffusion/denoiser";
import { dit, ditDefaults } from "../../src/nn/dit";
import { timeClassifier, timeClassifierDefaults } from "../../src/nn/timeClassifier";
import { plainWeights } from "../../src/nn/trainer";
import { unet, unetDefaults } from "../../src/nn/unet";
import { type Tensor1D, type Tensor4D, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";

const space = { height: 28, width: 28, channels: 1, classes: 10 };
const input = (n: number) => tf.tensor(new Seed("input").normal(n * 784), [n, 28, 28, 1]) as Tensor4D;
const times = tf.tensor1d([0, 500, 999], "int32") as Tensor1D;
const labels = tf.tensor1d([0, 9, 10], "int32") as Tensor1D;

describe.each([
  ["unet", () => unet({ ...unetDefaults, ...space })],
  ["dit", () => dit({ ...ditDefaults, ...space })],
])("%s", (kind, make) => {
  it("begins as zero and answers with one noise per image, the null class included", () => {
    const network = make();
    const weights = network.parameters.initialise(new Seed(0));
    const output = network.apply(weights, input(3), times, labels);
    expect(output.shape).toEqual([3, 28, 28, 1]);
    expect(output.abs().max().dataSync()[0]).toBe(0);
  });

  it("depends on image, time and class once its last layers are not zero", () => {
    const network = make();
    const seed = new Seed(1);
    const weights = Object.fromEntries(
      Object.entries(network.parameters.initialise(seed)).map(([path, weight]) => [
        path,
        weight.add(tf.tensor(seed.child("jitter", path).normal(weight.size), weight.shape).mul(0.05)),
      ]),
    );
    const base = network.apply(weights, input(3), times, labels);
    const change = (x: Tensor4D, t: Tensor1D, y: Tensor1D) =>
      network.apply(weights, x, t, y).sub(base).abs().max().dataSync()[0];
    expect(change(input(3), times, labels)).toBe(0);
    expect(change(input(3).mul(1.1) as Tensor4D, times, labels)).toBeGreaterThan(1e-3);
    expect(change(input(3), tf.tensor1d([10, 400, 900], "int32"), labels)).toBeGreaterThan(1e-3);
    expect(change(input(3), times, tf.tensor1d([1, 8, 2], "int32"))).toBeGreaterThan(1e-3);
  });

  it("is built again from its config, and refuses weights of another network", () => {
    const network = make();
    const again = denoiserNetwork(network.config);
    expect([...again.parameters.entries.keys()]).toEqual([...network.parameters.entries.keys()]);
    const weights = plainWeights(network.parameters.initialise(new Seed(0)));
    expect(Object.keys(again.parameters.load(weights, "file"))).toHaveLength(weights.size);
    const [first] = weights.keys();
    const missing = new Map(weights);
    missing.delete(first);
    expect(() => again.parameters.load(missing, "file")).toThrow(`file lacks the weight "${first}"`);
    const other = new Map(weights).set(first, { shape: [2], data: new Float32Array(2) });
    expect(() => again.parameters.load(other, "file")).toThrow(/is 2, but this network needs/);
    const extra = new Map(weights).set("odd", { shape: [2], data: new Float32Array(2) });
    expect(() => again.parameters.load(extra, "file")).toThrow(/"odd" that this network does not know/);
  });

  it("refuses images that it cannot halve or cut", () => {
    expect(() => denoiserNetwork({ ...make().config, height: 27 } as { kind: string })).toThrow(/divisible/);
    expect(kind).toBe(make().config.kind);
  });
});

it("refuses sizes that do not fit together, before any weight is made", () => {
  const u = { ...unetDefaults, ...space };
  expect(() => unet({ ...u, blocks: [1, 1] })).toThrow(/3 resolutions.*as many entries of blocks; found 2/);
  expect(() => unet({ ...u, blocks: [1, 1, 1.5] })).toThrow(/whole numbers above 0 as blocks; found 1.5/);
  expect(() => unet({ ...u, heads: 3 })).toThrow(/width 128 .* heads that divide it; found 3/);
  expect(() => unet({ ...u, groups: 7 })).toThrow(/7 groups needs widths that they divide; found 32/);
  expect(() => unet({ ...u, widths: [], blocks: [] })).toThrow(/found none/);
  const d = { ...ditDefaults, ...space };
  expect(() => dit({ ...d, depth: 1.5 })).toThrow(/whole numbers above 0 as depth; found 1.5/);
  expect(() => dit({ ...d, timeFeatures: 255 })).toThrow(/even number of time features.*255/);
  expect(() => timeClassifier({ ...timeClassifierDefaults, ...space, groups: 5 })).toThrow(/found 32/);
  expect(() => timeClassifier({ ...timeClassifierDefaults, ...space, widths: [] })).toThrow(/found none/);
});

it("names the kinds of network there are", () => {
  expect(() => denoiserNetwork({ kind: "gan" })).toThrow(
    /"gan" is not a denoising network; expected "unet", "dit" or "unet2d"/,
  );
});
