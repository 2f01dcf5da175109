// The mean of independent values and how well they determine it.
import type { Estimate } from "./groundTruth";

/**
 * @param values at least one
 * @returns mean, standard error of the mean (divisor n - 1; Infinity for a single value, which tells nothing of it), and
 *   how many values there were
 */
export function meanOf(values: ArrayLike<number>): Estimate {
  const count = values.length;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i]!;
  const value = sum / count;
  let squares = 0;
  for (let i = 0; i < count; i++) squares += (values[i]! - value) ** 2;
  return {
    value,
    standardError: count > 1 ? Math.sqrt(squares / (count - 1) / count) : Infinity,
    samples: count,
  };
}
