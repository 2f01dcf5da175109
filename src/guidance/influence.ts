// Influence guidance: images that teach a network what the real images of their class teach it.
// Chen et al., Influence-Guided Diffusion for Dataset Distillation (ICLR 2025); its second half is deviation.ts.
import { expectLabels, indicator } from "../information/barberAgakov";
import type { Weights } from "../nn/parameters";
import type { ImageBatch } from "../tensor/batch";
import { type Tensor, type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../tensor/engine";
import type { Term } from "./term";
import type { TrainingNetwork } from "./trainingNetwork";

/**
 * cos(g(x0hat_i, y), G_y), in [-1, 1], mean over the moments of the training: g is the gradient of the cross-entropy
 * of one image by the weights of the network's last layer, G_y its mean over real images of the class.
 *
 * With features f (and a 1 for the bias) and p = softmax(logits) that gradient is f (p - e_y)^T, so the cosine needs
 * no gradient of a gradient.
 *
 * Simplified: IGD takes the gradient by all weights of a ConvNet-6 at four moments of a long training.
 *
 * @param network `trainTrainingNetwork` gives it
 * @param real images of each class of the set, in its order: some hundred each, [N, H, W, C] in [-1, 1]
 * @param labels the class of each of these batches
 * @returns the term; of its tensors those named `k/real` are new and the caller's to dispose of, the others are the
 *   network's weights. At its first step it throws a RangeError if the set has another number of classes
 * @throws RangeError if there are no real images, not one batch for each label, no moments, or a label that is no class of
 *   the network
 * @example
 * const network = igds.guidance.trainTrainingNetwork(dataset, igds.datasets.developmentSplit(dataset).fit, 0);
 * const real = [3, 5].map((label) => distiller.classContext.realImages(label, "influence", 200));
 * const term = igds.guidance.influence(network, real, [3, 5]);
 */
export function influence(
  { network, moments }: TrainingNetwork,
  real: readonly ImageBatch[],
  labels: readonly number[],
): Term {
  if (real.length === 0 || real.length !== labels.length || moments.length === 0)
    throw new RangeError(
      `influence: expected real images of each class and at least one moment of the training, found ${real.length} ` +
        `batches for ${labels.length} classes and ${moments.length} moments.`,
    );
  const { classes } = network.config;
  expectLabels(labels, classes, "influence");
  const tensors: Record<string, Tensor> = {};
  moments.forEach((weights, k) => {
    for (const [path, weight] of Object.entries(weights)) tensors[`${k}/${path}`] = weight;
    tensors[`${k}/real`] = tf.tidy(() =>
      tf.stack(
        real.map((images, c) => {
          const x = tf.tensor4d(images.data, [...images.shape]);
          const y = tf.fill([images.shape[0]], labels[c], "int32") as Tensor1D;
          const { features, errors } = lastLayer(network, weights, x, y, classes);
          const mean = tf.matMul(features, errors, true);
          return tf.div(mean, tf.norm(mean));
        }),
      ),
    );
  });
  return {
    name: "influence",
    by: "x0",
    classes: labels,
    tensors,
    value(held, x0, { labels: y, groups, ipc }): Tensor1D {
      if (groups !== real.length)
        throw new RangeError(`influence: expected ${real.length} classes in the set, found ${groups}.`);
      const cosines = moments.map((_, k) => {
        const weights = Object.fromEntries(
          Object.keys(moments[k]).map((path) => [path, held[`${k}/${path}`]]),
        );
        const { features, errors } = lastLayer(network, weights, x0, y, classes);
        const rows = tf.reshape(features, [groups, ipc, -1]);
        // <f e^T, G> = f^T G e
        const product = tf.reshape(tf.matMul(rows, held[`${k}/real`]), [groups * ipc, classes]);
        const lengths = tf.mul(length(features), length(errors));
        return tf.div(tf.sum(tf.mul(product, errors), 1), lengths);
      });
      return tf.div(tf.addN(cosines), moments.length) as Tensor1D;
    },
  };
}

/** The two factors of the gradient by the last layer: features with a 1 behind, [N, F + 1], and p - e_y, [N, C]. */
function lastLayer(
  network: TrainingNetwork["network"],
  weights: Weights,
  x: Tensor4D,
  y: Tensor1D,
  classes: number,
): { features: Tensor2D; errors: Tensor2D } {
  const features = network.features(weights, x);
  const errors = tf.sub(tf.softmax(network.apply(weights, x)), indicator(y, classes)) as Tensor2D;
  const one = tf.ones([x.shape[0], 1]) as Tensor2D;
  return { features: tf.concat([features, one], 1), errors };
}

/** Euclidean length of each row, its gradient finite at zero. */
function length(rows: Tensor2D): Tensor {
  return tf.sqrt(tf.add(tf.sum(tf.square(rows), 1), 1e-12));
}
