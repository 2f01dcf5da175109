import { describe, expect, it } from "vitest";
import { type Tensor, type Tensor1D, type Tensor2D, tf } from "../../src/tensor/engine";
import { denseGelu, gelu, relu, silu } from "../../src/tensor/fused";
import { agrees, largestDifference, random } from "./agrees";

const plainGelu = (x: Tensor): Tensor =>
  x.mul(0.5).mul(
    x
      .add(x.pow(3).mul(0.044715))
      .mul(Math.sqrt(2 / Math.PI))
      .tanh()
      .add(1),
  );

describe("fused operations agree with their definitions", () => {
  it("silu, value and gradient", () => {
    const x = random("silu", 4, 7);
    const plain = (v: Tensor): Tensor => v.mul(v.sigmoid());
    expect(largestDifference(silu(x), plain(x))).toBeLessThan(1e-6);
    const weights = random("silu weights", 4, 7);
    const by = (f: (v: Tensor) => Tensor) => tf.grad((v: Tensor) => f(v).mul(weights).sum())(x);
    expect(largestDifference(by(silu), by(plain))).toBeLessThan(1e-5);
  });

  it("relu", () => {
    agrees(relu, (x) => tf.relu(x), [random("relu", 6, 9)]);
  });

  it("gelu, by itself and after a dense layer", () => {
    agrees(gelu, plainGelu, [random("gelu", 6, 9).mul(3)]);
    // More than a core takes at a time, and no whole number of vectors.
    agrees(gelu, plainGelu, [random("gelu of much", 5, 3301).mul(3)]);
    const dense = [random("dense x", 6, 9), random("dense w", 9, 5), random("dense b", 5)];
    agrees(
      (x, w, b) => denseGelu(x as Tensor2D, w as Tensor2D, b as Tensor1D),
      (x, w, b) => plainGelu(x.matMul(w).add(b)),
      dense,
    );
  });
});
