import { describe, expect, it } from "vitest";
import { type Tensor, type Tensor4D, tf } from "../../src/tensor/engine";
import { groupNorm, silu } from "../../src/tensor/fused";
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
});
