// Batches of a split: bytes become values in [-1, 1] only when a batch is taken, so a dataset stays small.

import { type ImageBatch, valuesFromBytes } from "../tensor/batch";
import type { Seed } from "../tensor/random";
import { type Dataset, indicesByClass, type Split } from "./dataset";

/**
 * The images at `indices` as an NHWC batch with values in [-1, 1]; latents as they are.
 *
 * @param split such as `dataset.train`
 * @param shape of one image, that of the dataset
 * @param indices places in the split, in any order and more than once if wanted
 * @returns a copy, [N, H, W, C]
 * @throws RangeError for an index outside the split
 * @example
 * const first = igds.datasets.gather(dataset.train, dataset.shape, [0, 1, 2, 3]);
 * first.shape; // [4, 28, 28, 1]
 */
export function gather(split: Split, shape: Dataset["shape"], indices: ArrayLike<number>): ImageBatch {
  const [height, width, channels] = shape;
  const size = height * width * channels;
  const data = new Float32Array(indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    const index = checkedIndex(split, indices[i]!);
    const [from, to] = [index * size, (index + 1) * size];
    if (split.values) data.set(split.values.subarray(from, to), i * size);
    else valuesFromBytes(split.images.subarray(from, to), data, i * size);
  }
  return { data, shape: [indices.length, height, width, channels] };
}

/**
 * The labels at `indices`.
 *
 * @param split such as `dataset.train`
 * @param indices places in the split, in any order
 * @returns class index of each, in the order of `indices`
 * @throws RangeError for an index outside the split
 * @example igds.datasets.gatherLabels(dataset.train, [0, 1, 2]); // the classes of the first three images
 */
export function gatherLabels(split: Split, indices: ArrayLike<number>): Int32Array {
  return Int32Array.from(
    { length: indices.length },
    (_, i) => split.labels[checkedIndex(split, indices[i]!)]!,
  );
}

/** One batch of an epoch: where it stands, and which images it holds. */
export interface IndexBatch {
  /** Walks through all images that are finished: 0 in the first. */
  readonly epoch: number;
  /** Steps since the very first batch, over all epochs. */
  readonly step: number;
  /** Places of the images in their split. */
  readonly indices: Int32Array;
}

/** Options of `batches`. */
export interface BatchOptions {
  readonly batchSize: number;
  readonly seed: Seed;
  /** Default: without end. */
  readonly epochs?: number;
  /** Leave out the smaller last batch of an epoch, so that every batch has the same shape. Default: false. */
  readonly dropLast?: boolean;
  /** Begin at this step, as a resumed training does; the batches are those of the unbroken run. Default: 0. */
  readonly startStep?: number;
  /** The order of an epoch, as places in `indices`. Default: a uniformly drawn one. */
  readonly order?: (seed: Seed, count: number) => Int32Array;
}

/**
 * Walks through `indices` epoch after epoch, each in its own order: the order of epoch e comes from
 * `seed.child(e)` alone.
 * @throws RangeError if there would never be a batch, or for numbers that are not whole.
 */
export function* batches(
  indices: ArrayLike<number>,
  options: BatchOptions,
): Generator<IndexBatch, void, undefined> {
  const { batchSize, seed, epochs = Number.POSITIVE_INFINITY, dropLast = false, startStep = 0 } = options;
  const orderOf = options.order ?? ((draw: Seed, count: number) => draw.permutation(count));
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`The batch size must be a whole number >= 1, found ${batchSize}`);
  }
  if (!Number.isInteger(startStep) || startStep < 0)
    throw new RangeError(`The first step must be a whole number >= 0, found ${startStep}`);
  if (epochs !== Number.POSITIVE_INFINITY && !(Number.isInteger(epochs) && epochs >= 1))
    throw new RangeError(`Epochs must be a whole number >= 1, found ${epochs}`);
  const perEpoch = (dropLast ? Math.floor : Math.ceil)(indices.length / batchSize);
  if (perEpoch === 0) {
    throw new RangeError(`${indices.length} images give no batch of ${batchSize}: use a smaller batch size`);
  }
  for (let epoch = Math.floor(startStep / perEpoch); epoch < epochs; epoch++) {
    const order = orderOf(seed.child(epoch), indices.length);
    const first = Math.max(0, startStep - epoch * perEpoch);
    for (let batch = first; batch < perEpoch; batch++) {
      const places = order.subarray(batch * batchSize, (batch + 1) * batchSize);
      yield { epoch, step: epoch * perEpoch + batch, indices: places.map((place) => indices[place]!) };
    }
  }
}

/**
 * The batches of `batches` by their step.
 * @returns the indices of a step; asking for the steps in order is fast, any other order works as well
 * @throws RangeError if there would never be a batch
 */
export function batchAt(
  indices: ArrayLike<number>,
  options: Omit<BatchOptions, "startStep" | "epochs">,
): (step: number) => Int32Array {
  let next = 0;
  let order = batches(indices, options);
  return (step) => {
    if (step !== next) order = batches(indices, { ...options, startStep: step });
    next = step + 1;
    return (order.next().value as IndexBatch).indices;
  };
}

/**
 * Splits the images in two, the same fraction of each class held out (at least one image where a class has
 * two or more). Both lists are in ascending order.
 * @throws RangeError unless 0 < fraction < 1.
 */
export function holdOut(
  split: Pick<Split, "labels" | "count">,
  fraction: number,
  seed: Seed,
): { train: Int32Array; heldOut: Int32Array } {
  if (!(fraction > 0 && fraction < 1)) {
    throw new RangeError(`The fraction held out must lie between 0 and 1, found ${fraction}`);
  }
  const isHeldOut = new Uint8Array(split.count);
  let classCount = 0;
  for (const label of split.labels) classCount = Math.max(classCount, label + 1);
  indicesByClass(split.labels, classCount).forEach((members, label) => {
    const order = seed.child("held out", label).permutation(members.length);
    const count = Math.min(members.length - 1, Math.max(1, Math.round(members.length * fraction)));
    for (let i = 0; i < count; i++) isHeldOut[members[order[i]!]!] = 1;
  });
  const all = Int32Array.from({ length: split.count }, (_, i) => i);
  return { train: all.filter((i) => !isHeldOut[i]), heldOut: all.filter((i) => isHeldOut[i] === 1) };
}

function checkedIndex(split: Split, index: number): number {
  if (!Number.isInteger(index) || index < 0 || index >= split.count) {
    throw new RangeError(`An image index must lie in 0 .. ${split.count - 1}, found ${index}`);
  }
  return index;
}
