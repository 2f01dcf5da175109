// Deviation guidance: each image moves away from the one that it resembles most, made before or beside it.
// Chen et al., Influence-Guided Diffusion for Dataset Distillation (ICLR 2025); its first half is influence.ts.
import { cosinesToOthers, unitRows } from "../tensor/cosines";
import { type Tensor, type Tensor1D, tf } from "../tensor/engine";
import type { Term } from "./term";

/**
 * -max_j cos(x0hat_i, x_j), in [-1, 1]. x_j are the other images of the class at this step and those already made.
 * At IPC 1 without images already made it is zero.
 *
 * Simplified: IGD makes the images one after another and compares latents with a memory of the last 64; here those
 * sampled together are each other's memory, on pixels, so that their order does not matter.
 *
 * @param made images of each class that are already there, [K, M, H, W, C] or [K, M, d]; M > 0. Default: none
 * @returns the term; where `made` is given it holds a copy, [K, M, d], that the caller disposes of. At its first step
 *   it throws a RangeError if K is not the number of classes of the set
 * @example
 * const term = igds.guidance.deviation(); // unlike each other
 * const other = igds.guidance.deviation(igds.tf.tensor(images.data, [2, 2, 28, 28, 1])); // and unlike an earlier set
 */
export function deviation(made?: Tensor): Term {
  return {
    name: "deviation",
    by: "x0",
    tensors: made
      ? { made: tf.tidy(() => unitRows(tf.reshape(made, [made.shape[0], made.shape[1] as number, -1]))) }
      : {},
    value(tensors, x0, { groups, ipc }): Tensor1D {
      const points = unitRows(tf.reshape(x0, [groups, ipc, -1]));
      const cosines = ipc > 1 ? [cosinesToOthers(points)] : [];
      if (tensors.made) {
        if (tensors.made.shape[0] !== groups)
          throw new RangeError(
            `deviation: expected images already made of each of ${groups} classes, found ${tensors.made.shape[0]}.`,
          );
        cosines.push(tf.matMul(points, tensors.made, false, true));
      }
      if (cosines.length === 0) return tf.sum(tf.mul(x0, 0), [1, 2, 3]) as Tensor1D;
      return tf.reshape(tf.neg(tf.max(tf.concat(cosines, 2), 2)), [groups * ipc]) as Tensor1D;
    },
  };
}
