// How far what is computed here is from what is expected.
import type { Tensor } from "../../tensor/engine";

/** A difference from what is expected. */
export interface Difference {
  readonly difference: number;
  readonly largest: number;
  readonly files?: Readonly<Record<string, number>>;
}

export function between(found: Tensor, wanted: Tensor): Difference {
  if (found.shape.join() !== wanted.shape.join())
    throw new Error(
      `Expected the shape ${wanted.shape.join(" x ")} (NHWC), found ${found.shape.join(" x ")}.`,
    );
  return betweenNumbers(found.dataSync(), wanted.dataSync());
}

export function betweenNumbers(found: ArrayLike<number>, wanted: ArrayLike<number>): Difference {
  if (found.length !== wanted.length)
    throw new Error(`Expected ${wanted.length} numbers, found ${found.length}.`);
  for (let i = 0; i < wanted.length; i++)
    if (!Number.isFinite(wanted[i]!) || !Number.isFinite(found[i]!))
      throw new Error(
        `Value ${i} is ${found[i]}, expected ${wanted[i]}: only finite numbers can be compared.`,
      );
  return {
    difference: maximum(Array.from(wanted, (value, i) => Math.abs(value - found[i]!))),
    largest: maximum(Array.from(wanted, Math.abs)),
  };
}

/** Math.max of many values, none of them negative. */
export function maximum(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), 0);
}
