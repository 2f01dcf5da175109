// Eigenvalues and eigenvectors of a symmetric matrix by Jacobi's rotations, which tfjs does not have.
//
// Each rotation makes one pair of off-diagonal entries zero; a few sweeps over all pairs leave a diagonal matrix.
// G. H. Golub, C. F. Van Loan: Matrix Computations, 4th ed., section 8.5.

/** The decomposition A = sum_k values[k] v_k v_k^T. */
export interface Eigen {
  /** In descending order, n of them. */
  readonly values: Float64Array;
  /** Orthonormal; row k belongs to values[k], n x n. */
  readonly vectors: Float64Array;
}

const SWEEPS = 30;

/**
 * @param matrix symmetric, row by row, n x n; only read
 * @throws RangeError if it is not square
 */
export function symmetricEigen(matrix: ArrayLike<number>, n: number): Eigen {
  if (matrix.length !== n * n)
    throw new RangeError(`symmetricEigen: expected ${n} x ${n} numbers, found ${matrix.length}.`);
  const a = Float64Array.from(matrix);
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  const scale = a.reduce((sum, value) => sum + value * value, 0);
  for (let sweep = 0; sweep < SWEEPS && offDiagonal(a, n) > 1e-24 * scale; sweep++) {
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q);
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[j * n + j]! - a[i * n + i]!);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    vectors.set(v.subarray(from * n, (from + 1) * n), to * n);
  });
  return { values: Float64Array.from(order, (i) => a[i * n + i]!), vectors };
}

function offDiagonal(a: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) sum += 2 * a[i * n + j]! ** 2;
  return sum;
}

/** Makes a[p, q] zero by a rotation of the axes p and q. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const off = a[p * n + q]!;
  if (off === 0) return;
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * off);
  const tangent = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  for (let k = 0; k < n; k++) {
    const kp = a[k * n + p]!;
    const kq = a[k * n + q]!;
    a[k * n + p] = cosine * kp - sine * kq;
    a[k * n + q] = sine * kp + cosine * kq;
  }
  for (let k = 0; k < n; k++) {
    const pk = a[p * n + k]!;
    const qk = a[q * n + k]!;
    a[p * n + k] = cosine * pk - sine * qk;
    a[q * n + k] = sine * pk + cosine * qk;
    const vp = v[p * n + k]!;
    const vq = v[q * n + k]!;
    v[p * n + k] = cosine * vp - sine * vq;
    v[q * n + k] = sine * vp + cosine * vq;
  }
}
