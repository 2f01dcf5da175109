// What a set tells of the labels of real images that no model has seen: the bound of information/setInformation.ts in
// the features of untrained networks, other ones than guide. A score of a set's prototype information that takes no
// training.
import { gather } from "../datasets/batches";
import { type Dataset, indicesByClass } from "../datasets/dataset";
import { fitSetBandwidth, kernelLogits, rowDistances, setInformation } from "../information/setInformation";
import { disposeFeatures, type FeatureMap, randomFeatures } from "../nn/randomFeatures";
import type { ImageBatch } from "../tensor/batch";
import { type Tensor, type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../tensor/engine";
import type { Seed } from "../tensor/random";
import type { LabelledSet } from "./labelledSet";
import { trainByClass } from "./realSetLike";

/** Nats, at most ln C. */
export interface SetPrototypeAudit {
  readonly bound: number;
  /** Of the mean over the real images. */
  readonly standardError: number;
}

/** Real images of each class that s^2 is fitted on, and that the bound is taken over. */
const FIT_IMAGES = 100;
const TEST_IMAGES = 200;
const MAPS = 3;

interface RealRows {
  readonly images: ImageBatch;
  readonly labels: Int32Array;
}

/**
 * The bound of a set, mean over the feature maps; null if a class has no image, of which the set then tells nothing.
 *
 * @param set at least one image
 * @param seed of the networks and of which real images are asked
 */
export function auditSetPrototype(set: LabelledSet, dataset: Dataset, seed: Seed): SetPrototypeAudit | null {
  const members = indicesByClass(set.labels, dataset.classes.length);
  if (members.some((places) => places.length === 0)) return null;
  const fit = realRows(dataset, "fit", FIT_IMAGES, seed.child("fit"));
  const test = realRows(dataset, "heldOut", TEST_IMAGES, seed.child("test"));
  const maps = randomFeatures(dataset.shape, seed.child("features"), { maps: MAPS });
  try {
    const perImage = new Float64Array(test.labels.length);
    for (const map of maps)
      told(map, set, members, fit, test).forEach((value, i) => {
        perImage[i] += value / MAPS;
      });
    const bound = perImage.reduce((sum, value) => sum + value, 0) / perImage.length;
    const squares = perImage.reduce((sum, value) => sum + (value - bound) ** 2, 0);
    return { bound, standardError: Math.sqrt(squares / (perImage.length - 1) / perImage.length) };
  } finally {
    disposeFeatures(maps);
  }
}

/** ln C + log q_S(y|x) of each real image of `test`, by one feature map. */
function told(
  { network, weights }: FeatureMap,
  set: LabelledSet,
  members: readonly Int32Array[],
  fit: RealRows,
  test: RealRows,
): Float32Array {
  const see = ({ data, shape }: ImageBatch) =>
    network.features(weights, tf.tensor4d(data, [...shape]) as Tensor4D);
  let values: Float32Array = new Float32Array(0);
  tf.tidy(() => {
    const seen = see(fit.images);
    const centre = tf.mean(seen, 0);
    const points = tf.sub(seen, centre) as Tensor2D;
    const unit = 2 * (tf.mean(tf.sum(tf.square(points), 1)).dataSync()[0] as number);
    const own = tf.sub(see(set.images), centre) as Tensor2D;
    const classes = members.map((places) => tf.gather(own, int32(places)) as Tensor2D);
    const logits = (rows: Tensor2D, s2: number): Tensor =>
      tf.concat(
        classes.map((images) => kernelLogits(tf.expandDims(rowDistances(rows, images), 1), s2)),
        1,
      );
    const { s2 } = fitSetBandwidth((tried) => logits(points, tried), int32(fit.labels), unit);
    const others = tf.sub(see(test.images), centre) as Tensor2D;
    values = setInformation(logits(others, s2), int32(test.labels)).dataSync() as Float32Array;
  });
  return values;
}

function int32(labels: Int32Array): Tensor1D {
  return tf.tensor1d(labels, "int32");
}

/** Real training images, the same number of each class. */
function realRows(dataset: Dataset, part: "fit" | "heldOut", most: number, seed: Seed): RealRows {
  const members = trainByClass(dataset, part);
  const count = Math.min(most, ...members.map((places) => places.length));
  const chosen = members.flatMap((places, label) =>
    [...seed.child(label).permutation(places.length).subarray(0, count)].map((k) => places[k]),
  );
  return {
    images: gather(dataset.train, dataset.shape, chosen),
    labels: Int32Array.from(chosen, (_, i) => Math.floor(i / count)),
  };
}
