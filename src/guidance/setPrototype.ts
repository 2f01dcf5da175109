// The prototype term of a set: how much its images together tell about the labels of real images
// (information/setInformation.ts). As a guide it draws the images of a class to where they stand for most real ones of
// their class, and away from where they would be taken for another.
import { kernelLogits, rowDistances, setInformation } from "../information/setInformation";
import { type Tensor, type Tensor1D, type Tensor2D, tf } from "../tensor/engine";
import type { SetReference } from "./setReference";
import type { Term } from "./term";

/**
 * The bound of the image's class, in nats, the same for all images of a class; mean over the feature maps.
 *
 * One map at each step, another one at the next, would cost less but does not do: at IPC 1 it took 1.6 points of accuracy
 * off, since the mean over maps is what keeps a set from pleasing a single one.
 *
 * @throws if the set has a class that is not in the reference
 * @example
 * const classes = dataset.classes.map((_, label) => label);
 * const real = classes.map((label) => distiller.classContext.realImages(label, "set", 100));
 * const standIns = classes.map((label) => distiller.classContext.prototypes([label], 1));
 * const term = setPrototype(setReference(randomFeatures(dataset.shape, new Seed(0)), { classes, real, standIns }));
 * const run = distiller.start({ ipc: 1, steps: 5, method: "diffusion", terms: [{ term, weight: 3000 }] });
 * await run.step();
 */
export function setPrototype({ networks, tensors }: SetReference): Term {
  return {
    name: "set",
    by: "x0",
    tensors,
    value(held, x0, { labels, groups, ipc }): Tensor1D {
      // Where each class of the set stands in the list, as a one-hot row, [G, C].
      const first = tf.slice(tf.reshape(labels, [groups, ipc]), [0, 0], [groups, 1]);
      const own = tf.cast(tf.equal(first, held.classes), "float32");
      const bounds = networks.map((network, k) => {
        const ofMap = (name: string): Tensor => held[`${k}/${name}`];
        const prefix = `${k}/weights/`;
        const weights = Object.fromEntries(
          Object.keys(held)
            .filter((name) => name.startsWith(prefix))
            .map((name) => [name.slice(prefix.length), held[name]]),
        );
        const features = tf.sub(network.features(weights, x0), ofMap("centre")) as Tensor2D;
        const points = ofMap("points") as Tensor2D;
        const rows = points.shape[0];
        const distances = tf.reshape(rowDistances(points, features), [rows, groups, ipc]);
        // For each class of the set: the stand-ins' logits with its own in their place, [R, G, C].
        const mine = tf.expandDims(kernelLogits(distances, ofMap("s2")), 2);
        const others = tf.expandDims(ofMap("others"), 1);
        const logits = tf.add(tf.mul(mine, own), tf.mul(others, tf.sub(1, own)));
        const truth = tf.tile(tf.reshape(held.labels, [rows, 1]), [1, groups]);
        return tf.mean(setInformation(logits, truth), 0); // [G]
      });
      const bound = tf.div(tf.addN(bounds as Tensor[]), networks.length);
      return tf.reshape(tf.tile(tf.reshape(bound, [groups, 1]), [1, ipc]), [groups * ipc]) as Tensor1D;
    },
  };
}
