// The contextual term `context`, in closed form: Barber and Agakov's bound on I(X;Z|Y), with Z the cluster
// of the class that an image belongs to. As a guide it draws each image to a cluster of its own.

import { temperatureAt } from "../information/calibration";
import { contextInformation, contextTensors } from "../information/context";
import type { ContextModel } from "../information/contextModel";
import { type Tensor, type Tensor1D, tf } from "../tensor/engine";
import type { Term } from "./term";

/**
 * The context bound of each image, in nats; zero at IPC 1.
 *
 * q takes x0hat for x_t / sqrt(alphaBar_t), an image with noise of the variance s_t^2 of the step, and its temperatures are
 * fitted on real images with that noise. x0hat is closer to its image than that: its error is about r_t^2, at most the
 * variance of images (guide.ts), while s_t^2 grows without limit. So q is no calibrated posterior of the cluster given
 * x0hat, and the value no bound of what x0hat tells: at high noise it is too unsure. s_t is the width of a kernel that
 * narrows as the noise falls, which is annealing: all clusters pull at first, the own one alone in the end, where s_t and r_t
 * agree.
 *
 * @param models the clusters of each class of the set, in its order, k = IPC
 * All classes share one temperature, which `distiller` takes as the geometric mean over those that are sampled together
 * (distill/classContext.ts): the value of an image, and how it is guided, depend a little on which classes are beside its own.
 *
 * @param temperatures calibration of q by time step, ascending in t; ln T is interpolated in between
 * @param assignment `own`, to guide: log q(z_i|x0hat_i, y) + ln IPC with image i of a class standing for
 *   cluster i. `soft`, to record, whatever guided: KL(q(z|x0hat_i, y) || its mean over the set), in [0, ln IPC]
 * @returns the term `context`, or `context-soft`; its tensors are new and the caller's to dispose of
 * @throws RangeError if there are no models, or they differ in k or dimension
 * @example
 * const run = distiller.start({ method: "igds", contextual: "context", classes: ["Bag"], ipc: 2, steps: 5 });
 * await run.step(2); // Distiller builds the term from real images of each class
 */
export function context(
  models: readonly ContextModel[],
  temperatures: readonly { t: number; temperature: number }[],
  assignment: "own" | "soft" = "own",
): Term {
  const { centroids, logWeights, variance } = contextTensors(models, "uniform");
  return {
    name: assignment === "own" ? "context" : "context-soft",
    by: "x0",
    measures: "contextual",
    tensors: { centroids, logWeights, variance },
    numbers: (t) => ({ temperature: temperatureAt(temperatures, t) }),
    value(tensors, x0, { groups, ipc, s2, numbers }): Tensor1D {
      const points = tf.reshape(x0, [groups, ipc, -1]) as Tensor;
      const model = {
        centroids: tensors.centroids,
        logWeights: tensors.logWeights,
        variance: tensors.variance,
      };
      const { perImage } = contextInformation(points, model, assignment, { s2 }, numbers.temperature);
      return tf.reshape(perImage, [groups * ipc]) as Tensor1D;
    },
  };
}
