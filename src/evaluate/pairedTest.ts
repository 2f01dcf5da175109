// Whether one method is better than another, from results that share their seeds.
import { Seed } from "../tensor/random";
import { crossedMean } from "./crossedMean";
import { type MeanInterval, pairedDifference } from "./statistics";

/** The result of one set: a value, or one of each network that was trained on it. */
export type OfSet = number | readonly number[];

/** A paired comparison of a with b. */
export interface PairedTest {
  /** Of a - b, with its 95 % interval; `values` has one entry per pair of sets. */
  readonly difference: MeanInterval;
  /**
   * Two-sided p-value by Student's t: assumes normal differences. For networks that are the same on all sets it is that of
   * `crossedMean`: as far as the networks, too, could have been others.
   */
  readonly pT: number;
  /**
   * Two-sided p-value of the sign-flip permutation test (Fisher 1935) over the pairs of sets, for these networks: assumes
   * only that a difference could as well have had the other sign. Exact up to 20 pairs; with n pairs it cannot fall below
   * 2 / 2^n, so at least 6 are needed for p < 0.05.
   */
  readonly pSignFlip: number;
}

/** Most pairs whose 2^n signs are all tried; beyond, so many random ones. */
const EXACT_PAIRS = 20;
const RANDOM_FLIPS = 100_000;

/**
 * Compares two methods by their sets, in pairs that share their *generation* seed and their networks.
 *
 * @param a one entry per pair
 * @param b those of the other method, in the same order of seeds, with the same networks in the same order
 * @throws RangeError if the lists differ in length or have fewer than two pairs, or the sets in their networks
 * @example
 * igds.evaluate.pairedTest([74.1, 75.0, 74.6], [72.0, 73.1, 72.2]).pT; // 0.0046
 * igds.evaluate.pairedTest([[74, 75], [73, 75]], [[72, 72], [71, 72]]).difference; // 2.5, of two sets and two networks
 */
export function pairedTest(a: readonly OfSet[], b: readonly OfSet[]): PairedTest {
  if (a.length !== b.length || a.length < 2)
    throw new RangeError(
      `A paired test needs at least 2 pairs, found ${a.length} and ${b.length} sets: use more seeds, the same for both`,
    );
  const rows = a.map((own, i) => pairedDifference([own].flat(), [b[i]].flat()).values);
  const { mean: difference, pT } = crossedMean(rows);
  return { difference, pT, pSignFlip: signFlip(difference.values) };
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
