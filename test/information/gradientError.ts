import { type Tensor, tf } from "../../src/tensor/engine";

/**
 * How far the gradient of a scalar function is from central differences, relative to its largest entry.
 * The differences are extrapolated to h = 0 from two step sizes, because float32 leaves no room for a small h.
 */
export function gradientError(f: (x: Tensor) => Tensor, x: Tensor, h = 0.02): number {
  return tf.tidy(() => {
    const gradient = tf
      .grad((input: Tensor) => f(input).asScalar())(x)
      .dataSync();
    const values = x.dataSync();
    const at = (index: number, step: number): number => {
      const moved = Float32Array.from(values);
      moved[index] = moved[index]! + step;
      // The step that float32 really made is part of the difference.
      return f(tf.tensor(moved, x.shape)).dataSync()[0]!;
    };
    let worst = 0;
    let largest = 0;
    for (let index = 0; index < values.length; index++) {
      const wide = tf.tidy(() => (at(index, h) - at(index, -h)) / (2 * h));
      const narrow = tf.tidy(() => (at(index, h / 2) - at(index, -h / 2)) / h);
      const difference = (4 * narrow - wide) / 3;
      worst = Math.max(worst, Math.abs(difference - gradient[index]!));
      largest = Math.max(largest, Math.abs(gradient[index]!));
    }
    if (largest === 0) throw new Error("gradientError: the gradient is zero everywhere, nothing is checked");
    return worst / largest;
  });
}
