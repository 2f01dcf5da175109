// Distances between many points, a few rows at a time: |a|^2 + |b|^2 - 2 ab about the common middle, as one product.
// Good for ranking and radii; the last digits of small distances are rounding (float32).
import { type Tensor2D, tf } from "../tensor/engine";

/** Most distances at once (16 MiB). */
const BLOCK = 1 << 22;

/**
 * Calls `visit` with the squared distances of each row of `a` to all rows of `b`. The array is used again for the
 * next row: copy what is to be kept.
 *
 * @param a row by row, N x `dimension`
 * @param b row by row, M x `dimension`
 * @throws RangeError if the points are not whole rows
 */
export function eachDistanceRow(
  a: Float32Array,
  b: Float32Array,
  dimension: number,
  visit: (i: number, squares: Float32Array) => void,
): void {
  const [n, m] = [a.length / dimension, b.length / dimension];
  if (!Number.isInteger(n) || !Number.isInteger(m) || m < 1)
    throw new RangeError(
      `Distances need rows of ${dimension} numbers, found ${a.length} and ${b.length} numbers`,
    );
  const rows = Math.max(1, Math.floor(BLOCK / m));
  const { middle, others, squaresB } = tf.tidy(() => {
    const points = tf.tensor2d(b, [m, dimension]);
    const centre = tf.mean(points, 0, true);
    const centred = tf.sub(points, centre) as Tensor2D;
    return { middle: centre, others: centred, squaresB: tf.sum(tf.square(centred), 1).reshape([1, m]) };
  });
  for (let from = 0; from < n; from += rows) {
    const count = Math.min(rows, n - from);
    // The numbers are taken outside of tidy, which looks for tensors in every entry of what it returns.
    const distances = tf.tidy(() => {
      const part = tf.tensor2d(a.subarray(from * dimension, (from + count) * dimension), [count, dimension]);
      const points = tf.sub(part, middle) as Tensor2D;
      const own = tf.sum(tf.square(points), 1, true);
      const products = tf.matMul(points, others, false, true);
      return tf.relu(tf.sub(tf.add(own, squaresB), tf.mul(products, 2)));
    });
    const block = distances.dataSync() as Float32Array;
    distances.dispose();
    for (let i = 0; i < count; i++) visit(from + i, block.subarray(i * m, (i + 1) * m));
  }
  tf.dispose([middle, others, squaresB]);
}

/** The k-th smallest of the values (k = 1 is the smallest), by keeping the k smallest in order. */
function kthSmallest(values: Float32Array, k: number): number {
  const least = new Float64Array(k).fill(Number.POSITIVE_INFINITY); // ascending
  for (const value of values) {
    if (value >= least[k - 1]) continue;
    let at = k - 1;
    for (; at > 0 && least[at - 1] > value; at--) least[at] = least[at - 1];
    least[at] = value;
  }
  return least[k - 1];
}

/**
 * Squared distance of each point to its k-th neighbour among the other points, for each k.
 * @throws RangeError unless there are more than k points
 */
export function neighbourRadii(
  points: Float32Array,
  dimension: number,
  ks: readonly number[],
): readonly Float32Array[] {
  const n = points.length / dimension;
  const most = Math.max(...ks);
  if (!(n > most)) throw new RangeError(`A ${most}-th neighbour needs more than ${most} points, found ${n}`);
  const radii = ks.map(() => new Float32Array(n));
  eachDistanceRow(points, points, dimension, (i, squares) => {
    squares[i] = Number.POSITIVE_INFINITY;
    ks.forEach((k, which) => {
      radii[which][i] = kthSmallest(squares, k);
    });
  });
  return radii;
}
