// Sines and cosines of time steps. Graphics units are allowed errors of 2e-4 in them, which the first steps of sampling,
// where 1 / sqrt(alphaBar) is 157, would show: for all but the native engine the processor computes them.
import { engineInfo, type Tensor1D, type Tensor2D, tf } from "./engine";

/**
 * @param t [N]
 * @param frequencies one for each pair
 * @returns cosines, then sines of t times each frequency, [N, 2 * frequencies.length]
 */
export function sinusoids(t: Tensor1D, frequencies: Float32Array): Tensor2D {
  if (engineInfo.backend !== "tensorflow") return onProcessor(t, frequencies);
  const angles = tf.mul(
    t.cast("float32").reshape([-1, 1]),
    tf.tensor2d(frequencies, [1, frequencies.length]),
  );
  return tf.concat([tf.cos(angles), tf.sin(angles)], 1) as Tensor2D;
}

function onProcessor(t: Tensor1D, frequencies: Float32Array): Tensor2D {
  const times = t.dataSync();
  const half = frequencies.length;
  const values = new Float32Array(times.length * 2 * half);
  for (let i = 0; i < times.length; i++)
    for (let k = 0; k < half; k++) {
      // Rounded as a tensor of angles would be.
      const angle = Math.fround(times[i]! * frequencies[k]!);
      values[2 * i * half + k] = Math.cos(angle);
      values[(2 * i + 1) * half + k] = Math.sin(angle);
    }
  return tf.tensor2d(values, [times.length, 2 * half]);
}
