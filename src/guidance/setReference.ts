// What the set-level prototype term holds a set against: real images of each class, and images that stand for the
// classes which are not being judged, both in the features of several networks.
import { fitSetBandwidth, kernelLogits, rowDistances } from "../information/setInformation";
import type { ImageClassifier } from "../nn/imageClassifier";
import { type FeatureMap, featuresOf } from "../nn/randomFeatures";
import { concatBatches, type ImageBatch } from "../tensor/batch";
import { type Tensor, type Tensor2D, tf } from "../tensor/engine";

export interface SetReferenceOptions {
  /** Classes that are told apart, by index: all classes of the set, and others that it must not be taken for. */
  readonly classes: readonly number[];
  /** Real images of each of them, equally many. */
  readonly real: readonly ImageBatch[];
  /**
   * Images that stand for each of them while another class is judged, as many as a set has of a class: its k-means
   * centres. Each class of a set so has a value of its own, whichever classes are sampled together.
   */
  readonly standIns: readonly ImageBatch[];
}

export interface SetReference {
  /** Of each feature map. */
  readonly networks: readonly ImageClassifier[];
  /**
   * Owned by the holder: `classes` [C]; `labels` [R] of the real images, as places in that list; and for map k its
   * `k/weights/PATH`, `k/centre` [F], `k/points` [R, F] of the real images, `k/others` [R, C], the log-kernels of the
   * stand-ins, and `k/s2`, a scalar.
   */
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/**
 * Looks at the images through every map, and fits s^2 of each on the stand-ins.
 *
 * @param maps at least one
 * @throws RangeError if the options do not fit together
 * @example
 * const classes = dataset.classes.map((_, label) => label);
 * const reference = setReference(randomFeatures(dataset.shape, new Seed(0)), {
 *   classes,
 *   real: classes.map((label) => distiller.classContext.realImages(label, "set", 100)),
 *   standIns: classes.map((label) => distiller.classContext.prototypes([label], 2)),
 * });
 */
export function setReference(maps: readonly FeatureMap[], options: SetReferenceOptions): SetReference {
  const { classes, real, standIns } = options;
  const counts = (batches: readonly ImageBatch[]) => batches.map(({ shape }) => shape[0]);
  const perClass = counts(real)[0] ?? 0;
  const same = (found: number[]) => found.length === classes.length && found.every((n) => n === found[0]);
  if (maps.length === 0 || perClass === 0 || !same(counts(real)) || !same(counts(standIns)))
    throw new RangeError(
      "setReference: expected a feature map, and for each class equally many real images and equally many stand-ins; " +
        `found ${maps.length} maps, ${classes.length} classes, ${counts(real).join(" ") || "no"} real images, ` +
        `${counts(standIns).join(" ") || "no"} stand-ins.`,
    );
  const labels = Int32Array.from({ length: classes.length * perClass }, (_, i) => Math.floor(i / perClass));
  const tensors: Record<string, Tensor> = {
    classes: tf.tensor1d(Int32Array.from(classes), "int32"),
    labels: tf.tensor1d(labels, "int32"),
  };
  const seen = { real: concatBatches(real), standIns: concatBatches(standIns), classes: classes.length };
  for (const [k, map] of maps.entries()) {
    for (const [name, tensor] of Object.entries(see(map, seen, tensors.labels)))
      tensors[`${k}/${name}`] = tensor;
    for (const [path, weight] of Object.entries(map.weights))
      tensors[`${k}/weights/${path}`] = tf.clone(weight);
  }
  return { networks: maps.map(({ network }) => network), tensors };
}

/** Frees the tensors. */
export function disposeReference({ tensors }: SetReference): void {
  tf.dispose({ ...tensors });
}

function see(
  map: FeatureMap,
  { real, standIns, classes }: { real: ImageBatch; standIns: ImageBatch; classes: number },
  labels: Tensor,
): { centre: Tensor; points: Tensor; others: Tensor; s2: Tensor } {
  const { centre, points, distances, spread } = tf.tidy(() => {
    const features = featuresOf(map, real);
    // Distances do not change by a common shift, but are more exact near the origin.
    const centre = tf.mean(features, 0);
    const points = tf.sub(features, centre) as Tensor2D;
    const others = tf.sub(featuresOf(map, standIns), centre) as Tensor2D;
    const distances = rowDistances(points, others).reshape([points.shape[0], classes, -1]);
    return { centre, points, distances, spread: tf.mean(tf.sum(tf.square(points), 1)) };
  });
  const unit = 2 * (spread.dataSync()[0] as number);
  const { s2 } = fitSetBandwidth((tried) => kernelLogits(distances, tried), labels, unit);
  const others = tf.tidy(() => kernelLogits(distances, s2));
  tf.dispose([distances, spread]);
  return { centre, points, others, s2: tf.scalar(s2) };
}
