// Systems of linear equations with symmetric positive definite matrices, by products alone: every backend has those, and
// a graph holds them. For matrices that are far from singular, such as a kernel's with a ridge on the diagonal.
//
// M. R. Hestenes, E. Stiefel: Methods of Conjugate Gradients for Solving Linear Systems. J. Res. NBS 49 (1952).

import { type Tensor, tf } from "./engine";
import type { Save } from "./save";

/** Kernels of 500 points with a ridge of 0.1 are solved to 1e-3 then (test/information/ridge.test.ts). */
const ITERATIONS = { least: 50, points: 500 } as const;
/** Keeps a division by zero from happening once a right-hand side is solved to the last bit. */
const TINY = 1e-30;

/**
 * X with A X = Y, for several systems at once. Differentiable in A and Y: with V = A^-1 dX, dY = V and dA = -V X^T, made
 * symmetric.
 *
 * @param a symmetric positive definite matrices, [B, M, M]
 * @param y right-hand sides, [B, M, C]
 * @returns [B, M, C]
 */
export function solveSymmetric(a: Tensor, y: Tensor): Tensor {
  return tf.customGrad((...inputs) => {
    const [matrix, right, save] = inputs as unknown as [Tensor, Tensor, Save];
    const x = iterate(matrix, right);
    save([matrix, x]);
    return {
      value: x,
      gradFunc: (dx: Tensor, saved: Tensor[]) => {
        const [held, solution] = saved;
        const v = iterate(held, dx);
        const outer = tf.matMul(v, solution, false, true);
        return [tf.mul(-0.5, tf.add(outer, tf.transpose(outer, [0, 2, 1]))), v];
      },
    };
  })(a, y);
}

function iterate(a: Tensor, y: Tensor): Tensor {
  const columns = (u: Tensor, v: Tensor) => tf.sum(tf.mul(u, v), 1, true);
  let x: Tensor = tf.zerosLike(y);
  let residual = y;
  let direction = y;
  let squares = columns(residual, residual);
  const size = a.shape[1] as number;
  const iterations = Math.ceil(ITERATIONS.least * Math.max(1, size / ITERATIONS.points));
  for (let i = 0; i < iterations; i++) {
    const image = tf.matMul(a, direction);
    const step = tf.div(squares, tf.add(columns(direction, image), TINY));
    x = tf.add(x, tf.mul(step, direction));
    residual = tf.sub(residual, tf.mul(step, image));
    const next = columns(residual, residual);
    direction = tf.add(residual, tf.mul(tf.div(next, tf.add(squares, TINY)), direction));
    squares = next;
  }
  return x;
}
