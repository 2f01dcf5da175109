// Two kinds of chance kept apart: the sets that a method makes from different seeds, and the networks that are
// trained on one set from different seeds.
import type { Dataset } from "../datasets/dataset";
import { crossedMean } from "./crossedMean";
import { type EvaluateOptions, type Evaluation, evaluateSet } from "./evaluateSet";
import type { LabelledSet } from "./labelledSet";
import { type MeanInterval, mean, meanInterval, standardDeviation } from "./statistics";

/** The result of a method over its sets. */
export interface OverSeeds {
  /**
   * Mean over the sets, each by the mean over its networks, with the 95 % interval over the sets: what another
   * set of the same method would give these networks. `values` has one entry per set.
   */
  readonly mean: MeanInterval;
  /**
   * Half-width of the 95 % interval for other sets and other networks (`crossedMean`), which are the same few on all sets:
   * wider, as far as the networks move all sets alike. That of the sets alone for one network per set.
   */
  readonly ci95OfBoth: number;
  /** Standard deviation between sets, the part that training does not explain; NaN for a single set. */
  readonly betweenSets: number;
  /** Standard deviation between networks trained on the same set; NaN for one network per set. */
  readonly withinSets: number;
}

/**
 * Splits the chance in results[set][network] by analysis of variance (Fisher 1925): `withinSets`^2 is the mean of the sets'
 * variances, the rest is that of `crossedMean`.
 *
 * @param results accuracies, one row per set, all rows of the same networks in the same order
 * @throws RangeError if there is no set, or rows differ in length
 * @example igds.evaluate.overSeeds([[70, 71], [74, 75]]); // most of the spread is between the two sets
 */
export function overSeeds(results: readonly (readonly number[])[]): OverSeeds {
  const { mean: ofBoth, betweenSets } = crossedMean(results);
  const withinVariance = mean(results.map((row) => standardDeviation(row) ** 2));
  return {
    mean: meanInterval(ofBoth.values),
    ci95OfBoth: ofBoth.ci95,
    betweenSets,
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
