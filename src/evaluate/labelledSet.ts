// A labelled set, distilled or selected, as the evaluation takes it, and what may be wrong with it.
import type { Dataset } from "../datasets/dataset";
import { bytesFromValues, type ImageBatch, valuesFromBytes } from "../tensor/batch";

/** Images with one class index each. */
export interface LabelledSet {
  /** NHWC, values in [-1, 1]. */
  readonly images: ImageBatch;
  /** Class index of each image. */
  readonly labels: Int32Array;
  /** Soft labels to train on instead: a distribution over the classes per image, row by row, N x classes. */
  readonly targets?: Float32Array;
}

/** How far beyond [-1, 1] a value may lie: samplers overshoot a little, bytes 0 .. 255 lie far outside. */
const OVERSHOOT = 1;

/**
 * Checks that a set can be used with a dataset.
 * @param size `any`: the images are brought to another size later, so that only their channels must be the dataset's
 * @throws RangeError naming what is wrong: sizes, counts, labels, values, or a single class.
 */
export function checkLabelledSet(set: LabelledSet, dataset: Dataset, size: "same" | "any" = "same"): void {
  const { images, labels } = set;
  const [, height, width] = images.shape;
  checkImages(images, size === "any" ? [height, width, dataset.shape[2]] : dataset.shape);
  if (labels.length !== images.shape[0])
    throw new RangeError(
      `A set needs one label per image, found ${images.shape[0]} images and ${labels.length} labels`,
    );
  const classes = dataset.classes.length;
  const wrong = labels.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < classes));
  if (wrong >= 0)
    throw new RangeError(
      `Labels must be class indices of ${dataset.name}, 0 .. ${classes - 1}; label ${wrong} is ${labels[wrong]}`,
    );
  if (set.targets) checkTargets(set.targets, labels.length, classes);
  const present = new Set(labels).size;
  if (present < 2)
    throw new RangeError(
      `A classifier needs images of at least 2 classes, found ${present === 0 ? "no image" : `only class ${labels[0]} (${dataset.classes[labels[0]]})`}`,
    );
}

/**
 * Checks the shape and the values of images.
 * @throws RangeError naming the first value that is not a finite number near [-1, 1].
 */
export function checkImages(images: ImageBatch, shape: Dataset["shape"]): void {
  const [count, ...size] = images.shape;
  if (size.join() !== shape.join())
    throw new RangeError(`Images must be ${shape.join(" x ")} like the dataset, found ${size.join(" x ")}`);
  const pixels = shape[0] * shape[1] * shape[2];
  if (images.data.length !== count * pixels)
    throw new RangeError(
      `${count} images of ${shape.join(" x ")} are ${count * pixels} values, found ${images.data.length}`,
    );
  for (let i = 0; i < images.data.length; i++)
    if (!(Math.abs(images.data[i]) <= 1 + OVERSHOOT))
      throw new RangeError(
        `Images must hold numbers in [-1, 1]; image ${Math.floor(i / pixels)} has ${images.data[i]} at value ${i % pixels}` +
          (Number.isFinite(images.data[i]) ? ". Bytes become such numbers by byte / 127.5 - 1" : ""),
      );
}

/** The images as they are when they have been written to files and read again. */
export function roundToBytes({ data, shape }: ImageBatch): ImageBatch {
  const rounded = new Float32Array(data.length);
  valuesFromBytes(bytesFromValues(data), rounded);
  return { data: rounded, shape };
}

/** Soft labels must be distributions. */
function checkTargets(targets: Float32Array, count: number, classes: number): void {
  if (targets.length !== count * classes)
    throw new RangeError(
      `Soft labels must be ${count} x ${classes} numbers, one row per image, found ${targets.length}`,
    );
  for (let i = 0; i < count; i++) {
    const row = targets.subarray(i * classes, (i + 1) * classes);
    const sum = row.reduce((total, share) => total + share, 0);
    if (!(Math.abs(sum - 1) < 1e-3) || row.some((share) => share < 0))
      throw new RangeError(
        `Soft labels must be shares that add up to 1; those of image ${i} add up to ${sum}`,
      );
  }
}
