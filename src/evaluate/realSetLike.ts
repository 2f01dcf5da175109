// Random real images with the class sizes of another set: what that set is to be compared with.
import { gather } from "../datasets/batches";
import { type Dataset, indicesByClass } from "../datasets/dataset";
import { developmentSplit } from "../datasets/development";
import type { Seed } from "../tensor/random";
import type { LabelledSet } from "./labelledSet";

/**
 * Draws from training images, class by class.
 *
 * @param part `fit`, those that models are fitted on, or the others, which no model has seen
 * @throws RangeError if a class of the set has more images than there are real ones
 */
export function realSetLike(
  labels: Int32Array,
  dataset: Dataset,
  part: "fit" | "heldOut",
  seed: Seed,
): LabelledSet {
  const members = trainByClass(dataset, part);
  const sizes = indicesByClass(labels, dataset.classes.length).map((places) => places.length);
  const chosen = sizes.flatMap((size, label) => {
    if (size > members[label].length)
      throw new RangeError(
        `Class "${dataset.classes[label]}" has ${size} images in the set, more than the ${members[label].length} real ones of the ${part === "fit" ? "fitted" : "held-out"} part`,
      );
    const order = seed.child(label).permutation(members[label].length).subarray(0, size);
    return [...order].map((k) => members[label][k]);
  });
  return {
    images: gather(dataset.train, dataset.shape, chosen),
    labels: Int32Array.from(sizes.flatMap((size, label) => new Array<number>(size).fill(label))),
  };
}

/** Whether each class has as many real images in the part as the set has of it. */
export function hasRealSetLike(labels: Int32Array, dataset: Dataset, part: "fit" | "heldOut"): boolean {
  const sizes = indicesByClass(labels, dataset.classes.length).map((places) => places.length);
  return trainByClass(dataset, part).every((members, label) => members.length >= sizes[label]);
}

/** Places in the train split, by class. */
export function trainByClass(dataset: Dataset, part: "fit" | "heldOut"): Int32Array[] {
  const places = developmentSplit(dataset)[part];
  const labels = Array.from(places, (i) => dataset.train.labels[i]);
  return indicesByClass(labels, dataset.classes.length).map((members) => members.map((k) => places[k]));
}
