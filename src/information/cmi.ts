// The `cmi` term: the information I(X;Yhat|Y) between the images of a class and the label that a classifier gives.
//
// With P_x = softmax of the classifier at x and Q_y = E[P_x | y], the mean over the images of class y,
//     I(X;Yhat|Y) = E KL(P_x || Q_y) <= H(X|Y)   and   <= ln C,
// by data processing: Yhat is drawn from P_x, a function of x alone.
//
// Two uses, which differ in Q:
//   cmiInformation   Q_y is frozen from real data. One term per image, defined for a single image (IPC 1), good for
//                    guidance. On other images than those it was averaged over it is not a lower bound, since
//                    E KL(P_x || Q) = I + KL(E P_x || Q): it also rewards a class mean that moves away from Q.
//   cmiOfSets        Q_y is the mean over the set itself: the exact I of that set, zero at IPC 1.
//
// L. Ye et al., the MCMI estimator: arXiv 2401.08732.
import { type Tensor, type Tensor1D, type Tensor2D, tf } from "../tensor/engine";
import { logSoftmax, tempered } from "./barberAgakov";

/**
 * KL(P_x || Q_y) for each image, with Q_y given. Differentiable in the logits.
 *
 * @param logits [N, C]
 * @param labels the class of each image, int32 [N]
 * @param classMeans Q: row y is the mean softmax over real images of class y, [C, C] (see `classMeansOf`)
 * @param temperature P_x = softmax(logits / temperature)
 * @returns [N], nats, never negative
 */
export function cmiInformation(
  logits: Tensor2D,
  labels: Tensor1D,
  classMeans: Tensor2D,
  temperature: Tensor | number = 1,
): Tensor1D {
  return tf.tidy(() => {
    const logP = logSoftmax(tempered(logits, temperature));
    // gatherND, because gather reads its indices back and so cannot take an input of a compiled function.
    const rows = tf.reshape(labels, [labels.size, 1]);
    const logQ = tf.gatherND(tf.log(tf.maximum(classMeans, SMALLEST)), rows);
    return tf.sum(tf.mul(tf.exp(logP), tf.sub(logP, logQ)), 1) as Tensor1D;
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

/** Keeps log Q finite where the mean softmax underflows to zero. */
const SMALLEST = 1e-30;

/**
 * Q_y, the mean softmax over the images of each class.
 *
 * @param logits row by row, N x C
 * @param labels the class of each image, N
 * @returns row by row, C x C; each row sums to 1
 * @throws RangeError if a class has no image, or a label is not a class
 */
export function classMeansOf(logits: Float32Array, labels: ArrayLike<number>, temperature = 1): Float32Array {
  const classes = logits.length / labels.length;
  if (!Number.isInteger(classes) || classes < 1) {
    throw new RangeError(
      `classMeansOf: expected C logits for each of ${labels.length} labels, found ${logits.length} logits.`,
    );
  }
  const sums = new Float64Array(classes * classes);
  const counts = new Int32Array(classes);
  const row = new Float64Array(classes);
  for (let i = 0; i < labels.length; i++) {
    const y = labels[i]!;
    if (!(Number.isInteger(y) && y >= 0 && y < classes)) {
      throw new RangeError(`classMeansOf: expected labels in 0..${classes - 1}, found ${y} at ${i}.`);
    }
    let top = -Infinity;
    for (let c = 0; c < classes; c++) top = Math.max(top, logits[i * classes + c]!);
    let total = 0;
    for (let c = 0; c < classes; c++) {
      row[c] = Math.exp((logits[i * classes + c]! - top) / temperature);
      total += row[c]!;
    }
    for (let c = 0; c < classes; c++) sums[y * classes + c]! += row[c]! / total;
    counts[y]!++;
  }
  const empty = counts.indexOf(0);
  if (empty >= 0) {
    throw new RangeError(
      `classMeansOf: expected images of all ${classes} classes, found none of class ${empty}. Add some.`,
    );
  }
  return Float32Array.from(sums, (sum, index) => sum / counts[Math.floor(index / classes)]!);
}
