// Compiling a classifier costs seconds, so those that are not in use wait here for the next set of the same
// shape. Whoever borrows one has it alone: two evaluations at once never share one.
import type { Dataset } from "../datasets/dataset";
import { type Architecture, type ImageClassifierConfig, imageClassifier } from "../nn/imageClassifier";
import { ClassifierTraining, type ClassifierTrainingOptions } from "./classifierTraining";

/** What a compiled classifier is made for. */
export interface ClassifierPlan extends ClassifierTrainingOptions {
  readonly network: Architecture;
  /** Height and width of its input. Default: those of the dataset's images. */
  readonly size?: number;
}

const MOST_IDLE = 2;
const idle: ClassifierTraining[] = [];
const plans = new WeakMap<ClassifierTraining, string>();

/** The network's settings for the images and classes of a dataset, which may be brought to another size before. */
export function configFor(network: Architecture, dataset: Dataset, size?: number): ImageClassifierConfig {
  const [height, width, channels] = dataset.shape;
  return {
    ...network,
    height: size ?? height,
    width: size ?? width,
    channels,
    classes: dataset.classes.length,
  };
}

/** A classifier for the plan and the shape of the dataset, compiled before if one is idle. Start it with a seed. */
export function borrowClassifier(
  { network, size, ...plan }: ClassifierPlan,
  dataset: Dataset,
): ClassifierTraining {
  const config = configFor(network, dataset, size);
  const { steps, rate, weightDecay, optimiser = "adamw" } = plan;
  const { schedule, decay, temperature, statisticsPasses } = plan;
  const options = {
    ...{ steps, rate, weightDecay, optimiser },
    ...{ schedule, decay, temperature, statisticsPasses },
  };
  const key = JSON.stringify([config, options]);
  const place = idle.findIndex((classifier) => plans.get(classifier) === key);
  if (place >= 0) return idle.splice(place, 1)[0];
  const classifier = new ClassifierTraining(imageClassifier(config), options);
  plans.set(classifier, key);
  return classifier;
}

/** Ends a loan; the classifier that has been idle longest is freed when there are too many. */
export function giveBackClassifier(classifier: ClassifierTraining): void {
  idle.push(classifier);
  while (idle.length > MOST_IDLE) idle.shift()?.dispose();
}

/**
 * Frees the classifiers that evaluations have compiled and kept for the next set, at most two: their weights and moments.
 * @example igds.evaluate.disposeIdleClassifiers();
 */
export function disposeIdleClassifiers(): void {
  for (const classifier of idle.splice(0)) classifier.dispose();
}
