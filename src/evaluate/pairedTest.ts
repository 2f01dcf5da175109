// Whether one method is better than another, from results that share their seeds.
import { Seed } from "../tensor/random";
import { type MeanInterval, pairedDifference, standardDeviation, studentTail } from "./statistics";

/** A paired comparison of a with b. */
export interface PairedTest {
  /** Of a - b, with its 95 % interval by Student's t. */
  readonly difference: MeanInterval;
  /** Two-sided p-value of Student's paired t test: assumes normal differences. */
  readonly pT: number;
  /**
   * Two-sided p-value of the sign-flip permutation test (Fisher 1935): assumes only that a difference could as
   * well have had the other sign. Exact up to 20 pairs; with n pairs it cannot fall below 2 / 2^n, so at least 6
   * are needed for p < 0.05.
   */
  readonly pSignFlip: number;
}

/** Most pairs whose 2^n signs are all tried; beyond, so many random ones. */
const EXACT_PAIRS = 20;
const RANDOM_FLIPS = 100_000;

/**
 * Compares two methods. Each pair must be independent of the others: one value per *generation* seed, the mean
 * over the trainings on that set (`overSeeds`), not one per training.
 *
 * @param a one value per pair
 * @param b those of the other method, in the same order of seeds
 * @throws RangeError if the lists differ in length or have fewer than two pairs
 * @example
 * igds.evaluate.pairedTest([74.1, 75.0, 74.6], [72.0, 73.1, 72.2]).pT; // 0.0046
 */
export function pairedTest(a: readonly number[], b: readonly number[]): PairedTest {
  const difference = pairedDifference(a, b);
  const { values, mean } = difference;
  if (values.length < 2)
    throw new RangeError(`A paired test needs at least 2 pairs, found ${values.length}: use more seeds`);
  const error = standardDeviation(values) / Math.sqrt(values.length);
  // Equal differences leave no error: then any mean but zero is certain under the normal model.
  const pT = error > 0 ? studentTail(mean / error, values.length - 1) : mean === 0 ? 1 : 0;
  return { difference, pT, pSignFlip: signFlip(values) };
}

/** Share of the sign patterns whose sum is at least as far from zero as the sum found. */
function signFlip(values: readonly number[]): number {
  const n = values.length;
  const found = Math.abs(values.reduce((sum, value) => sum + value, 0));
  // Sums that differ by rounding alone count as equal.
  const least = found - 1e-9 * values.reduce((sum, value) => sum + Math.abs(value), 0);
  let extreme = 0;
  if (n <= EXACT_PAIRS) {
    for (let signs = 0; signs < 2 ** n; signs++) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += (signs >> i) & 1 ? values[i] : -values[i];
      if (Math.abs(sum) >= least) extreme++;
    }
    return extreme / 2 ** n;
  }
  for (let flip = 0; flip < RANDOM_FLIPS; flip++) {
    const signs = new Seed("sign flip").child(flip).integers(n, 2);
    let sum = 0;
    for (let i = 0; i < n; i++) sum += signs[i] === 1 ? values[i] : -values[i];
    if (Math.abs(sum) >= least) extreme++;
  }
  // The pattern found counts as one of those drawn, so that p is never zero (Phipson & Smyth 2010).
  return (extreme + 1) / (RANDOM_FLIPS + 1);
}
