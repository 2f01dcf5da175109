// Images that are read one at a time from wherever they lie: files, shards, memory. What is too large for
// memory is streamed from such a list, and what is not is loaded from it whole.

import { constants } from "node:buffer";
import { createHash } from "node:crypto";
import { totalmem } from "node:os";
import type { ProgressEvent } from "../tensor/progress";
import { type Dataset, DatasetError, type Labels, type Split } from "./dataset";

/** One split. */
export interface ImageList {
  /** Number of images. */
  readonly count: number;
  /** Class index of each image. */
  readonly labels: Labels;
  /** The height * width * channels bytes of an image. @throws DatasetError that names the damaged file */
  read(index: number): Promise<Uint8Array>;
  /**
   * Neighbours that lie in one piece of a file, which is read whole for any of them. Absent: each on its own.
   */
  readonly blocks?: ImageBlocks;
  /**
   * A text that changes with the images, from what is cheap to look at: names and sizes of files, and how they are cut.
   */
  identify(): Promise<string>;
}

/** Pieces of a file. */
export interface ImageBlocks {
  /** The first image of each piece, ascending, from 0. */
  readonly starts: Int32Array;
  /** How many pieces may be held at once. */
  readonly together: number;
}

/** As `Dataset`, with splits that are not in memory. */
export interface ListedDataset extends Omit<Dataset, "train" | "test"> {
  /** As `Dataset.train`. */
  readonly train: ImageList;
  /** As `Dataset.test`. */
  readonly test: ImageList;
}

/** How many images are read at once where nothing else says so: enough for all threads of sharp. */
const READ_AHEAD = 16;

/**
 * The images at `indices`, in that order, with up to `ahead` of them being read or waiting to be taken.
 * @throws whatever reading throws, when the turn of that image comes
 */
export async function* readInOrder(
  list: ImageList,
  indices: Iterable<number>,
  ahead = READ_AHEAD,
): AsyncGenerator<Uint8Array, void, undefined> {
  const waiting: Promise<Uint8Array>[] = [];
  for (const index of indices) {
    const image = list.read(index);
    image.catch(() => {}); // reported when its turn comes, and not at all if nobody waits for it any more
    waiting.push(image);
    if (waiting.length > ahead) yield await waiting.shift()!;
  }
  while (waiting.length > 0) yield await waiting.shift()!;
}

/**
 * Reads both splits into memory.
 * @throws DatasetError if an image is damaged, or if the whole does not fit
 */
export async function loadLists(
  { train, test, ...listed }: ListedDataset,
  onProgress?: (event: ProgressEvent) => void,
): Promise<Dataset> {
  checkFits(listed, train.count, test.count);
  const splitOf = async (list: ImageList, label: string): Promise<Split> => {
    const pixels = pixelsOf(listed.shape);
    const images = new Uint8Array(list.count * pixels);
    const order = Int32Array.from({ length: list.count }, (_, i) => i);
    let done = 0;
    for await (const image of readInOrder(list, order)) {
      images.set(image, done++ * pixels);
      if (done % 64 === 0 || done === list.count)
        onProgress?.({ label: `${listed.name} ${label} images`, done, total: list.count });
    }
    return { images, labels: list.labels, count: list.count };
  };
  return { ...listed, train: await splitOf(train, "training"), test: await splitOf(test, "test") };
}

/**
 * A dataset in memory as lists, for what takes lists.
 * @throws DatasetError for latents, which are no images
 */
export function listsOf({ train, test, ...dataset }: Dataset): ListedDataset {
  const pixels = pixelsOf(dataset.shape);
  if (train.values)
    throw new DatasetError(
      `${dataset.name}: expected images, found latents, which are in memory: take them by gather.`,
    );
  const listOf = ({ images, labels, count }: Split): ImageList => ({
    count,
    labels,
    read: async (index) => images.subarray(index * pixels, (index + 1) * pixels),
    identify: async () => createHash("sha256").update(images).update(labels).digest("hex"),
  });
  return { ...dataset, train: listOf(train), test: listOf(test) };
}

const pixelsOf = ([height, width, channels]: Dataset["shape"]): number => height * width * channels;

function checkFits({ name, shape }: Pick<Dataset, "name" | "shape">, train: number, test: number): void {
  const bytes = (count: number) => count * pixelsOf(shape);
  const all = bytes(train) + bytes(test);
  const gigabytes = (value: number) => `${(value / 1e9).toFixed(1)} GB`;
  if (bytes(Math.max(train, test)) <= constants.MAX_LENGTH && all <= 0.8 * totalmem()) return;
  throw new DatasetError(
    `${name}: ${train + test} images of ${shape.join(" x ")} are ${gigabytes(all)}; expected at most ` +
      `${gigabytes(constants.MAX_LENGTH)} in a split and 80 % of this machine's ${gigabytes(totalmem())} in all. ` +
      "Choose a smaller size, or stream the images: streamBatches(await listDataset(name), options).",
  );
}
