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
 * @param draw draws of one seed have no image in common
 * @throws RangeError if a class of the set has more images than there are real ones that no earlier draw has
 */
export function realSetLike(
  labels: Int32Array,
  dataset: Dataset,
  part: "fit" | "heldOut",
  seed: Seed,
  draw = 0,
): LabelledSet {
  const members = trainByClass(dataset, part);
  const sizes = indicesByClass(labels, dataset.classes.length).map((places) => places.length);
  const chosen = sizes.flatMap((size, label) => {
    const left = members[label].length - draw * size;
    if (size > left)
      throw new RangeError(
        `Class "${dataset.classes[label]}" has ${size} images in the set, more than the ${left} real ones of the ${part === "fit" ? "fitted" : "held-out"} part`,
      );
    const order = seed.child(label).permutation(members[label].length);
    return Array.from(order.subarray(draw * size, (draw + 1) * size), (k) => members[label][k]);
  });
  return {
    images: gather(dataset.train, dataset.shape, chosen),
    labels: Int32Array.from(sizes.flatMap((size, label) => new Array<number>(size).fill(label))),
  };
}

/** How many real sets like it the part has that share no image. */
export function realSetsLike(labels: Int32Array, dataset: Dataset, part: "fit" | "heldOut"): number {
  const sizes = indicesByClass(labels, dataset.classes.length).map((places) => places.length);
  const times = trainByClass(dataset, part).map(({ length }, label) => length / sizes[label]);
  return Math.floor(Math.min(...times));
}

/** Places in the train split, by class. */
export function trainByClass(dataset: Dataset, part: "fit" | "heldOut"): Int32Array[] {
  const places = developmentSplit(dataset)[part];
  const labels = Array.from(places, (i) => dataset.train.labels[i]);
  return indicesByClass(labels, dataset.classes.length).map((members) => members.map((k) => places[k]));
}
