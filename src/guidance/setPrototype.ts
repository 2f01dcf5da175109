// The prototype term of a set: how much its images together tell about the labels of real images
// (information/setInformation.ts). As a guide it draws the images of a class to where they stand for most real ones of
// their class, and away from where they would be taken for another.
import { fitSetBandwidth, kernelLogits, rowDistances, setInformation } from "../information/setInformation";
import type { FeatureMap } from "../nn/randomFeatures";
import type { ImageBatch } from "../tensor/batch";
import { type Tensor, type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../tensor/engine";
import type { Term } from "./term";

export interface SetPrototypeOptions {
  /** Classes that are told apart, by index: all classes of the set, and others that it must not be taken for. */
  readonly classes: readonly number[];
  /** Real images of each of them, equally many. */
  readonly real: readonly ImageBatch[];
  /**
   * Images that stand for each of them while another class is judged, IPC of each: its k-means centres. Each class of a
   * set so has a value of its own, whichever classes are sampled together.
   */
  readonly standIns: readonly ImageBatch[];
}

/**
 * The bound of the image's class, in nats, the same for all images of a class; mean over the feature maps. s^2 is fitted
 * on the stand-ins.
 *
 * @throws RangeError if the options do not fit together; at the first use, if the set has a class that is not among them
 * @example
 * const classes = dataset.classes.map((_, label) => label);
 * const real = classes.map((label) => distiller.classContext.realImages(label, "set", 100));
 * const standIns = classes.map((label) => distiller.classContext.prototypes([label], 2));
 * const term = setPrototype(randomFeatures(dataset.shape, new Seed(0)), { classes, real, standIns });
 */
export function setPrototype(maps: readonly FeatureMap[], options: SetPrototypeOptions): Term {
  const { classes, real, standIns } = options;
  const perClass = real[0]?.shape[0] ?? 0;
  if (
    maps.length === 0 ||
    perClass === 0 ||
    real.length !== classes.length ||
    standIns.length !== classes.length ||
    real.some(({ shape }) => shape[0] !== perClass) ||
    standIns.some(({ shape }) => shape[0] !== standIns[0].shape[0])
  )
    throw new RangeError(
      "setPrototype: expected a feature map, and for each class equally many real images and equally many stand-ins; found " +
        `${maps.length} maps, ${classes.length} classes, ${real.map(({ shape }) => shape[0]).join(" ")} real images, ` +
        `${standIns.map(({ shape }) => shape[0]).join(" ")} stand-ins.`,
    );
  const tensors: Record<string, Tensor> = {
    classes: tf.tensor1d(Int32Array.from(classes), "int32"),
    realLabels: tf.tensor1d(
      Int32Array.from({ length: classes.length * perClass }, (_, i) => Math.floor(i / perClass)),
      "int32",
    ),
  };
  const bandwidths = maps.map(({ network, weights }, k) => {
    for (const [path, weight] of Object.entries(weights)) tensors[`${k}/weights/${path}`] = weight;
    const fitted = tf.tidy(() => {
      const seen = network.features(weights, stacked(real));
      // Distances do not change by a common shift, but are more exact near the origin.
      const centre = tf.mean(seen, 0);
      const points = tf.sub(seen, centre) as Tensor2D;
      const unit = tf.mul(2, tf.mean(tf.sum(tf.square(points), 1)));
      const others = tf.sub(network.features(weights, stacked(standIns)), centre) as Tensor2D;
      const distances = rowDistances(points, others).reshape([points.shape[0], classes.length, -1]);
      return { centre, points, distances, unit };
    });
    const unit = fitted.unit.dataSync()[0];
    const logits = (tried: number) => kernelLogits(fitted.distances, tried);
    const { s2 } = fitSetBandwidth(logits, tensors.realLabels, unit);
    tensors[`${k}/centre`] = fitted.centre;
    tensors[`${k}/points`] = fitted.points;
    tensors[`${k}/others`] = tf.tidy(() => kernelLogits(fitted.distances, s2));
    tf.dispose([fitted.distances, fitted.unit]);
    return s2;
  });

  return {
    name: "set",
    by: "x0",
    tensors,
    value(held, x0, { labels, groups, ipc }): Tensor1D {
      // Where each class of the set stands in the list, as a one-hot row, [G, C].
      const first = tf.reshape(tf.slice(tf.reshape(labels, [groups, ipc]), [0, 0], [groups, 1]), [groups, 1]);
      const own = tf.cast(tf.equal(first, held.classes), "float32");
      const bounds = bandwidths.map((s2, k) => {
        const prefix = `${k}/weights/`;
        const weights = Object.fromEntries(
          Object.entries(held)
            .filter(([path]) => path.startsWith(prefix))
            .map(([path, weight]) => [path.slice(prefix.length), weight]),
        );
        const features = tf.sub(maps[k].network.features(weights, x0), held[`${k}/centre`]) as Tensor2D;
        const points = held[`${k}/points`] as Tensor2D;
        const distances = rowDistances(points, features).reshape([points.shape[0], groups, ipc]);
        // For each class of the set: the stand-ins' logits with its own in their place, [R, G, C].
        const mine = tf.expandDims(kernelLogits(distances, s2), 2);
        const others = tf.expandDims(held[`${k}/others`], 1);
        const logits = tf.add(tf.mul(mine, own), tf.mul(others, tf.sub(1, own)));
        const rows = points.shape[0] as number;
        const truth = tf.tile(tf.reshape(held.realLabels, [rows, 1]), [1, groups]);
        return tf.mean(setInformation(logits, truth), 0); // [G]
      });
      const bound = tf.div(tf.addN(bounds as Tensor[]), bounds.length);
      return tf.reshape(tf.tile(tf.reshape(bound, [groups, 1]), [1, ipc]), [groups * ipc]) as Tensor1D;
    },
  };
}

function stacked(batches: readonly ImageBatch[]): Tensor4D {
  return tf.concat(batches.map(({ data, shape }) => tf.tensor4d(data, [...shape]))) as Tensor4D;
}
