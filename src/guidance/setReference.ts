// What the set term holds a set against: real images of each class in the features of several networks,
// and images that stand for the classes which are told apart but not sampled.
import type { ImageClassifier } from "../nn/imageClassifier";
import type { Weights } from "../nn/parameters";
import { type FeatureMap, featuresOf } from "../nn/randomFeatures";
import { concatBatches, type ImageBatch, sliceBatch } from "../tensor/batch";
import { compile } from "../tensor/compile";
import { type Tensor, type Tensor2D, type Tensor4D, tf } from "../tensor/engine";
import { Seed } from "../tensor/random";

/** What a set is held against. */
export interface SetReferenceOptions {
  /** Classes that are told apart, by index: all classes of the set, and others that it must not be taken for. */
  readonly classes: readonly number[];
  /** Real images of each of them, equally many. */
  readonly real: readonly ImageBatch[];
  /** Of the classes that are not sampled: images that the set is joined by. Default: none. */
  readonly standIns?: readonly { readonly label: number; readonly images: ImageBatch }[];
}

/** Real images as feature maps see them, and what else the set term needs. */
export interface SetReference {
  /** Labels of the classes that are told apart. */
  readonly classes: readonly number[];
  /** Of the maps that look at one step, in the order of each group. */
  readonly networks: readonly ImageClassifier[];
  /** Number of groups of maps, G. */
  readonly groups: number;
  /** Which group looks at time step t. */
  groupAt(t: number): number;
  /**
   * Owned by the holder: `classes` [C]; `labels` [R] of the real images of a group, as places in that list; `standIns` [Z],
   * as such places, too; and for map k of all groups G `k/weights/PATH` [G, ...], `k/centre` [G, F], `k/points` [G, R, F]
   * of the real images, `k/standIns` [G, Z, F] and `k/s2` [G]. Without stand-ins those two are not there.
   */
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** Real images of each class that a group looks at, at least, where there are as many. */
const FEWEST_AT_ONCE = 100;

/**
 * Looks at the images through every map. s^2 of each is the mean squared distance between real images: so wide a kernel
 * that all images of a set weigh on what is said of a real one.
 *
 * @param groups of feature maps: one group looks at each step, at a part of the real images; the parts overlap only
 *   where there are fewer than a hundred of a class for each; maps at the same place of their groups have the same
 *   network
 * @returns what `setPrototype` takes; the maps' weights are copied, its tensors are the caller's to dispose of
 * @throws RangeError if the options do not fit together, or all real images are equal
 * @example
 * const classes = dataset.classes.map((_, label) => label);
 * const real = classes.map((label) => distiller.classContext.realImages(label, "set", 100));
 * const reference = igds.guidance.setReference([igds.nn.randomFeatures(dataset.shape, 0)], { classes, real });
 */
export function setReference(
  groups: readonly (readonly FeatureMap[])[],
  { classes, real, standIns = [] }: SetReferenceOptions,
): SetReference {
  const counts = real.map(({ shape }) => shape[0]);
  const perClass = counts[0] ?? 0;
  const maps = groups[0] ?? [];
  if (
    maps.length === 0 ||
    groups.some(({ length }) => length !== maps.length) ||
    perClass === 0 ||
    counts.length !== classes.length ||
    counts.some((n) => n !== perClass)
  )
    throw new RangeError(
      "setReference: expected groups of equally many feature maps, and for each class equally many real images; " +
        `found groups of ${groups.map(({ length }) => length).join(" ") || "no"} maps, ` +
        `${classes.length} classes, ${counts.join(" ") || "no"} real images.`,
    );
  const strange = standIns.find(({ label }) => !classes.includes(label));
  if (strange)
    throw new RangeError(
      `setReference: images stand in for class ${strange.label}, which is not one of ${classes.join(", ")}.`,
    );
  const atOnce = Math.max(Math.min(FEWEST_AT_ONCE, perClass), Math.floor(perClass / groups.length));
  const labels = Int32Array.from({ length: classes.length * atOnce }, (_, i) => Math.floor(i / atOnce));
  const tensors: Record<string, Tensor> = {
    classes: tf.tensor1d(Int32Array.from(classes), "int32"),
    labels: tf.tensor1d(labels, "int32"),
  };
  if (standIns.length > 0) {
    const places = standIns.flatMap(({ label, images }) =>
      new Array<number>(images.shape[0]).fill(classes.indexOf(label)),
    );
    tensors.standIns = tf.tensor1d(Int32Array.from(places), "int32");
  }
  const others = standIns.length > 0 ? concatBatches(standIns.map(({ images }) => images)) : null;
  const parts = groups.map((_, group) => {
    const from = Math.floor((group * (perClass - atOnce)) / Math.max(1, groups.length - 1));
    return concatBatches(real.map((images) => sliceBatch(images, from, from + atOnce)));
  });
  for (const [k, { network, weights }] of maps.entries()) {
    const paths = Object.keys(weights);
    const compiled = compile((x: Tensor4D, ...values: readonly Tensor[]) =>
      network.features(Object.fromEntries(paths.map((path, i) => [path, values[i]])), x),
    );
    const look = (w: Weights, x: Tensor4D) => compiled(x, ...paths.map((path) => w[path])) as Tensor2D;
    const stacked = tf.tidy(() => {
      const seen = groups.map((group, g) => see(group[k], look, parts[g], others));
      const named = seen[0] as Record<string, Tensor>;
      return Object.fromEntries(
        Object.keys(named).map((name) => [
          name,
          tf.stack(seen.map((of) => (of as Record<string, Tensor>)[name])),
        ]),
      );
    });
    compiled.dispose();
    for (const [name, tensor] of Object.entries(stacked)) tensors[`${k}/${name}`] = tensor;
    if (!(tensors[`${k}/s2`].dataSync() as Float32Array).every((s2) => s2 > 0)) {
      tf.dispose(tensors);
      throw new RangeError("setReference: expected real images that differ; found equal ones alone.");
    }
  }
  const order = new Seed("groups of feature maps");
  return {
    classes,
    networks: maps.map(({ network }) => network),
    groups: groups.length,
    groupAt: (t) => order.child(t).integers(1, groups.length)[0],
    tensors,
  };
}

function see(
  map: FeatureMap,
  look: ImageClassifier["features"],
  real: ImageBatch,
  others: ImageBatch | null,
): Record<string, Tensor> {
  const features = featuresOf(map, real, look);
  // Distances do not change by a common shift, but are more exact near the origin.
  const centre = tf.mean(features, 0);
  const points = tf.sub(features, centre);
  return {
    centre,
    points,
    s2: tf.mul(2, tf.mean(tf.sum(tf.square(points), 1))),
    ...(others ? { standIns: tf.sub(featuresOf(map, others, look), centre) } : {}),
    ...Object.fromEntries(Object.entries(map.weights).map(([path, weight]) => [`weights/${path}`, weight])),
  };
}

/** Frees the tensors. */
export function disposeReference({ tensors }: SetReference): void {
  tf.dispose({ ...tensors });
}
