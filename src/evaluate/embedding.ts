// Points of many dimensions on the plane in which they vary most, for pictures: principal component analysis.
import { type Tensor, type Tensor2D, tf } from "../tensor/engine";
import { Seed } from "../tensor/random";

/** A plane, and where points lie on it. */
export interface PrincipalPlane {
  /** Share of the variance of the fitted points that lies in the plane, 0 .. 1. */
  readonly share: number;
  /** Places of points on the plane, row by row, N x 2. @param points row by row, N x dimension */
  place(points: Float32Array): Float32Array;
}

const ITERATIONS = 60;

/**
 * Fits the plane of the two largest principal components, by orthogonal iteration (G. H. Golub, C. F. Van Loan: Matrix
 * Computations, 4th ed., section 8.2).
 *
 * @param points row by row, N x `dimension`, N >= 3
 * @param dimension numbers in one point, at least 2
 * @returns the plane through their mean; places on it are in the unit of the points
 * @throws RangeError if the points are not such rows
 * @example
 * const plane = igds.evaluate.principalPlane(Float32Array.of(0, 0, 0, 2, 0, 0, 0, 1, 0, 4, 2, 0), 3);
 * plane.place(Float32Array.of(2, 1, 0)); // two numbers
 */
export function principalPlane(points: Float32Array, dimension: number): PrincipalPlane {
  const count = points.length / dimension;
  if (!Number.isInteger(count) || count < 3 || dimension < 2)
    throw new RangeError(
      `principalPlane: expected at least 3 rows of ${dimension} >= 2 numbers, found ${points.length} numbers.`,
    );
  const { mean, axes, share } = tf.tidy(() => {
    const x = tf.tensor2d(points, [count, dimension]);
    const centre = x.mean(0, true) as Tensor2D;
    const around: Tensor2D = x.sub(centre);
    const covariance = around.transpose().matMul(around).div(count) as Tensor2D;
    const start = tf.tensor2d(new Seed("principal plane").normal(2 * dimension), [dimension, 2]);
    let basis = orthonormal(start);
    for (let i = 0; i < ITERATIONS; i++) basis = orthonormal(covariance.matMul(basis) as Tensor2D);
    const inside = basis.mul(covariance.matMul(basis)).sum();
    const all = around.square().sum().div(count);
    return {
      mean: centre.dataSync<"float32">().slice(),
      axes: basis.dataSync<"float32">().slice(),
      share: inside.div(all).dataSync()[0],
    };
  });
  return {
    share,
    place: (others) => {
      const rows = others.length / dimension;
      const placed = new Float32Array(2 * rows);
      for (let i = 0; i < rows; i++)
        for (let c = 0; c < dimension; c++) {
          const value = others[i * dimension + c] - mean[c];
          placed[2 * i] += value * axes[2 * c];
          placed[2 * i + 1] += value * axes[2 * c + 1];
        }
      return placed;
    },
  };
}

/** Two columns made orthonormal by Gram and Schmidt. */
function orthonormal(columns: Tensor2D): Tensor2D {
  const [a, b] = tf.split(columns, 2, 1);
  // Points on a line leave the second axis no direction: all lie at zero of it.
  const unit = (column: Tensor) => column.div(tf.maximum(column.norm(), 1e-20));
  const first = unit(a);
  const rest = b.sub(first.mul(first.mul(b).sum()));
  return tf.concat([first, unit(rest)], 1) as Tensor2D;
}
