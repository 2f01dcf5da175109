// An operation of ours beside its definition.
import { expect } from "vitest";
import { compile } from "../../src/tensor/compile";
import { type Tensor, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";

export const random = (name: string, ...shape: number[]): Tensor =>
  tf.tensor(new Seed("fused").child(name).normal(shape.reduce((a, b) => a * b, 1)), shape);

export const largestDifference = (a: Tensor, b: Tensor): number => a.sub(b).abs().max().dataSync()[0];

/** Values and gradients by every input, eager and compiled, beside the definition's. */
export function agrees(
  ours: (...x: Tensor[]) => Tensor,
  plain: (...x: Tensor[]) => Tensor,
  inputs: Tensor[],
): void {
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
