// What a set tells of the labels of real images that no model has seen: the bound of information/setInformation.ts in
// the features of untrained networks, other ones than guide. A score of a set's prototype information that takes no
// training.
import { type Dataset, indicesByClass } from "../datasets/dataset";
import { fitSetBandwidth, kernelLogits, rowDistances, setInformation } from "../information/setInformation";
import { disposeFeatures, type FeatureMap, featuresOf, randomFeatures } from "../nn/randomFeatures";
import { type Tensor, type Tensor1D, type Tensor2D, tf } from "../tensor/engine";
import type { Seed } from "../tensor/random";
import type { LabelledSet } from "./labelledSet";
import { realSetLike, trainByClass } from "./realSetLike";
import { mean, standardDeviation } from "./statistics";

/** What a set tells of the labels of real images, in nats. */
export interface SetPrototypeAudit {
  /** Mean over the real images and the feature maps; at most ln C. */
  readonly bound: number;
  /** Of the mean over the real images. */
  readonly standardError: number;
}

/** Real images of each class that s^2 is fitted on, and that the bound is taken over. */
const FIT_IMAGES = 100;
const TEST_IMAGES = 200;
const MAPS = 3;

/** Measures sets against the same real images. */
export interface SetPrototypeMeter {
  /**
   * The bound of a set, mean over the feature maps; null if a class has no image, of which the set then tells nothing.
   * @param set at least one image
   */
  measure(set: LabelledSet): SetPrototypeAudit | null;
  /** Frees the networks and their view of the real images. */
  dispose(): void;
}

/** @param seed of the networks and of which real images are asked */
export function setPrototypeMeter(dataset: Dataset, seed: Seed): SetPrototypeMeter {
  const classes = dataset.classes.length;
  const fit = realRows(dataset, "fit", FIT_IMAGES, seed.child("fit"));
  const test = realRows(dataset, "heldOut", TEST_IMAGES, seed.child("test"));
  const maps = randomFeatures(dataset.shape, seed.child("features"), { maps: MAPS });
  const views = maps.map((map) => viewOf(map, fit, test));
  return {
    measure(set) {
      const members = indicesByClass(set.labels, classes);
      if (members.some((places) => places.length === 0)) return null;
      const told = views.map((view) => toldBy(view, set, members, fit.labels, test.labels));
      const values = Array.from(test.labels, (_, i) => mean(told.map((ofMap) => ofMap[i])));
      return { bound: mean(values), standardError: standardDeviation(values) / Math.sqrt(values.length) };
    },
    dispose() {
      disposeFeatures(maps);
      for (const { centre, fit, test } of views) tf.dispose([centre, fit, test]);
    },
  };
}

/** What a feature map sees of the real images. */
interface View {
  readonly map: FeatureMap;
  /** [F], of the images that s^2 is fitted on; the others are relative to it. */
  readonly centre: Tensor1D;
  /** [R, F]. */
  readonly fit: Tensor2D;
  readonly test: Tensor2D;
}

function viewOf(map: FeatureMap, fit: LabelledSet, test: LabelledSet): View {
  const tensors = tf.tidy(() => {
    const seen = featuresOf(map, fit.images);
    const centre = tf.mean<Tensor1D>(seen, 0);
    return {
      centre,
      fit: tf.sub<Tensor2D>(seen, centre),
      test: tf.sub<Tensor2D>(featuresOf(map, test.images), centre),
    };
  });
  return { map, ...tensors };
}

/** ln C + log q_S(y|x) of each real image of `test`, by one feature map. */
function toldBy(
  { map, centre, fit, test }: View,
  set: LabelledSet,
  members: readonly Int32Array[],
  fitLabels: Int32Array,
  testLabels: Int32Array,
): Float32Array {
  const values = tf.tidy(() => {
    const unit = 2 * tf.mean(tf.sum(tf.square(fit), 1)).dataSync<"float32">()[0];
    const own = tf.sub(featuresOf(map, set.images), centre);
    const classes = members.map((places) => tf.gather(own, int32(places)) as Tensor2D);
    const logits = (rows: Tensor2D, s2: number): Tensor =>
      tf.concat(
        classes.map((images) => kernelLogits(tf.expandDims(rowDistances(rows, images), 1), s2)),
        1,
      );
    const { s2 } = fitSetBandwidth((tried) => logits(fit, tried), int32(fitLabels), unit);
    return setInformation(logits(test, s2), int32(testLabels));
  });
  try {
    return values.dataSync<"float32">();
  } finally {
    values.dispose();
  }
}

function int32(labels: Int32Array): Tensor1D {
  return tf.tensor1d(labels, "int32");
}

/** Real training images, the same number of each class. */
function realRows(dataset: Dataset, part: "fit" | "heldOut", most: number, seed: Seed): LabelledSet {
  const count = Math.min(most, ...trainByClass(dataset, part).map((places) => places.length));
  const labels = Int32Array.from({ length: dataset.classes.length * count }, (_, i) => Math.floor(i / count));
  return realSetLike(labels, dataset, part, seed);
}
