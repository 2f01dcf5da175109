// DD-Ranking's robust scores of a set, with the trainings that they need.

import type { Dataset } from "../datasets/dataset";
import { Seed } from "../tensor/random";
import { noAugmentation } from "./augment";
import { type EvaluateOptions, evaluateSet } from "./evaluateSet";
import type { LabelledSet } from "./labelledSet";
import { protocolNames, protocolOf } from "./protocols";
import { realSetLike } from "./realSetLike";
import type { ReferenceClassifier } from "./referenceClassifier";
import {
  type AugmentationAccuracies,
  augmentationRobustScore,
  type LabelAccuracies,
  labelRobustScore,
} from "./robustScores";

/** DD-Ranking's scores of a set. */
export interface Ranking {
  /** The label-robust score, in [0, 1]: `labelRobustScore` of the accuracies. */
  readonly labelRobust: number;
  /** The augmentation-robust score, in [0, 1]: `augmentationRobustScore` of the accuracies. */
  readonly augmentationRobust: number;
  /** Last-step accuracies in percent, means over the networks. */
  readonly accuracies: LabelAccuracies & AugmentationAccuracies;
}

/** By which protocol a set is ranked, and against what. */
export interface RankOptions extends EvaluateOptions {
  /** Accuracy of all real images under the same protocol with hard labels, in percent: measured once, for all sets. */
  readonly wholeHard: number;
  /** Gives random real images their soft labels; needed where the set has soft labels. */
  readonly reference?: ReferenceClassifier;
}

/**
 * Of a protocol of photographs only CutMix could be left out, not the random crops; and where a teacher labels, there are
 * no hard labels to compare with.
 * @throws RangeError for settings that the scores are not defined for
 */
export function expectRankable({ protocol: name = "quick", ...options }: EvaluateOptions): void {
  const { photographs, teacher } = { ...protocolOf(name), ...options };
  if (!photographs && !teacher) return;
  const rankable = protocolNames.filter((one) => !protocolOf(one).photographs && !protocolOf(one).teacher);
  throw new RangeError(
    `rankSet (igds evaluate: --rank) expects a protocol of small images with labels of the set's own, found "${name}" with ` +
      `${photographs ? "photographs" : "a teacher"}. Choose one of ${rankable.join(", ")}.`,
  );
}

/**
 * Trains on the set and on as many random real images, with and without augmentation, and with hard labels where
 * the set has soft ones: 4 or 5 evaluations. DD-Ranking's scores (Li et al. 2025, arXiv 2505.13300).
 *
 * @param set as of `evaluateSet`; its class sizes are those of the random real images
 * @param dataset random real images are of its training images, those that models are fitted on (`developmentSplit`)
 * @throws as `evaluateSet`; Error if soft labels come without a reference classifier; RangeError for a protocol of
 *   photographs or with a teacher, if a class has more images in the set than real ones, or `wholeHard` is not a percentage
 * @example
 * const { labelRobust } = await igds.evaluate.rankSet(set, dataset, {
 *   protocol: "mlp",
 *   wholeHard: 88,
 *   seeds: [0],
 *   steps: 50,
 * });
 */
export async function rankSet(set: LabelledSet, dataset: Dataset, options: RankOptions): Promise<Ranking> {
  const { wholeHard, reference, ...protocol } = options;
  expectRankable(protocol);
  if (set.targets && !reference)
    throw new Error("A set with soft labels is compared with real images that have some: give `reference`");
  const real = realSetLike(set.labels, dataset, "fit", new Seed("rank set").child(dataset.name));
  const random: LabelledSet =
    set.targets && reference ? { ...real, targets: reference.probabilities(real.images) } : real;
  const accuracy = async (of: LabelledSet, augmented: boolean): Promise<number> => {
    const settings = augmented ? protocol : { ...protocol, augmentation: noAugmentation };
    return (await evaluateSet(of, dataset, settings)).last.mean;
  };
  const setAny = await accuracy(set, true);
  const setHard = set.targets ? await accuracy({ images: set.images, labels: set.labels }, true) : setAny;
  const randomAny = await accuracy(random, true);
  const accuracies = {
    wholeHard,
    setHard,
    setAny,
    randomAny,
    setAugmented: setAny,
    randomAugmented: randomAny,
    setPlain: await accuracy(set, false),
    randomPlain: await accuracy(random, false),
  };
  return {
    labelRobust: labelRobustScore({ wholeHard, setHard, setAny, randomAny }),
    augmentationRobust: augmentationRobustScore({
      setAugmented: setAny,
      randomAugmented: randomAny,
      setPlain: accuracies.setPlain,
      randomPlain: accuracies.randomPlain,
    }),
    accuracies,
  };
}
