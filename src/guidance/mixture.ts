// The contextual term `mixture`: Kolchinsky and Tracey's bound on the entropy of the images of a class.
// Its gradient pushes images of a class apart, near ones most.
import { mixtureInformationPerImage } from "../information/mixture";
import { type Tensor, type Tensor1D, tf } from "../tensor/engine";
import type { Term } from "./term";

/**
 * Each image's share of the information part of the bound, in nats, in [0, ln IPC]; zero at IPC 1.
 *
 * @param bandwidths s^2 of each class of the set, in its order, > 0, in the squared unit of the images: how far real
 *   images of the class lie apart (distill/classContext.ts), so that a set counts as varied when it is as varied as
 *   real images
 * @param side `low` guides; `high` is its upper partner, to be recorded beside it
 * @returns the term `mixture`, or `mixture-high`; its tensor `s2` is new and the caller's to dispose of. At its first step it
 *   throws a RangeError if there is not a bandwidth for each class of the set
 * @throws RangeError for a bandwidth that is not positive
 * @example
 * const bandwidths = [3, 5].map((label) => distiller.classContext.bandwidth(label, 2));
 * const term = igds.guidance.mixture(bandwidths);
 * const guide = igds.guidance.makeGuide({
 *   labels: [3, 3, 5, 5],
 *   shape: [28, 28, 1],
 *   imageVariance: 0.25,
 *   terms: [{ term, weight: 200 }],
 * });
 * term.tensors.s2.dispose(); // the guide has its copy
 */
export function mixture(bandwidths: ArrayLike<number>, side: "low" | "high" = "low"): Term {
  const s2 = Float32Array.from(bandwidths);
  const strange = s2.find((value) => !(value > 0));
  if (strange !== undefined)
    throw new RangeError(
      `mixture: expected a bandwidth s^2 > 0 of each class, found ${strange}. distiller.classContext.bandwidth gives it.`,
    );
  return {
    name: side === "low" ? "mixture" : "mixture-high",
    by: "x0",
    measures: "contextual",
    tensors: { s2: tf.tensor1d(s2) },
    value(tensors, x0, { groups, ipc }): Tensor1D {
      if (s2.length !== groups)
        throw new RangeError(
          `mixture: expected the bandwidth of each of ${groups} classes, found ${s2.length}. ` +
            "Pass those of the classes of the set, in its order.",
        );
      const points = tf.reshape(x0, [groups, ipc, -1]) as Tensor;
      return tf.reshape(mixtureInformationPerImage(points, tensors.s2)[side], [groups * ipc]) as Tensor1D;
    },
  };
}
