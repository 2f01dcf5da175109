// The `cmi` term: the information I(X;Yhat|Y) between the images of a class and the label that a classifier gives.
//
// With P_x = softmax of the classifier at x and Q_y = E[P_x | y], the mean over the images of class y,
//     I(X;Yhat|Y) = E KL(P_x || Q_y) <= the information part of H(X|Y) (README.md)   and   <= ln C,
// by data processing: Yhat is drawn from P_x, a function of x alone.
//
// Two uses, which differ in Q:
//   cmiInformation   Q_y is frozen from real data. One term per image, defined for a single image (IPC 1), so it can
//                    guide any set. On other images than those it was averaged over it is not a lower bound, since
//                    E KL(P_x || Q) = I + KL(E P_x || Q): it also rewards a class mean that moves away from Q.
//   cmiOfSets        Q_y is the mean over the set itself: the exact I of that set, zero at IPC 1.
//
// L. Ye et al., the MCMI estimator: arXiv 2401.08732.
import { type Tensor, tf } from "../tensor/engine";
import { logSoftmax, tempered } from "./barberAgakov";
import { softmaxInPlace } from "./softmax";

/** Keeps log Q finite where the mean softmax underflows to zero. */
const SMALLEST = 1e-30;

/**
 * KL(P_x || Q_y) for each image, with Q_y given. Differentiable in the logits.
 *
 * @param logits N images of each of K classes, [K, N, C]
 * @param classMeans Q: the mean softmax over real images of each of the K classes, [K, C] (see `classMeanOf`)
 * @param temperature P_x = softmax(logits / temperature)
 * @returns [K, N], nats, never negative
 */
export function cmiInformation(logits: Tensor, classMeans: Tensor, temperature: Tensor | number = 1): Tensor {
  return tf.tidy(() => {
    const logP = logSoftmax(tempered(logits, temperature));
    const logQ = tf.expandDims(tf.log(tf.maximum(classMeans, SMALLEST)), 1);
    return tf.sum(tf.mul(tf.exp(logP), tf.sub(logP, logQ)), -1);
  });
}

/**
 * I(X;Yhat|Y = y) of sets of N images: (1/N) sum_i KL(P_i || mean_j P_j). Differentiable in the logits.
 *
 * @param logits images of one class, [N, C], or of K classes, [K, N, C]
 * @returns a scalar, or [K], nats, in [0, min(ln N, ln C)]; exactly zero at N = 1
 */
export function cmiOfSets(logits: Tensor, temperature: Tensor | number = 1): Tensor {
  return tf.tidy(() => {
    const axis = logits.rank - 2;
    const logP = logSoftmax(tempered(logits, temperature));
    const logMean = tf.sub(tf.logSumExp(logP, axis, true), Math.log(logits.shape[axis]!));
    return tf.mean(tf.sum(tf.mul(tf.exp(logP), tf.sub(logP, logMean)), -1), -1);
  });
}

/**
 * Q_y, the mean softmax over images of one class.
 *
 * @param logits of these images, row by row, N x C
 * @param classes C
 * @returns C shares that add up to 1
 * @throws RangeError if there is no image, or a part of one
 */
export function classMeanOf(logits: Float32Array, classes: number, temperature = 1): Float32Array {
  const count = logits.length / classes;
  if (!Number.isInteger(count) || count === 0)
    throw new RangeError(
      `classMeanOf: expected ${classes} logits for each of some images, found ${logits.length} logits.`,
    );
  const sums = new Float64Array(classes);
  for (let i = 0; i < count; i++) {
    const shares = Float64Array.from(logits.subarray(i * classes, (i + 1) * classes));
    softmaxInPlace(shares, temperature);
    shares.forEach((share, c) => {
      sums[c] += share;
    });
  }
  return Float32Array.from(sums, (sum) => sum / count);
}
