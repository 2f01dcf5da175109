// Eigenvalues, without eigenvectors, of symmetric matrices of a few hundred rows: Householder's reduction to three
// diagonals, then bisection with Sturm's count. Cubic with a small constant, where Jacobi's rotations
// (src/information/eigen.ts), which give the vectors too, take minutes.
// G. H. Golub, C. F. Van Loan: Matrix Computations, 4th ed., algorithms 8.3.1 and section 8.4.1.

/**
 * @param matrix symmetric, row by row, n x n; only read
 * @returns n eigenvalues, ascending, to about 1e-15 of the largest
 * @throws RangeError if the matrix is not square
 */
export function eigenvalues(matrix: ArrayLike<number>, n: number): Float64Array {
  if (matrix.length !== n * n)
    throw new RangeError(`eigenvalues: expected ${n} x ${n} numbers, found ${matrix.length}`);
  const { diagonal, beside } = tridiagonal(Float64Array.from(matrix), n);
  // Every eigenvalue lies in a Gershgorin interval.
  const reach = diagonal.map((_, i) => Math.abs(beside[i - 1] ?? 0) + Math.abs(beside[i] ?? 0));
  const lowest = diagonal.reduce((least, d, i) => Math.min(least, d - reach[i]), Number.POSITIVE_INFINITY);
  const highest = diagonal.reduce((most, d, i) => Math.max(most, d + reach[i]), Number.NEGATIVE_INFINITY);
  const squares = beside.map((value) => value * value);
  let from = lowest;
  return Float64Array.from({ length: n }, (_, k) => {
    let low = from;
    let high = highest;
    for (let round = 0; round < 64 && low < high; round++) {
      const middle = (low + high) / 2;
      if (countBelow(middle, diagonal, squares) > k) high = middle;
      else low = middle;
    }
    from = low; // the next one is not smaller
    return (low + high) / 2;
  });
}

/** Reduces `a`, which is overwritten, to its diagonal and the n - 1 numbers beside it. */
function tridiagonal(a: Float64Array, n: number): { diagonal: Float64Array; beside: Float64Array } {
  const beside = new Float64Array(Math.max(0, n - 1));
  const v = new Float64Array(n);
  const p = new Float64Array(n);
  for (let k = 0; k < n - 1; k++) {
    let square = 0;
    for (let i = k + 1; i < n; i++) {
      v[i] = a[i * n + k];
      square += v[i] ** 2;
    }
    const alpha = v[k + 1] > 0 ? -Math.sqrt(square) : Math.sqrt(square);
    beside[k] = alpha;
    v[k + 1] -= alpha;
    const norm = square - alpha * a[(k + 1) * n + k]; // v'v / 2
    if (norm === 0) continue;
    // A <- A - v w' - w v' with p = A v / norm and w = p - (p'v / (2 norm)) v.
    let projection = 0;
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += a[i * n + j] * v[j];
      p[i] = sum / norm;
      projection += p[i] * v[i];
    }
    for (let i = k + 1; i < n; i++) p[i] -= (projection / (2 * norm)) * v[i];
    for (let i = k + 1; i < n; i++) for (let j = k + 1; j < n; j++) a[i * n + j] -= v[i] * p[j] + p[i] * v[j];
  }
  return { diagonal: Float64Array.from({ length: n }, (_, i) => a[i * n + i]), beside };
}

/** Eigenvalues below x: the negative pivots of T - x (Sturm). */
function countBelow(x: number, diagonal: Float64Array, squares: Float64Array): number {
  let count = 0;
  let pivot = 1;
  for (let i = 0; i < diagonal.length; i++) {
    pivot = diagonal[i] - x - (i === 0 ? 0 : squares[i - 1] / pivot);
    if (pivot === 0) pivot = Number.MIN_VALUE * 2 ** 60; // a hair to the right of the pole
    if (pivot < 0) count++;
  }
  return count;
}
