// Whether images of a set are copies of training images.
//
// The yardstick is what real images do: the distance of held-out training images to the nearest of the others. An
// image of the set that lies nearer to a training image than all but 1 % of them do is called a near-copy, so that
// one in a hundred new real images would be called one too.
import { gather } from "../datasets/batches";
import type { Dataset } from "../datasets/dataset";
import { developmentSplit } from "../datasets/development";
import type { ImageBatch } from "../tensor/batch";
import { pause } from "../tensor/pause";
import { Seed } from "../tensor/random";
import { eachDistanceRow } from "./distanceRows";

/** The training image nearest to an image of the set. */
export interface NearestImage {
  /** Place in the train split. */
  readonly source: number;
  /** Root mean square over the values, on [-1, 1]; 0 for an exact copy. */
  readonly distance: number;
}

/** How near the images of a set come to training images, and to each other. */
export interface Copies {
  /** One for each image of the set. */
  readonly nearest: readonly NearestImage[];
  /** Of the images of the set, nearest distance zero. */
  readonly exact: number;
  /** Below the threshold, exact ones included. */
  readonly near: number;
  /** The 1 % quantile of the nearest distances of held-out images; unit as `NearestImage.distance`. */
  readonly threshold: number;
  /** Their median. */
  readonly typical: number;
  /** Pairs of equal images inside the set. */
  readonly twins: number;
}

/** Training images that are compared at once. */
const PART = 5000;
/** Held-out images of the yardstick. */
const YARDSTICK = 500;
const QUANTILE = 0.01;

/** @param images of the set, sizes as the dataset has */
export async function nearCopies(
  images: ImageBatch,
  dataset: Dataset,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<Copies> {
  const { fit, heldOut } = developmentSplit(dataset);
  const everything = Int32Array.from({ length: dataset.train.count }, (_, i) => i);
  const order = new Seed("near copies").child(dataset.name).permutation(heldOut.length);
  const chosen = order.subarray(0, YARDSTICK).map((k) => heldOut[k]);
  const total = everything.length + fit.length;
  const nearest = await nearestImages(images, dataset, everything, (done) => onProgress(done, total));
  const real = await nearestImages(gather(dataset.train, dataset.shape, chosen), dataset, fit, (done) =>
    onProgress(everything.length + done, total),
  );
  const sorted = real.map(({ distance }) => distance).sort((a, b) => a - b);
  const threshold = sorted[Math.floor(QUANTILE * sorted.length)];
  return {
    nearest,
    exact: nearest.filter(({ distance }) => distance === 0).length,
    near: nearest.filter(({ distance }) => distance === 0 || distance < threshold).length,
    threshold,
    typical: sorted[Math.floor(sorted.length / 2)],
    twins: countTwins(images),
  };
}

/** The nearest of the given training images, found fast and then measured exactly. */
async function nearestImages(
  images: ImageBatch,
  dataset: Dataset,
  among: Int32Array,
  onProgress: (done: number) => void,
): Promise<NearestImage[]> {
  const count = images.shape[0];
  const size = images.data.length / count;
  const least = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const source = new Int32Array(count);
  for (let from = 0; from < among.length; from += PART) {
    const part = among.subarray(from, from + PART);
    const { data } = gather(dataset.train, dataset.shape, part);
    eachDistanceRow(images.data, data, size, (i, squares) => {
      for (let j = 0; j < squares.length; j++)
        if (squares[j] < least[i]) {
          least[i] = squares[j];
          source[i] = part[j];
        }
    });
    onProgress(Math.min(among.length, from + PART));
    await pause();
  }
  return Array.from(source, (place, i) => {
    const { data } = gather(dataset.train, dataset.shape, [place]);
    let square = 0;
    for (let c = 0; c < size; c++) square += (images.data[i * size + c] - data[c]) ** 2;
    return { source: place, distance: Math.sqrt(square / size) };
  });
}

function countTwins({ data, shape: [count] }: ImageBatch): number {
  const size = data.length / count;
  const seen = new Map<string, number>();
  let pairs = 0;
  for (let i = 0; i < count; i++) {
    const key = data.subarray(i * size, (i + 1) * size).join();
    const before = seen.get(key) ?? 0;
    pairs += before;
    seen.set(key, before + 1);
  }
  return pairs;
}
