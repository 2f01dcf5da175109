// The mean over sets and networks where the same networks are trained on every set: both are samples of what they could
// have been, and a network that suits one set is likely to suit another.
import { type MeanInterval, mean, studentT, studentTail } from "./statistics";

/** The mean of a table of results with what its chance consists of. */
export interface CrossedMean {
  /** Over all. `values` are the means of the sets; the interval is for other sets *and* other networks. */
  readonly mean: MeanInterval;
  /** Two-sided p-value of a true mean of zero, by Student's t. NaN for a single set. */
  readonly pT: number;
  /** Standard deviation between sets, NaN for a single one. */
  readonly betweenSets: number;
}

/**
 * A table results[set][network] as two crossed random factors without interaction:
 *
 *     MS_S, MS_N, MS_E: mean squares of sets, of networks, and of the rest
 *     s_S^2 = max(0, MS_S - MS_E) / N,  s_N^2 = max(0, MS_N - MS_E) / S,  s_E^2 = MS_E
 *     variance of the mean = s_S^2 / S + s_N^2 / N + s_E^2 / (S N)
 *
 * with Satterthwaite's degrees of freedom (Biometrics Bulletin 2, 1946). For one network per set it is the mean of the
 * sets with Student's interval, which then is for that network alone.
 *
 * @param results one row per set, all rows of the same networks in the same order
 * @throws RangeError if there is no set, or rows differ in length
 * @example igds.evaluate.crossedMean([[70, 72], [71, 73]]).mean; // 71.5, and an interval of two networks' width
 */
export function crossedMean(results: readonly (readonly number[])[]): CrossedMean {
  const sets = results.length;
  const networks = results[0]?.length ?? 0;
  if (networks === 0 || results.some((row) => row.length !== networks))
    throw new RangeError(
      `Results must have the same number of networks for every set, at least one; found ${results.map((row) => row.length).join(", ") || "no set"}`,
    );
  const values = results.map((row) => mean(row));
  const all = mean(values);
  if (sets === 1)
    return { mean: { mean: all, ci95: Number.NaN, values }, pT: Number.NaN, betweenSets: Number.NaN };
  const columns = results[0].map((_, j) => mean(results.map((row) => row[j])));
  const rests = results.flatMap((row, i) => row.map((value, j) => value - values[i] - columns[j] + all));
  const degrees = { set: sets - 1, network: networks - 1, rest: (sets - 1) * (networks - 1) };
  const square = {
    set: (networks * squares(values, all)) / degrees.set,
    network: networks > 1 ? (sets * squares(columns, all)) / degrees.network : 0,
    rest: networks > 1 ? squares(rests, 0) / degrees.rest : 0,
  };
  // The variance as a sum of mean squares: those above the rest, which holds as much of the rest as there is too much.
  const above = (["set", "network"] as const).filter((of) => square[of] > square.rest);
  const variance = above.reduce((sum, of) => sum + square[of], (1 - above.length) * square.rest);
  const shares = [
    ...above.map((of) => square[of] ** 2 / degrees[of]),
    ...(above.length === 1 || square.rest === 0 ? [] : [square.rest ** 2 / degrees.rest]),
  ];
  const error = Math.sqrt(variance / (sets * networks));
  // Values without any spread leave no error: then any mean but zero is certain under the normal model.
  const [ci95, pT] = error > 0 ? byStudent(all, error, variance ** 2 / sum(shares)) : [0, all === 0 ? 1 : 0];
  return {
    mean: { mean: all, ci95, values },
    pT,
    betweenSets: Math.sqrt(Math.max(0, square.set - square.rest) / networks),
  };
}

function byStudent(value: number, error: number, degrees: number): [ci95: number, p: number] {
  return [studentT(0.95, degrees) * error, studentTail(value / error, degrees)];
}

/** Sum of squared distances from a centre. */
function squares(values: readonly number[], centre: number): number {
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
