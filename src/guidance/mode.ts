// Mode guidance: draws each image to a mode of its own, one of the k = IPC k-means centres of its class.
// Chan-Santiago et al., MGD3: Mode-Guided Dataset Distillation using Diffusion Models (ICML 2025).
import { type Tensor1D, tf } from "../tensor/engine";
import type { Term } from "./term";

/**
 * -|x0hat_i - m_i|^2 / 2, the log-likelihood of a unit Gaussian around the mode up to a constant. Its gradient is
 * the paper's g_t = m - x0hat; it lets go of the images after a while (window), so that they end on the data.
 *
 * Simplified: k-means runs on pixels, not on latents, and the step is scaled by r_t^2 (guide.ts), not by sigma_t.
 *
 * @param modes m_i, row by row in the order of the images of the set, N x H W C
 * @param shape of one image, [H, W, C]
 * @returns the term; its tensor `modes` is new and the caller's to dispose of. At its first step it throws a RangeError
 *   if the set has not as many images as there are modes
 * @throws RangeError if the modes are not whole images
 * @example
 * const { data } = distiller.classContext.prototypes([3, 5], 2);
 * const term = igds.guidance.mode(data, [28, 28, 1]);
 * igds.guidance.evaluateTerm(term, { data, shape: [4, 28, 28, 1] }, { labels: [3, 3, 5, 5] }).value; // zeros: all there
 * term.tensors.modes.dispose();
 */
export function mode(modes: Float32Array, shape: readonly [number, number, number]): Term {
  const count = modes.length / (shape[0] * shape[1] * shape[2]);
  if (!Number.isInteger(count) || count < 1)
    throw new RangeError(
      `mode: expected whole images of ${shape.join(" x ")}, found ${modes.length} numbers. Pass one mode per image.`,
    );
  return {
    name: "mode",
    by: "x0",
    tensors: { modes: tf.tensor4d(modes, [count, ...shape]) },
    value(tensors, x0): Tensor1D {
      if (x0.shape[0] !== count)
        throw new RangeError(
          `mode: expected ${count} images, one per mode, found ${x0.shape[0]}. Give each image of the set a mode.`,
        );
      return tf.mul(tf.sum(tf.squaredDifference(x0, tensors.modes), [1, 2, 3]), -0.5) as Tensor1D;
    },
  };
}
