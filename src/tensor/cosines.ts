// Cosines between the rows of sets, as tensors: how much images resemble each other.
import { type Tensor, tf } from "./engine";

/** What stands for a row's likeness to itself: below every cosine, so that no maximum chooses it. */
const ITSELF = -2;

/**
 * Rows of length one; a row of zeros stays one.
 *
 * @param rows [K, N, d]
 */
export function unitRows(rows: Tensor): Tensor {
  return tf.div(rows, tf.sqrt(tf.add(tf.sum(tf.square(rows), 2, true), 1e-12)));
}

/**
 * The cosine of each row to each other row of its set; below -1 where a row meets itself.
 *
 * @param unit rows of length one, [K, N, d]
 * @returns [K, N, N]
 */
export function cosinesToOthers(unit: Tensor): Tensor {
  const self = tf.expandDims(tf.eye(unit.shape[1] as number), 0);
  const all = tf.matMul(unit, unit, false, true);
  return tf.add(tf.mul(all, tf.sub(1, self)), tf.mul(self, ITSELF));
}
