// Two kinds of chance kept apart: the sets that a method makes from different seeds, and the networks that are
// trained on one set from different seeds.
import type { Dataset } from "../datasets/dataset";
import { type EvaluateOptions, type Evaluation, evaluateSet } from "./evaluateSet";
import type { LabelledSet } from "./labelledSet";
import { type MeanInterval, mean, meanInterval, standardDeviation } from "./statistics";

/** The result of a method over its sets. */
export interface OverSeeds {
  /**
   * Mean over the sets, each by the mean over its networks, with the 95 % interval over the sets: what another
   * set of the same method would give. `values` has one entry per set, for `pairedTest`.
   */
  readonly mean: MeanInterval;
  /** Standard deviation between sets, the part that training does not explain; NaN for a single set. */
  readonly betweenSets: number;
  /** Standard deviation between networks trained on the same set; NaN for one network per set. */
  readonly withinSets: number;
}

/**
 * Splits the variance of results[set][network] by one-way analysis of variance (Fisher 1925):
 * within^2 = mean of the sets' variances, between^2 = max(0, variance of the sets' means - within^2 / networks).
 *
 * @param results accuracies, one row per set, all rows of the same length
 * @throws RangeError if there is no set, or rows differ in length
 * @example igds.evaluate.overSeeds([[70, 71], [74, 75]]); // most of the spread is between the two sets
 */
export function overSeeds(results: readonly (readonly number[])[]): OverSeeds {
  const networks = results[0]?.length ?? 0;
  if (networks === 0 || results.some((row) => row.length !== networks))
    throw new RangeError(
      `Results must have the same number of networks for every set, at least one; found ${results.map((row) => row.length).join(", ") || "no set"}`,
    );
  const means = results.map((row) => mean(row));
  const withinVariance = mean(results.map((row) => standardDeviation(row) ** 2));
  const explained = networks > 1 ? withinVariance / networks : 0;
  return {
    mean: meanInterval(means),
    betweenSets: Math.sqrt(Math.max(0, standardDeviation(means) ** 2 - explained)),
    withinSets: Math.sqrt(withinVariance),
  };
}

/** The evaluation of several sets that one method made from different seeds. */
export interface EvaluationOverSeeds {
  /** Of each set, in the order given. */
  readonly sets: readonly Evaluation[];
  /** After the last step: the number to report. */
  readonly last: OverSeeds;
  /** The best of all tests of each run. */
  readonly best: OverSeeds;
}

/**
 * Evaluates several sets of one method. Network i starts from the same seed on every set, so that methods can
 * be compared pair by pair.
 *
 * @param sets one per generation seed
 * @param dataset as of `evaluateSet`
 * @param options as of `evaluateSet`, the same for all sets
 * @throws as `evaluateSet`, and RangeError for no sets
 * @example
 * const sets = await Promise.all([0, 1].map((seed) => igds.distill(dataset, { method: "random", ipc: 1, seed })));
 * (await igds.evaluate.evaluateSets(sets, dataset, { protocol: "mlp", seeds: [0, 1], steps: 50 })).last.mean;
 */
export async function evaluateSets(
  sets: readonly LabelledSet[],
  dataset: Dataset,
  options: EvaluateOptions = {},
): Promise<EvaluationOverSeeds> {
  const evaluations: Evaluation[] = [];
  for (const [i, set] of sets.entries()) {
    evaluations.push(
      await evaluateSet(set, dataset, {
        ...options,
        onProgress: ({ label, done, total, ...rest }) =>
          options.onProgress?.({
            ...rest,
            label: `set ${i + 1} of ${sets.length}, ${label}`,
            done: i * total + done,
            total: sets.length * total,
          }),
      }),
    );
  }
  return {
    sets: evaluations,
    last: overSeeds(evaluations.map(({ last }) => last.values)),
    best: overSeeds(evaluations.map(({ best }) => best.values)),
  };
}
