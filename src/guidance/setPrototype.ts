// The prototype term of a set: how much its images together teach about the labels of real images
// (information/ridge.ts). As a guide it makes of a set what a network can learn most from: it draws the images of a class
// to what real ones of it have in common, and each to what the others lack.
//
// What it records of a guided set is no lower bound on I(X;Y): the set has been moved to raise this number on these real
// images, and tau is the best on them. Of other real images the set tells less; `igds audit` asks held-out ones.
import { indicator } from "../information/barberAgakov";
import { ridgeInformation, ridgeScores } from "../information/ridge";
import { type Tensor, type Tensor1D, type Tensor2D, tf } from "../tensor/engine";
import type { SetReference } from "./setReference";
import type { Term } from "./term";

/**
 * The bound of the whole set, in nats, the same for all images; mean over the feature maps. Classes that are sampled apart
 * from each other see stand-ins in each other's place, and the bounds of their parts differ from that of the whole.
 *
 * @param reference its tensors are those of the term and stay the reference's
 * @returns the term; its value is at most ln C, with C classes that are told apart. A guide of images of a class that the
 *   reference was not given refuses it
 * @example
 * const classes = dataset.classes.map((_, label) => label);
 * const real = classes.map((label) => distiller.classContext.realImages(label, "set", 100));
 * const term = igds.guidance.setPrototype(
 *   igds.guidance.setReference([igds.nn.randomFeatures(dataset.shape, 0)], { classes, real }),
 * );
 * const run = distiller.start({ ipc: 1, steps: 5, method: "diffusion", terms: [{ term, weight: 1000 }] });
 * await run.step();
 */
export function setPrototype({ classes, networks, groups, groupAt, tensors }: SetReference): Term {
  return {
    name: "set",
    by: "x0",
    classes,
    tensors,
    numbers: (t) => ({ group: groupAt(t) }),
    value(held, x0, { labels, numbers }): Tensor1D {
      const images = x0.shape[0];
      const told = classes.length;
      const sampled = tf.cast(tf.equal(tf.expandDims(labels, 1), held.classes), "float32");
      const others = held.standIns ? [indicator(held.standIns, told)] : [];
      const targets = tf.sub(tf.concat([sampled, ...others]), 1 / told);
      // tf.gather looks at its indices, which a graph cannot.
      const chosen = indicator(tf.reshape(numbers.group, [1]), groups);
      const ofGroup = <T extends Tensor>(all: Tensor): T => {
        if (groups === 1) return tf.squeeze<T>(all, [0]);
        const shares = tf.reshape(chosen, [groups, ...new Array<number>(all.rank - 1).fill(1)]);
        return tf.sum<T>(tf.mul(all, shares), 0);
      };
      const views = networks.map((network, k) => {
        const prefix = `${k}/weights/`;
        const weights = Object.fromEntries(
          Object.keys(held)
            .filter((name) => name.startsWith(prefix))
            .map((name) => [name.slice(prefix.length), ofGroup(held[name])]),
        );
        const seen = tf.sub<Tensor2D>(network.features(weights, x0), ofGroup(held[`${k}/centre`]));
        const standIns = held[`${k}/standIns`];
        return {
          real: ofGroup<Tensor2D>(held[`${k}/points`]),
          set: standIns ? tf.concat([seen, ofGroup<Tensor2D>(standIns)]) : seen,
          s2: ofGroup(held[`${k}/s2`]),
        };
      });
      const bound = tf.mean(ridgeInformation(ridgeScores(views, targets), held.labels));
      return tf.tile(tf.reshape(bound as Tensor, [1]), [images]) as Tensor1D;
    },
  };
}
