// Squared Euclidean distances inside a class, the one quantity that both contextual bounds are made of.
//
// They are sums of squared differences, never |a|^2 + |b|^2 - 2ab: a matrix product loses the small distances
// in float32, and engines may run it with 10-bit (TF32) or 7-bit (bfloat16) mantissas. The price is an
// N x M x d array, so it is built in slices of bounded size, and the gradient is written by hand so that
// no slice has to be kept for the backward pass.
import { type Tensor, tf } from "../tensor/engine";

/** Most numbers in one slice of differences (16 MiB of float32). */
const SLICE = 1 << 22;

/**
 * Squared distances between two sets of points, for several classes at once. Differentiable in both.
 *
 * D[k, i, j] = |a[k, i] - b[k, j]|^2, whose gradient is dL/da_i = 2 sum_j G_ij (a_i - b_j) for G = dL/dD.
 * D is never negative, and exactly zero where the points are equal.
 *
 * @param a points, [K, N, d]
 * @param b points, [K, M, d]; pass `a` again for the distances inside a set
 * @returns [K, N, M]
 * @throws RangeError if the shapes do not fit together
 */
export function squaredDistances(a: Tensor, b: Tensor): Tensor {
  if (a.rank !== 3 || b.rank !== 3 || a.shape[0] !== b.shape[0] || a.shape[2] !== b.shape[2]) {
    throw new RangeError(
      `squaredDistances: expected points [K, N, d] and [K, M, d], found [${a.shape}] and [${b.shape}]. ` +
        "Flatten each image to one row and stack the classes first.",
    );
  }
  const distances = tf.customGrad((...inputs) => {
    const [from, to, save] = inputs as unknown as [Tensor, Tensor, (saved: Tensor[]) => void];
    save([from, to]); // the tape frees what is not saved before it comes back
    return {
      value: forward(from, to),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [x, y] = saved as [Tensor, Tensor];
        // D is symmetric under swapping the two sets, so the other gradient is the same sum, transposed.
        return [backward(x, y, dy), backward(y, x, tf.transpose(dy, [0, 2, 1]))];
      },
    };
  });
  return distances(a, b);
}

function forward(from: Tensor, to: Tensor): Tensor {
  return overRows(from, to, (rows) => tf.sum(tf.squaredDifference(asRows(rows), asColumns(to)), 3));
}

function backward(from: Tensor, to: Tensor, gradient: Tensor): Tensor {
  return overRows(from, to, (rows, start, count) => {
    const classes = from.shape[0]!;
    const weights = tf.slice(gradient, [0, start, 0], [classes, count, to.shape[1]!]);
    const differences = tf.sub(asRows(rows), asColumns(to));
    return tf.mul(tf.sum(tf.mul(differences, tf.reshape(weights, [...weights.shape, 1])), 2), 2);
  });
}

/** [K, N, d] as [K, N, 1, d]. */
function asRows(points: Tensor): Tensor {
  const [classes, n, dimension] = points.shape as [number, number, number];
  return tf.reshape(points, [classes, n, 1, dimension]);
}

/** [K, M, d] as [K, 1, M, d]. */
function asColumns(points: Tensor): Tensor {
  const [classes, n, dimension] = points.shape as [number, number, number];
  return tf.reshape(points, [classes, 1, n, dimension]);
}

/** Applies `body` to as many rows of `from` at a time as a slice may hold, and joins the results. */
function overRows(
  from: Tensor,
  to: Tensor,
  body: (rows: Tensor, start: number, count: number) => Tensor,
): Tensor {
  const [classes, n, dimension] = from.shape as [number, number, number];
  const perRow = classes * to.shape[1]! * dimension;
  const step = Math.max(1, Math.floor(SLICE / perRow));
  if (step >= n) return body(from, 0, n);
  const parts: Tensor[] = [];
  for (let start = 0; start < n; start += step) {
    const count = Math.min(step, n - start);
    parts.push(tf.tidy(() => body(tf.slice(from, [0, start, 0], [classes, count, dimension]), start, count)));
  }
  return tf.concat(parts, 1);
}

/**
 * A function's value with its gradient cut: what follows sees a constant. tfjs has no stop-gradient of its own.
 *
 * @param f a function of one tensor; its operations are not recorded for the gradient and need none
 */
export function withoutGradient(f: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  return tf.customGrad((...inputs) => {
    const x = inputs[0] as Tensor;
    const { shape } = x; // x itself may be freed before the gradient is asked for
    return { value: f(x), gradFunc: () => tf.zeros(shape) };
  });
}
