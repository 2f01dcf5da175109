// Batches of images that are not in memory. sharp decodes in its own threads; so many images are asked for
// ahead that the next batch is decoded while this one is computed with, and no more.

import { type ImageBatch, valuesFromBytes } from "../tensor/batch";
import { Seed, type SeedLike } from "../tensor/random";
import { batches, type IndexBatch } from "./batches";
import type { Dataset } from "./dataset";
import { type ImageList, type ListedDataset, listsOf, readInOrder } from "./imageList";

/** Options of `streamBatches`. */
export interface StreamOptions {
  /** Images in a batch. */
  readonly batchSize: number;
  /** Default: "train". */
  readonly split?: "train" | "test";
  /** Shuffles; each epoch in its own order. Default: none, the order of the list. */
  readonly seed?: SeedLike;
  /** Default: 1. */
  readonly epochs?: number;
  /** Leave out the smaller last batch of an epoch. Default: false. */
  readonly dropLast?: boolean;
  /** Only images of these classes; labels stay as they are. Default: all. */
  readonly classes?: readonly number[];
  /**
   * Begin at this step, as a resumed training does; the batches are those of the unbroken run. Default: 0.
   */
  readonly startStep?: number;
  /** Images read ahead of the batch that is waited for. Default: one batch. */
  readonly ahead?: number;
}

/** One batch of a stream. */
export interface StreamedBatch extends IndexBatch {
  /** NHWC, values in [-1, 1]. */
  readonly images: ImageBatch;
  /** Class index of each image. */
  readonly labels: Int32Array;
}

/**
 * Walks through a split, reading images as they are needed: memory holds `batchSize + ahead` images, however
 * many there are, and of Parquet files some row groups as well (256 MB, or one that is larger). The same seed gives
 * the same batches, in memory or not, except of Parquet files, which are shuffled within so many row groups; leaving
 * the loop stops the reading.
 *
 * @param dataset a listed dataset, or one in memory
 * @throws RangeError if there would never be a batch, or for numbers that are not whole; DatasetError naming an image that is damaged, or for latents
 * @example
 * const pictures = await igds.datasets.listDataset("image-folder", { folder: "my-pictures", size: 28 });
 * for await (const { images, labels } of igds.datasets.streamBatches(pictures, { batchSize: 8, seed: 0 })) {
 *   console.log(images.shape, labels); // at most 8 images with values in [-1, 1], and their classes
 * }
 */
export async function* streamBatches(
  dataset: Dataset | ListedDataset,
  options: StreamOptions,
): AsyncGenerator<StreamedBatch, void, undefined> {
  const { batchSize, split = "train", epochs = 1, ahead = batchSize, dropLast, startStep } = options;
  const list = (isListed(dataset) ? dataset : listsOf(dataset))[split];
  const places = placesOf(list, options.classes);
  const seed = Seed.of(options.seed ?? 0);
  const order =
    options.seed === undefined ? inOrder : list.blocks && ((draw: Seed) => shuffleBlocks(list, places, draw));
  const plan = (): Generator<IndexBatch> =>
    batches(places, {
      batchSize,
      seed,
      epochs,
      ...(dropLast === undefined ? {} : { dropLast }),
      ...(startStep === undefined ? {} : { startStep }),
      ...(order ? { order } : {}),
    });
  const [height, width, channels] = dataset.shape;
  const size = height * width * channels;
  // The plan is walked twice, by what reads ahead and by what puts the batches together.
  const images = readInOrder(list, indicesOf(plan()), ahead);
  for (const batch of plan()) {
    const data = new Float32Array(batch.indices.length * size);
    for (let i = 0; i < batch.indices.length; i++) {
      const { value } = await images.next();
      valuesFromBytes(value!, data, i * size);
    }
    const labels = batch.indices.map((index) => list.labels[index]!);
    yield { ...batch, images: { data, shape: [batch.indices.length, height, width, channels] }, labels };
  }
}

const isListed = (dataset: Dataset | ListedDataset): dataset is ListedDataset => "read" in dataset.train;

function* indicesOf(plan: Iterable<IndexBatch>): Generator<number> {
  for (const { indices } of plan) yield* indices;
}

function placesOf(list: ImageList, classes: readonly number[] | undefined): Int32Array {
  const all = Int32Array.from({ length: list.count }, (_, i) => i);
  if (!classes) return all;
  const wanted = new Set(classes);
  return all.filter((i) => wanted.has(list.labels[i]!));
}

const inOrder = (_: Seed, count: number): Int32Array => Int32Array.from({ length: count }, (__, i) => i);

/**
 * An order in which few pieces of files are needed at a time: the pieces are shuffled, then the images of
 * each group of so many pieces as may be held at once.
 */
function shuffleBlocks({ blocks, count }: ImageList, places: Int32Array, seed: Seed): Int32Array {
  const { starts, together } = blocks!;
  const members = Array.from(starts, (): number[] => []);
  let block = 0;
  places.forEach((place, i) => {
    while (place >= (starts[block + 1] ?? count)) block++;
    members[block]!.push(i);
  });
  const order: number[] = [];
  const drawn = seed.child("blocks").permutation(starts.length);
  for (let first = 0; first < drawn.length; first += together) {
    const group = Array.from(drawn.subarray(first, first + together)).flatMap((one) => members[one]!);
    for (const i of seed.child("within", first).permutation(group.length)) order.push(group[i]!);
  }
  return Int32Array.from(order);
}
