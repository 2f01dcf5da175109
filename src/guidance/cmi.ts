// The contextual term `cmi`: how far what the classifier says of an image is from what it says of the class on average.
// L. Ye et al., arXiv 2401.08732 (the MCMI estimator), is where the quantity comes from.
import { temperatureAt } from "../information/calibration";
import { classMeanOf, cmiInformation } from "../information/cmi";
import type { Weights } from "../nn/parameters";
import type { ImageBatch } from "../tensor/batch";
import { type Tensor1D, tf } from "../tensor/engine";
import type { Classifier } from "./classifier";
import { cleanJudge } from "./cleanJudge";
import type { Term } from "./term";

/**
 * KL(P_x || Q_y) of each image, nats: P_x the classifier at x0hat as a clean image, Q_y its mean over real images of the
 * class. The only contextual term that a single image has (IPC 1). It knows no other image of the set, and images of one
 * class that drift to the same other class all gain by it.
 *
 * @param classifier asked at t = 0, with its temperature there
 * @param means Q of each class of the set, in its order, C shares each: `classMeans` gives them
 * @returns the term `cmi`; of its tensors `class means` is new and the caller's to dispose of, the others are the
 *   classifier's weights. At its first step it throws a RangeError if there is not a mean for each class of the set
 * @example
 * const real = [3, 5].map((label) => distiller.classContext.realImages(label, "cmi", 100));
 * const term = igds.guidance.cmi(distiller.classifier, igds.guidance.classMeans(distiller.classifier, real));
 * const guide = igds.guidance.makeGuide({
 *   labels: [3, 5],
 *   shape: [28, 28, 1],
 *   imageVariance: 0.25,
 *   terms: [{ term, weight: 50 }],
 * });
 * term.tensors["class means"].dispose(); // the guide has its copy
 */
export function cmi(classifier: Classifier, means: readonly Float32Array[]): Term {
  const { network, weights, temperatures } = classifier;
  return {
    name: "cmi",
    by: "x0",
    measures: "contextual",
    tensors: { ...weights, [MEANS]: tf.tensor2d(means.map((mean) => Array.from(mean))) },
    numbers: () => ({ temperature: temperatureAt(temperatures, 0) }),
    value(tensors, x0, { t, groups, ipc, numbers }): Tensor1D {
      const logits = network.apply(tensors as Weights, x0, tf.zerosLike(t) as Tensor1D);
      if (tensors[MEANS].shape[0] !== groups)
        throw new RangeError(
          `cmi: expected the mean of each of ${groups} classes, found ${tensors[MEANS].shape[0]}. ` +
            "Pass classMeans of the classes of the set, in its order.",
        );
      const perImage = cmiInformation(
        tf.reshape(logits, [groups, ipc, -1]),
        tensors[MEANS],
        numbers.temperature,
      );
      return tf.reshape(perImage, [groups * ipc]) as Tensor1D;
    },
  };
}

/** The name of Q among the tensors: no path of a network's weights. */
const MEANS = "class means";

/**
 * Q_y of `cmi`: the mean of what a classifier says of real images, by class.
 *
 * @param classifier asked at t = 0, with its temperature there
 * @param real images of each class, [N, H, W, C] in [-1, 1]
 * @returns for each class of `real` as many shares as the classifier knows classes; they add up to 1
 * @throws RangeError for a class without images
 * @example
 * const real = distiller.classContext.realImages(5, "cmi", 100); // sandals
 * igds.guidance.classMeans(distiller.classifier, [real])[0][7]; // how often they look like sneakers
 */
export function classMeans(classifier: Classifier, real: readonly ImageBatch[]): Float32Array[] {
  const judge = cleanJudge(classifier, "guiding classifier");
  try {
    const { classes } = classifier.network.config;
    return real.map((images) => classMeanOf(judge.logits(images), classes, judge.temperature));
  } finally {
    judge.dispose();
  }
}
