// Whether one method is better than another, from results that have nothing to be paired by.
import { type MeanInterval, mean, standardDeviation, studentT, studentTail } from "./statistics";

/** A comparison of a with b. */
export interface WelchTest {
  /** Of a - b, with its 95 % interval; `values` are those of a less the mean of b. */
  readonly difference: MeanInterval;
  /** Two-sided p-value of Welch's t test: assumes normal values, and lets a and b spread differently. */
  readonly pT: number;
}

/**
 * Compares two methods whose values are independent, by Welch's t test (Biometrika 34, 1947). Its degrees of freedom are
 * rounded down, which widens the interval.
 *
 * @param a independent values, at least two
 * @param b the same of the other method; their number may differ
 * @throws RangeError if either has fewer than two values
 * @example
 * welchTest([74.1, 75.0, 74.6], [72.0, 73.1, 72.2, 72.9]).pT; // 0.0055
 */
export function welchTest(a: readonly number[], b: readonly number[]): WelchTest {
  if (a.length < 2 || b.length < 2)
    throw new RangeError(
      `Welch's test needs at least 2 values on both sides, found ${a.length} and ${b.length}: use more seeds`,
    );
  const values = a.map((value) => value - mean(b));
  const variances = [a, b].map((side) => standardDeviation(side) ** 2 / side.length);
  const variance = variances[0] + variances[1];
  // Values without any spread leave no error: then any difference but zero is certain under the normal model.
  if (variance === 0)
    return { difference: { mean: mean(values), ci95: 0, values }, pT: mean(values) === 0 ? 1 : 0 };
  const degrees = Math.floor(
    variance ** 2 / (variances[0] ** 2 / (a.length - 1) + variances[1] ** 2 / (b.length - 1)),
  );
  const error = Math.sqrt(variance);
  return {
    difference: { mean: mean(values), ci95: studentT(0.95, degrees) * error, values },
    pT: studentTail(mean(values) / error, degrees),
  };
}
