// Sines and cosines of time steps.
import { type Tensor1D, type Tensor2D, tf } from "./engine";

/**
 * @param t [N]
 * @param frequencies one for each pair
 * @returns cosines, then sines of t times each frequency, [N, 2 * frequencies.length]
 */
export function sinusoids(t: Tensor1D, frequencies: Float32Array): Tensor2D {
  const angles = tf.mul(
    t.cast("float32").reshape([-1, 1]),
    tf.tensor2d(frequencies, [1, frequencies.length]),
  );
  return tf.concat([tf.cos(angles), tf.sin(angles)], 1) as Tensor2D;
}
