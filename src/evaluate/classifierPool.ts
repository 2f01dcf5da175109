// Compiling a classifier costs seconds, so those that are not in use wait here for the next set of the same
// shape. Whoever borrows one has it alone: two evaluations at once never share one.
import type { Dataset } from "../datasets/dataset";
import { convNet } from "../nn/convNet";
import { ClassifierTraining, type ClassifierTrainingOptions } from "./classifierTraining";

/** What a compiled classifier is made for. */
export interface ClassifierPlan extends ClassifierTrainingOptions {
  readonly depth: number;
  readonly filters: number;
}

const MOST_IDLE = 2;
const idle: ClassifierTraining[] = [];
const plans = new WeakMap<ClassifierTraining, string>();

/** A classifier for the plan and the shape of the dataset, compiled before if one is idle. Start it with a seed. */
export function borrowClassifier(
  { depth, filters, steps, rate, weightDecay }: ClassifierPlan,
  dataset: Dataset,
): ClassifierTraining {
  const [height, width, channels] = dataset.shape;
  const config = {
    kind: "convnet",
    depth,
    filters,
    height,
    width,
    channels,
    classes: dataset.classes.length,
  } as const;
  const plan = JSON.stringify([config, steps, rate, weightDecay]);
  const place = idle.findIndex((classifier) => plans.get(classifier) === plan);
  if (place >= 0) return idle.splice(place, 1)[0];
  const classifier = new ClassifierTraining(convNet(config), { steps, rate, weightDecay });
  plans.set(classifier, plan);
  return classifier;
}

/** Ends a loan; the classifier that has been idle longest is freed when there are too many. */
export function giveBackClassifier(classifier: ClassifierTraining): void {
  idle.push(classifier);
  while (idle.length > MOST_IDLE) idle.shift()?.dispose();
}

/** Frees the idle classifiers, compiled graphs included. */
export function disposeIdleClassifiers(): void {
  for (const classifier of idle.splice(0)) classifier.dispose();
}
