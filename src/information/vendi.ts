// The Vendi score: how many different points a set has in effect. For comparison only.
//
// It is exp of the von Neumann entropy of a kernel matrix, -sum lambda ln lambda over the eigenvalues of G / N, for any
// kernel that is 1 between equal points.
// With G_ij = exp(-|x_i - x_j|^2 / (8 s^2)), the overlap of the square roots of two of the blurred densities, G / N is
// the state of an ensemble of pure states, and reading x off it is one measurement. By Holevo's theorem
//     mixture low  <=  I(X; i)  <=  ln Vendi  <=  ln N:
// an upper bound on the information part of the blurred set, so not one to maximise.
//
// D. Friedman, A. B. Dieng: The Vendi Score. TMLR 2023, arXiv 2210.02410. A. Holevo, Probl. Inf. Transm. 9(3), 1973.
import { eigenvalues } from "./eigen";

/** The score of a set of points. */
export interface Vendi {
  /** Effective number of points, in [1, N]. */
  readonly score: number;
  /** ln score, nats. */
  readonly information: number;
}

/**
 * The score by any kernel.
 *
 * @param kernel G / N, symmetric, row by row, N x N; only read
 * @throws RangeError if it is not square
 */
export function vendiOf(kernel: ArrayLike<number>, n: number): Vendi {
  let information = 0;
  for (const value of eigenvalues(kernel, n)) if (value > 0) information -= value * Math.log(value);
  return { score: Math.exp(information), information };
}

/**
 * The score by the overlap of blurred points; `information` is an upper bound on the information part of the set
 * blurred with variance s2.
 *
 * @param points row by row, N x `dimension`
 * @param s2 variance s^2 of the blur, as of `mixtureInformation`
 * @throws RangeError if the points are not whole rows or s2 is not positive
 *
 * @example
 * vendi([0, 0, 9, 9], 1, 0.01).score; // 2: two pairs of equal points
 */
export function vendi(points: ArrayLike<number>, dimension: number, s2: number): Vendi {
  const n = points.length / dimension;
  if (!Number.isInteger(n) || n < 1 || !(s2 > 0)) {
    throw new RangeError(
      `vendi: expected rows of ${dimension} numbers and s2 > 0, found ${points.length} numbers and s2 = ${s2}.`,
    );
  }
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let distance = 0;
      for (let c = 0; c < dimension; c++)
        distance += (points[i * dimension + c]! - points[j * dimension + c]!) ** 2;
      gram[i * n + j] = gram[j * n + i] = Math.exp(-distance / (8 * s2)) / n;
    }
  }
  return vendiOf(gram, n);
}
