// The critics of critics.ts as they are used in practice: batches of pairs, the partners of others as negatives.
//
// The critic is f(x, y) = log q(y|x) + ln C of a fitted classifier. (With all C labels as candidates such a critic is
// normalised, and InfoNCE, NWJ, DV and a wide SMILE all equal the Barber-Agakov bound: nothing to compare.)
import { type Scalar, type Tensor1D, type Tensor2D, tf } from "../tensor/engine";
import type { Seed } from "../tensor/random";
import { logSoftmax } from "./barberAgakov";
import { donskerVaradhan, infoNce, nwj, smile } from "./critics";
import type { Estimate } from "./groundTruth";
import { meanOf } from "./meanOf";

/** Pairs in one batch: InfoNCE cannot exceed the logarithm of it. */
const BATCH = 128;
const MOST_BATCHES = 64;

/**
 * @param logits calibrated scores of a classifier on points it has not seen, row by row, N x C; N >= 4
 * @param labels the class of each row, N
 * @returns mean and standard error over the batches of each critic's value, nats
 */
export function criticsOnBatches(
  logits: Float32Array,
  labels: ArrayLike<number>,
  seed: Seed,
): Record<"infonce" | "nwj" | "dv" | "smile", Estimate> {
  const count = labels.length;
  const classes = logits.length / count;
  const size = Math.min(BATCH, Math.floor(count / 2));
  if (size < 2)
    throw new RangeError(`criticsOnBatches: expected at least 4 points, found ${count}. Pass more.`);
  const batches = Math.min(MOST_BATCHES, Math.floor(count / size));
  const order = seed.child("order").permutation(count);
  const values = Array.from({ length: batches }, (_, batch) =>
    tf.tidy(() => {
      const rows = order.subarray(batch * size, (batch + 1) * size);
      const scores = tf.tensor2d(
        Array.from(rows, (row) => Array.from(logits.subarray(row * classes, (row + 1) * classes))),
        [size, classes],
      );
      const density = tf.add(logSoftmax(scores), Math.log(classes));
      const partners = tf.tensor1d(
        Array.from(rows, (row) => labels[row]!),
        "int32",
      );
      const critic = tf.gather(density, partners, 1) as Tensor2D;
      const own = tf.range(0, size, 1, "int32") as Tensor1D;
      const value = (scalar: Scalar): number => scalar.dataSync()[0]!;
      return {
        infonce: value(infoNce(critic, own)),
        nwj: value(nwj(tf.add(critic, 1) as Tensor2D, own, "batch")), // best at 1 + log p(y|x) / p(y)
        dv: value(donskerVaradhan(critic, own, "batch")),
        smile: value(smile(critic, own, 5, "batch")),
      };
    }),
  );
  const estimate = (name: keyof (typeof values)[number]): Estimate => meanOf(values.map((one) => one[name]));
  return { infonce: estimate("infonce"), nwj: estimate("nwj"), dv: estimate("dv"), smile: estimate("smile") };
}
