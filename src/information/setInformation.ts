// What a set of images tells about the labels of real ones: Barber and Agakov's bound on I(X;Y) for a classifier that
// is made of the set and of nothing else.
//
//     I(X;Y) >= ln C + E log q_S(y|x),   q_S(y|x) = k_y(x) / sum_c k_c(x),
//     k_y(x) = (1/N_y) sum_{i in S_y} exp(-|f(x) - f(x_i)|^2 / (2 s^2))      (Nadaraya-Watson, features f)
//
// The expectation is over *real* images. Where barberAgakov.ts asks what a classifier that knows the data says of the
// images of a set, this asks what the set would teach a classifier: the question that a distilled set is scored by. It
// is a lower bound for every set, every f and every s, as it is for any q, as long as none of them was chosen by the real
// images it is averaged over. s is the one number fitted to data, so it comes from others (evaluate/auditSetPrototype.ts).
//
// E. Nadaraya: On Estimating Regression. Theory Probab. Appl. 9 (1964); for the bound see barberAgakov.ts.
import { type Tensor, type Tensor2D, tf } from "../tensor/engine";
import { indicator, logSoftmax } from "./barberAgakov";

/**
 * log k_y(x) for classes of equally many images.
 *
 * @param distances |f(x) - f(x_i)|^2 of each real image to each image of each class, [R, C, N]
 * @param s2 s^2, in the unit of the distances; a number or a scalar tensor
 * @returns [R, C]
 */
export function kernelLogits(distances: Tensor, s2: Tensor | number): Tensor {
  const n = distances.shape[2] as number;
  return tf.sub(tf.logSumExp(tf.div(distances, tf.mul(-2, s2)), 2), Math.log(n));
}

/**
 * The bound from the logits of q_S.
 *
 * @param logits log k_y(x), [..., C]
 * @param labels class of each real image, int32, shaped like the logits without their last axis
 * @returns each real image's share, ln C + log q_S(y|x), nats, at most ln C
 */
export function setInformation(logits: Tensor, labels: Tensor): Tensor {
  const classes = logits.shape[logits.rank - 1] as number;
  const own = tf.sum(tf.mul(logSoftmax(logits), indicator(labels, classes)), -1);
  return tf.add(own, Math.log(classes));
}

/** s^2 that are tried, in units of the mean distance between real images. */
const TRIED = Array.from({ length: 17 }, (_, i) => 2 ** (-9 + i / 2));

/**
 * The s^2 at which a set tells most about the real images. `bound` is about these, which have chosen s^2: a lower bound has
 * to be averaged over others.
 *
 * @param logits log k_y(x) of the real images at an s^2, [R, C]
 * @param labels class of each real image, int32 [R]
 * @param unit mean squared distance between real images
 * @throws RangeError if the unit is not positive
 */
export function fitSetBandwidth(
  logits: (s2: number) => Tensor,
  labels: Tensor,
  unit: number,
): { readonly s2: number; readonly bound: number } {
  if (!(unit > 0))
    throw new RangeError(
      `fitSetBandwidth: expected a positive mean distance between real images, found ${unit}: are they all equal?`,
    );
  let best = { s2: unit, bound: Number.NEGATIVE_INFINITY };
  for (const tried of TRIED) {
    const s2 = tried * unit;
    const mean = tf.tidy(() => tf.mean(setInformation(logits(s2), labels)));
    const bound = mean.dataSync()[0] as number;
    mean.dispose();
    if (bound > best.bound) best = { s2, bound };
  }
  return best;
}

/**
 * Squared distances between rows, |a|^2 + |b|^2 - 2ab by a matrix product: to rounding of the squares, which is little
 * beside the widths of kernels. `squaredDistances` has small distances to their own precision.
 *
 * @param a [R, F]
 * @param b [M, F]
 * @returns [R, M], never negative
 */
export function rowDistances(a: Tensor2D, b: Tensor2D): Tensor2D {
  const squares = tf.add(tf.sum(tf.square(a), 1, true), tf.sum(tf.square(b), 1));
  return tf.relu(tf.sub(squares, tf.mul(2, tf.matMul(a, b, false, true)))) as Tensor2D;
}
