// Selection in a feature space: what the last layer of the dataset's reference classifier sees.
//
// The classifier is a ConvNet-3 trained on the real training images alone (data/checkpoints, `referenceFile`); the
// manifest of a set records its hash. It neither guides sampling nor scores sets.
import { gather } from "../datasets/batches";
import type { Dataset } from "../datasets/dataset";
import type { FrozenClassifier } from "../nn/frozenClassifier";
import { pause } from "../tensor/pause";
import type { ProgressEvent } from "../tensor/progress";
import { membersByClass, type Selection } from "./selectRandom";

/**
 * Picks `count` rows of one class. Both known rules are greedy, so that the set of a small IPC begins that of a
 * larger one, and need no seed.
 *
 * @param points features of the images of a class, row by row, N x `dimension`
 * @returns places among the rows, in the order they were picked
 */
export type FeatureRule = (points: Float32Array, dimension: number, count: number) => Int32Array;

/** Images whose features are computed between two looks at the event loop. */
const PART = 500;

/**
 * Applies a rule to each class of the training images.
 *
 * @param among places in the train split to choose from
 * @param onProgress called after each class
 * @throws RangeError if a class has fewer than `ipc` images
 */
export async function selectByFeatures(
  dataset: Dataset,
  classifier: FrozenClassifier,
  rule: FeatureRule,
  ipc: number,
  among?: ArrayLike<number>,
  onProgress: (event: ProgressEvent) => void = () => {},
): Promise<Selection> {
  const { train, shape, classes } = dataset;
  const dimension = classifier.network.featureCount;
  const selection: Int32Array[] = [];
  for (const members of membersByClass(train, classes, ipc, among)) {
    const points = new Float32Array(members.length * dimension);
    for (let from = 0; from < members.length; from += PART) {
      const part = gather(train, shape, members.subarray(from, from + PART));
      points.set(classifier.features(part), from * dimension);
      await pause();
    }
    selection.push(rule(points, dimension, ipc).map((place) => members[place]!));
    onProgress({ label: "selection by features", done: selection.length, total: classes.length });
    await pause();
  }
  return selection;
}
