// Particle guidance: the images of a class that are sampled together repel each other by a radial kernel.
// Corso et al., Particle Guidance: Non-I.I.D. Diverse Sampling with Diffusion Models (ICLR 2024, arXiv 2310.13102).
import { medianBandwidth } from "../information/bandwidth";
import { squaredDistances } from "../information/distances";
import { type Tensor, type Tensor1D, tf } from "../tensor/engine";
import type { Term } from "./term";

/**
 * -(1/2) sum_{j != i} exp(-|x0hat_i - x0hat_j|^2 / h), whose sum over i is the logarithm of the paper's potential with an
 * RBF kernel. h = median |x0hat_i - x0hat_j|^2 / ln N over the set at this step, held constant in the gradient. At IPC 1 it
 * is zero. Not in nats: a kernel sum. The mixture term is the same repulsion with each image's pull on a log scale.
 *
 * Simplified: on the pixels of x0hat, scaled by r_t^2 (guide.ts). The authors' code for Stable Diffusion takes x_t or
 * features of x0hat, h for each image from the median of its own distances with ln(N - 1), and scales by sigma_t.
 * @example
 * const guide = igds.guidance.makeGuide({
 *   labels,
 *   shape: [28, 28, 1],
 *   imageVariance: 0.25,
 *   terms: [{ term: igds.guidance.particle(), weight: 50 }],
 * });
 */
export function particle(): Term {
  return {
    name: "particle",
    by: "x0",
    tensors: {},
    value(_, x0, { groups, ipc }): Tensor1D {
      const points = tf.reshape(x0, [groups, ipc, -1]) as Tensor;
      // The median rule of the mixture bounds is s^2 = median / (8 ln N): h = 8 s^2.
      const h = tf.mul(tf.reshape(medianBandwidth(points), [groups, 1, 1]), 8);
      const kernel = tf.exp(tf.neg(tf.div(squaredDistances(points, points), h)));
      // Each image's kernel with itself is 1.
      return tf.reshape(tf.mul(tf.sub(tf.sum(kernel, 2), 1), -0.5), [groups * ipc]) as Tensor1D;
    },
  };
}
