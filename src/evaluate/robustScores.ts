// DD-Ranking's scores: how much of a set's accuracy is due to its images, rather than to soft labels or to the
// augmentation that it was tested with (Li et al. 2025, arXiv 2505.13300).

/** Accuracies in percent that the label-robust score is made of. */
export interface LabelAccuracies {
  /** All real training images, hard labels. */
  readonly wholeHard: number;
  /** The distilled set, hard labels. */
  readonly setHard: number;
  /** The distilled set as its authors test it: with hard or soft labels. */
  readonly setAny: number;
  /** Random real images, as many, tested in the same way. */
  readonly randomAny: number;
}

/** Accuracies in percent that the augmentation-robust score is made of. */
export interface AugmentationAccuracies {
  /** The distilled set, trained on with augmentation. */
  readonly setAugmented: number;
  /** Random real images, as many, with augmentation. */
  readonly randomAugmented: number;
  /** The distilled set without augmentation. */
  readonly setPlain: number;
  /** Random real images, as many, without augmentation. */
  readonly randomPlain: number;
}

/**
 * The label-robust score, in [0, 1]: with IOR = setAny - randomAny and HLR = wholeHard - setHard, accuracies as
 * shares, alpha = w IOR - (1 - w) HLR and the score is (e^alpha - e^-1) / (e - e^-1).
 * A set that is as good as random images and as all of them together has alpha = 0, a score of 0.269 (DD-Ranking,
 * Li et al. 2025, arXiv 2505.13300).
 *
 * @param weight w in [0, 1]
 * @throws RangeError if the weight lies outside, or an accuracy is not a percentage
 * @example
 * igds.evaluate.labelRobustScore({ wholeHard: 93, setHard: 78, setAny: 78, randomAny: 73 }); // 0.248
 */
export function labelRobustScore(accuracies: LabelAccuracies, weight = 0.5): number {
  const { wholeHard, setHard, setAny, randomAny } = shares({ ...accuracies }, weight);
  return normalised(weight * (setAny - randomAny) - (1 - weight) * (wholeHard - setHard));
}

/**
 * The augmentation-robust score, in [0, 1]: beta = gamma (setAugmented - randomAugmented) +
 * (1 - gamma) (setPlain - randomPlain), accuracies as shares, normalised as the label-robust score (DD-Ranking,
 * Li et al. 2025, arXiv 2505.13300).
 *
 * @param weight gamma in [0, 1]
 * @throws RangeError if the weight lies outside, or an accuracy is not a percentage
 * @example
 * igds.evaluate.augmentationRobustScore({ setAugmented: 78, randomAugmented: 73, setPlain: 74, randomPlain: 71 });
 * // 0.286
 */
export function augmentationRobustScore(accuracies: AugmentationAccuracies, weight = 0.5): number {
  const { setAugmented, randomAugmented, setPlain, randomPlain } = shares({ ...accuracies }, weight);
  return normalised(weight * (setAugmented - randomAugmented) + (1 - weight) * (setPlain - randomPlain));
}

function normalised(exponent: number): number {
  return (Math.exp(exponent) - Math.exp(-1)) / (Math.E - Math.exp(-1));
}

/** Percentages as shares. */
function shares<T extends { [name: string]: number }>(percentages: T, weight: number): T {
  if (!(weight >= 0 && weight <= 1))
    throw new RangeError(`The weight of a robust score must lie in [0, 1], found ${weight}`);
  return Object.fromEntries(
    Object.entries(percentages).map(([name, value]) => {
      if (!(value >= 0 && value <= 100))
        throw new RangeError(`${name} must be an accuracy in percent, found ${value}`);
      return [name, value / 100];
    }),
  ) as T;
}
