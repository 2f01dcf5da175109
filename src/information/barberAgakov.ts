// The prototype term: Barber and Agakov's variational lower bound on I(X;Y).
//
//     I(X;Y) = H(Y) - H(Y|X) >= H(Y) + E log q(y|x)      for every classifier q,
//
// with gap E KL(p(y|x) || q(y|x)): as tight as q is close to the true posterior, which is why q is calibrated
// (calibration.ts). Y is uniform over the C classes, so H(Y) = ln C is also the ceiling. With all C labels as
// candidates, InfoNCE is the same bound (critics.ts).
//
// D. Barber, F. Agakov: The IM Algorithm. NeurIPS 2003. B. Poole et al.: On Variational Bounds of Mutual
// Information. ICML 2019, arXiv 1905.06922.
import { type Tensor, type Tensor1D, type Tensor2D, tf } from "../tensor/engine";
import { numbersOf } from "../tensor/numbersOf";
import { meanOf } from "./meanOf";

/**
 * Each image's share of the bound: log q(y|x) + ln C. The mean over images is the bound; its gradient by x is
 * that of classifier guidance.
 *
 * @param logits the classifier's scores, [N, C]
 * @param labels the class of each image, int32 [N]
 * @param temperature q = softmax(logits / temperature); a positive number, a scalar tensor, or one per image, [N]
 * @returns [N], nats, each at most ln C; negative where the classifier does worse than chance, -Infinity for a label that
 *   is no class
 * @example
 * const logits = igds.tf.tensor2d([
 *   [2, 0],
 *   [0, 2],
 * ]);
 * igds.information.prototypeInformation(logits, igds.tf.tensor1d([0, 1], "int32")).print();
 * // [0.57, 0.57] of at most ln 2 = 0.69 nats
 */
export function prototypeInformation(
  logits: Tensor2D,
  labels: Tensor1D,
  temperature: Tensor | number = 1,
): Tensor1D {
  const [count, classes] = logits.shape;
  if (labels.rank !== 1 || labels.shape[0] !== count) {
    throw new RangeError(
      `prototypeInformation: expected one label for each of ${count} images, found labels [${labels.shape}].`,
    );
  }
  return tf.tidy(() => {
    const logQ = logSoftmax(tempered(logits, temperature));
    const own = indicator(labels, classes);
    // A label that is no class has no 1 in its row: ln 0, where log q = 0 would be the highest bound there is.
    const logQy = tf.add(tf.sum(tf.mul(logQ, own), 1), tf.log(tf.sum(own, 1)));
    return tf.add(logQy, Math.log(classes)) as Tensor1D;
  });
}

/**
 * logits / temperature.
 *
 * @param logits [..., C]
 * @param temperature a number, a scalar tensor, or one for each row of logits
 */
export function tempered(logits: Tensor, temperature: Tensor | number): Tensor {
  if (typeof temperature === "number") return temperature === 1 ? logits : tf.mul(logits, 1 / temperature);
  return tf.div(
    logits,
    temperature.size === 1 ? tf.reshape(temperature, []) : tf.reshape(temperature, [...temperature.shape, 1]),
  );
}

/**
 * 1 where a class is the label, 0 elsewhere: [...] to [..., classes]. tf.oneHot refuses a single class, for which
 * every bound is defined, and zero.
 */
export function indicator(labels: Tensor, classes: number): Tensor {
  const column = tf.reshape(tf.cast(labels, "int32"), [...labels.shape, 1]);
  return tf.cast(tf.equal(column, tf.range(0, classes, 1, "int32")), "float32");
}

/** Log of the softmax over the last axis. Written with logSumExp because not every backend has the fused one. */
export function logSoftmax(logits: Tensor): Tensor {
  return tf.sub(logits, tf.logSumExp(logits, -1, true));
}

/** A bound estimated from a sample of images. */
export interface PrototypeEstimate {
  /** log q(y|x) + ln C of each image, nats. */
  readonly perImage: Float32Array;
  /** Their mean: the bound on I(X;Y), nats. */
  readonly bound: number;
  /** Standard error of that mean over the images. */
  readonly standardError: number;
}

/**
 * The Barber-Agakov bound on plain numbers.
 *
 * @param logits row by row, N x C
 * @param labels the class of each image, N
 * @param temperature q = softmax(logits / temperature), > 0
 * @throws RangeError if the logits are not a whole number of classes for each label, or a label is none of them
 * @example
 * igds.information.prototypeInformationOf(Float32Array.of(2, 0, 0, 2), [0, 1]).bound;
 * // 0.57 of at most ln 2 = 0.69 nats
 */
export function prototypeInformationOf(
  logits: Float32Array,
  labels: ArrayLike<number>,
  temperature = 1,
): PrototypeEstimate {
  const count = labels.length;
  const classes = columnsOf(logits, labels, "prototypeInformationOf");
  const perImage = numbersOf(() =>
    prototypeInformation(
      tf.tensor2d(logits, [count, classes]),
      tf.tensor1d(Array.from(labels), "int32"),
      temperature,
    ),
  );
  const { value, standardError } = meanOf(perImage);
  return { perImage, bound: value, standardError };
}

/**
 * C of N x C logits for N labels.
 * @param where the function they were given to
 * @throws RangeError if the logits are not a whole number of classes for each label, or a label is none of them
 */
export function columnsOf(logits: Float32Array, labels: ArrayLike<number>, where: string): number {
  const { length } = labels;
  const classes = logits.length / length;
  if (length === 0 || !Number.isInteger(classes) || classes < 1)
    throw new RangeError(
      `${where}: expected C logits for each of ${length} labels, found ${logits.length} logits.`,
    );
  expectLabels(labels, classes, where);
  return classes;
}

/**
 * @param where the function they were given to
 * @throws RangeError for a label that is none of the classes
 */
export function expectLabels(labels: ArrayLike<number>, classes: number, where: string): void {
  for (let i = 0; i < labels.length; i++) {
    const y = labels[i]!;
    if (!(Number.isInteger(y) && y >= 0 && y < classes))
      throw new RangeError(`${where}: expected labels in 0..${classes - 1}, found ${y} at ${i}.`);
  }
}
