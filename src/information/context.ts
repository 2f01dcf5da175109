// The `context` term: Barber and Agakov's bound on a context variable Z inside the class.
//
//     information part of H(X|Y) (README.md) >= I(X;Z|Y) >= H(Z|Y) + E log q(z|x,y)
//
// Z says which of the k = IPC clusters of class y an image belongs to. Under the model of contextModel.ts the noised
// image x_t given z is N(sqrt(alphaBar) m_z, (alphaBar v_z + 1 - alphaBar) I), so
//     q(z|x_t,y) = softmax_z [ln w_z - |x_t - sqrt(alphaBar) m_z|^2 / (2 var_z) - (d/2) ln var_z],
// with no network. Ceiling ln k, and zero at k = 1.
import { type Tensor, tf } from "../tensor/engine";
import { indicator, logSoftmax, tempered } from "./barberAgakov";
import type { ContextModel } from "./contextModel";
import { squaredDistances } from "./distances";

/** The clusters of K classes as tensors, k of each. */
export interface ContextTensors {
  /** m_z, [K, k, d]. */
  readonly centroids: Tensor;
  /** ln w_z, [K, k]. */
  readonly logWeights: Tensor;
  /** v_z, [K, k]. */
  readonly variance: Tensor;
}

/**
 * The models of K classes, stacked. The caller disposes the tensors.
 *
 * @param prior p(z|y) in q: `data` takes the share of real images in each cluster, `uniform` gives 1/k to each, the
 *   law of Z in a set with one image for each cluster
 * @throws RangeError if the models differ in k or dimension
 * @example
 * const models = [3, 5].map((label) => distiller.classContext.model(label, 4));
 * const tensors = igds.information.contextTensors(models);
 * console.log(tensors.centroids.shape); // [2, 4, 784]
 * igds.tf.dispose({ ...tensors });
 */
export function contextTensors(
  models: readonly ContextModel[],
  prior: "data" | "uniform" = "data",
): ContextTensors {
  const first = models[0];
  if (!first) throw new RangeError("contextTensors: expected the model of at least one class, found none.");
  const { k, dimension } = first;
  for (const model of models) {
    if (model.k !== k || model.dimension !== dimension) {
      throw new RangeError(
        `contextTensors: expected ${k} clusters of dimension ${dimension} in every class, found ${model.k} of ` +
          `dimension ${model.dimension}. Fit all classes with the same IPC on the same images.`,
      );
    }
  }
  return tf.tidy(() => {
    const logWeights = models.map(({ weights }) =>
      Array.from(weights, (w) => (prior === "data" ? Math.log(w) : -Math.log(k))),
    );
    return {
      centroids: tf.stack(models.map(({ centroids }) => tf.tensor2d(centroids, [k, dimension]))),
      logWeights: tf.tensor2d(logWeights),
      variance: tf.stack(models.map(({ variance }) => tf.tensor1d(variance))),
    };
  });
}

/**
 * What noise the images carry.
 *
 * `alphaBar`: they are noised images x_t, cumulative product alphaBar in (0, 1]; 1 is a clean image.
 * `s2`: they are estimates x0hat on the scale of x0 whose error has variance s2. 0 takes them as clean; the noise
 * level s_t^2 = (1 - alphaBar) / alphaBar softens q to what x_t itself would tell.
 */
export type ContextNoise = { readonly alphaBar: Tensor | number } | { readonly s2: Tensor | number };

/**
 * Unnormalised ln q(z | x, y) for each cluster. Differentiable in x.
 *
 * @param x images of one class, [N, d], or of K classes, [K, N, d]
 * @returns [N, k] or [K, N, k], nats up to a constant of each image
 */
export function contextLogits(x: Tensor, model: ContextTensors, noise: ContextNoise): Tensor {
  const shape = x.rank === 2 ? [1, ...x.shape] : x.shape;
  const [classes, k, dimension] = model.centroids.shape as [number, number, number];
  if (shape.length !== 3 || shape[0] !== classes || shape[2] !== dimension) {
    throw new RangeError(
      `contextLogits: expected images [${classes}, N, ${dimension}] for these models, found [${x.shape}]. ` +
        "Flatten each image to one row and stack the classes in the order of the models.",
    );
  }
  return tf.tidy(() => {
    const images = tf.reshape(x, shape);
    let means = model.centroids;
    let variance = model.variance;
    if ("alphaBar" in noise) {
      means = tf.mul(means, tf.sqrt(noise.alphaBar));
      variance = tf.add(tf.mul(variance, noise.alphaBar), tf.sub(1, noise.alphaBar));
    } else {
      variance = tf.add(variance, noise.s2);
    }
    const energy = tf.div(squaredDistances(images, means), tf.mul(tf.reshape(variance, [classes, 1, k]), 2));
    const offset = tf.sub(model.logWeights, tf.mul(tf.log(variance), dimension / 2));
    const logits = tf.sub(tf.reshape(offset, [classes, 1, k]), energy);
    return x.rank === 2 ? tf.reshape(logits, [shape[1]!, k]) : logits;
  });
}

/**
 * Which cluster each image of a set stands for.
 *
 * a tensor: int32 [N], the same for all classes, or [K, N].
 * `own`: image i is guided to cluster i (mod k), so N = k images cover the class once.
 * `soft`: none is given; Z is drawn from q(z|x,y), and the information is that of the channel q.
 */
export type ContextAssignment = Tensor | "own" | "soft";

/** The context bound of one set, or of the sets of K classes. Nats. */
export interface ContextInformation {
  /** Each image's share, [N] or [K, N]; at most ln k. */
  readonly perImage: Tensor;
  /** The bound on I(X;Z|Y = y) of the set, a scalar or [K]; at most ln k, zero at k = 1. */
  readonly set: Tensor;
}

/**
 * The context bound. Differentiable in x.
 *
 * With an assignment z: perImage is log q(z_i|x_i,y) + ln k, and set is H(Z) + E log q(z|x,y) with the law of Z in the
 * set; the two agree (set = mean of perImage) when the assignment is balanced, as `own` is for N = k.
 * Soft: perImage is KL(q(.|x_i) || mean_j q(.|x_j)), whose mean is the exact information H(Z) - H(Z|X) of the set
 * through the channel q, in [0, ln min(N, k)].
 *
 * @param x images of one class, [N, d], or of K classes, [K, N, d]
 * @param model clusters of the same classes, K = 1 for [N, d]
 * @param assignment which cluster each image stands for
 * @param noise that x carries; `{ alphaBar: 1 }` or `{ s2: 0 }` for clean images
 * @param temperature of q: one number or one per class, [K], from `calibrateContext`. Without it the bound on nearly
 *   clean images is below zero (contextModel.ts)
 * @throws RangeError if the images do not fit the model, or the assignment does not fit the images
 * @example
 * const model = igds.information.contextTensors([distiller.classContext.model(3, 4)], "uniform");
 * const centres = igds.tf.tensor2d(distiller.classContext.prototypes([3], 4).data, [4, 784]);
 * const { set } = igds.information.contextInformation(centres, model, "own", { alphaBar: 1 });
 * set.print(); // ln 4: each image is the centre of a cluster of its own
 */
export function contextInformation(
  x: Tensor,
  model: ContextTensors,
  assignment: ContextAssignment,
  noise: ContextNoise,
  temperature: Tensor | number = 1,
): ContextInformation {
  return tf.tidy(() => {
    const perClass = typeof temperature !== "number" && temperature.size > 1;
    const divisor = perClass ? tf.reshape(temperature, [temperature.size, 1]) : temperature;
    const logQ = logSoftmax(tempered(contextLogits(x, model, noise), divisor));
    const [n, k] = logQ.shape.slice(-2) as [number, number];
    if (assignment === "soft") {
      const logMean = tf.sub(tf.logSumExp(logQ, -2, true), Math.log(n));
      const perImage = tf.sum(tf.mul(tf.exp(logQ), tf.sub(logQ, logMean)), -1);
      return { perImage, set: tf.mean(perImage, -1) };
    }
    const z =
      assignment === "own"
        ? tf.tensor1d(
            Array.from({ length: n }, (_, i) => i % k),
            "int32",
          )
        : assignment;
    if (z.shape[z.rank - 1] !== n || z.rank > logQ.rank - 1) {
      throw new RangeError(
        `contextInformation: expected one cluster for each of ${n} images, found an assignment [${z.shape}].`,
      );
    }
    const chosen = indicator(z, k);
    const logQz = tf.sum(tf.mul(logQ, chosen), -1);
    const law = tf.mean(chosen, -2);
    const entropy = tf.neg(tf.sum(tf.mul(law, tf.log(tf.maximum(law, 1e-30))), -1));
    return { perImage: tf.add(logQz, Math.log(k)), set: tf.add(tf.mean(logQz, -1), entropy) };
  });
}
