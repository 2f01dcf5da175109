import { describe, expect, it } from "vitest";
import {
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tf,
} from "../../src/tensor/engine";
import { attend } from "../../src/tensor/attention";
import { compile } from "../../src/tensor/compile";
import { denseGelu, gelu, groupNorm, modulatedLayerNorm, relu, silu } from "../../src/tensor/fused";
import { Seed } from "../../src/tensor/random";

const random = (name: string, ...shape: number[]): Tensor =>
  tf.tensor(new Seed("fused").child(name).normal(shape.reduce((a, b) => a * b, 1)), shape);
const largestDifference = (a: Tensor, b: Tensor): number => a.sub(b).abs().max().dataSync()[0];

/** Group normalisation out of single operations, as the definition reads. */
function plainGroupNorm(x: Tensor, scale: Tensor, shift: Tensor, groups: number): Tensor {
  const [n, height, width, channels] = x.shape;
  const grouped = x.reshape([n, height, width, groups, channels / groups]);
  const { mean, variance } = tf.moments(grouped, [1, 2, 4], true);
  const normal = grouped.sub(mean).div(variance.add(1e-5).sqrt()).reshape(x.shape);
  return normal.mul(scale).add(shift);
}

const plainGelu = (x: Tensor): Tensor =>
  x.mul(0.5).mul(
    x
      .add(x.pow(3).mul(0.044715))
      .mul(Math.sqrt(2 / Math.PI))
      .tanh()
      .add(1),
  );

function plainModulatedLayerNorm(x: Tensor, shift: Tensor, scale: Tensor): Tensor {
  const { mean, variance } = tf.moments(x, -1, true);
  return x.sub(mean).div(variance.add(1e-6).sqrt()).mul(scale.add(1)).add(shift);
}

/** Attention head by head, as the paper writes it. */
function plainAttend(qkv: Tensor, heads: number): Tensor {
  const [q, k, v] = tf.split(qkv, 3, 2);
  const size = q.shape[2]! / heads;
  const mixed = Array.from({ length: heads }, (_, head) => {
    const [a, b, c] = [q, k, v].map((part) => part.slice([0, 0, head * size], [-1, -1, size]));
    return tf.matMul(tf.softmax(tf.matMul(a, b, false, true).div(Math.sqrt(size))), c);
  });
  return tf.concat(mixed, 2);
}

/** Values and gradients by every input, eager and compiled, beside the definition's. */
function agrees(ours: (...x: Tensor[]) => Tensor, plain: (...x: Tensor[]) => Tensor, inputs: Tensor[]): void {
  const expected = plain(...inputs);
  const direction = random("direction", ...expected.shape);
  const gradients = (f: typeof ours) =>
    tf.grads((...x: Tensor[]) =>
      f(...x)
        .mul(direction)
        .sum(),
    )(inputs);
  const wanted = gradients(plain);
  const compiled = compile(ours);
  const slopes = compile((...x: Tensor[]) =>
    tf.grads((...at: Tensor[]) =>
      ours(...at)
        .mul(direction)
        .sum(),
    )(x),
  );
  for (const value of [ours(...inputs), compiled(...inputs), compiled(...inputs)])
    expect(largestDifference(value, expected)).toBeLessThan(2e-5);
  for (const found of [gradients(ours), slopes(...inputs), slopes(...inputs)])
    found.forEach((gradient, i) => {
      expect(gradient.shape).toEqual(wanted[i]!.shape);
      expect(largestDifference(gradient, wanted[i]!)).toBeLessThan(1e-4);
    });
  compiled.dispose();
  slopes.dispose();
}

describe("fused operations agree with their definitions", () => {
  it("silu, value and gradient", () => {
    const x = random("silu", 4, 7);
    const plain = (v: Tensor): Tensor => v.mul(v.sigmoid());
    expect(largestDifference(silu(x), plain(x))).toBeLessThan(1e-6);
    const weights = random("silu weights", 4, 7);
    const by = (f: (v: Tensor) => Tensor) => tf.grad((v: Tensor) => f(v).mul(weights).sum())(x);
    expect(largestDifference(by(silu), by(plain))).toBeLessThan(1e-5);
  });

  it.each([
    ["scale and shift of the layer", 1],
    ["scale and shift of each image", 3],
  ])("groupNorm with %s, value and all gradients", (_, rows) => {
    const x = random("x", 3, 5, 4, 8).mul(2).add(0.7) as Tensor4D;
    const scale = random("scale", rows, 1, 1, 8) as Tensor4D;
    const shift = random("shift", rows, 1, 1, 8) as Tensor4D;
    const ours = (a: Tensor, g: Tensor, b: Tensor) =>
      groupNorm(a as Tensor4D, g as Tensor4D, b as Tensor4D, 4);
    const plain = (a: Tensor, g: Tensor, b: Tensor) => plainGroupNorm(a, g, b, 4);
    expect(largestDifference(ours(x, scale, shift), plain(x, scale, shift))).toBeLessThan(1e-5);
    const weights = random("weights", 3, 5, 4, 8);
    const gradients = (f: typeof plain) =>
      tf.grads((a: Tensor, g: Tensor, b: Tensor) => f(a, g, b).mul(weights).sum())([x, scale, shift]);
    const expected = gradients(plain);
    gradients(ours).forEach((gradient, i) => {
      expect(gradient.shape).toEqual(expected[i].shape);
      expect(largestDifference(gradient, expected[i])).toBeLessThan(1e-4);
    });
  });

  it("relu", () => {
    agrees(relu, (x) => tf.relu(x), [random("relu", 6, 9)]);
  });

  it("gelu, by itself and after a dense layer", () => {
    agrees(gelu, plainGelu, [random("gelu", 6, 9).mul(3)]);
    const dense = [random("dense x", 6, 9), random("dense w", 9, 5), random("dense b", 5)];
    agrees(
      (x, w, b) => denseGelu(x as Tensor2D, w as Tensor2D, b as Tensor1D),
      (x, w, b) => plainGelu(x.matMul(w).add(b)),
      dense,
    );
  });

  it("modulatedLayerNorm", () => {
    agrees(
      (x, shift, scale) => modulatedLayerNorm(x as Tensor3D, shift as Tensor3D, scale as Tensor3D, 1e-6),
      plainModulatedLayerNorm,
      [random("tokens", 2, 5, 16).mul(2).add(0.7), random("shift", 2, 1, 16), random("scale", 2, 1, 16)],
    );
  });

  it("attend", () => {
    agrees(
      (qkv) => attend(qkv as Tensor3D, 3),
      (qkv) => plainAttend(qkv, 3),
      [random("qkv", 2, 7, 3 * 12)],
    );
  });
});
