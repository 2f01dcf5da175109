// Eigenvalues and eigenvectors of a symmetric matrix, which tfjs does not have: Householder's reflections leave three
// diagonals, A = Q T Q', and the QL algorithm with implicit shifts makes those one. Cubic with a small constant: some
// hundred rows take a fraction of a second.
//
// G. H. Golub, C. F. Van Loan: Matrix Computations, 4th ed., algorithms 8.3.1 and 8.3.3.

/** The decomposition A = sum_k values[k] v_k v_k^T. */
export interface Eigen {
  /** In descending order, n of them. */
  readonly values: Float64Array;
  /** Orthonormal; row k belongs to values[k], n x n. */
  readonly vectors: Float64Array;
}

/** The matrix T: its diagonal, and the n - 1 numbers beside it. */
interface Tridiagonal {
  readonly diagonal: Float64Array;
  readonly beside: Float64Array;
}

/** Shifts until a number beside the diagonal is gone: two or three are usual. */
const MOST_SHIFTS = 60;

/**
 * @param matrix symmetric, row by row, n x n; only read
 * @throws RangeError if it is not square
 */
export function symmetricEigen(matrix: ArrayLike<number>, n: number): Eigen {
  const rows = new Float64Array(n * n);
  for (let i = 0; i < n; i++) rows[i * n + i] = 1;
  const values = diagonalise(checked(matrix, n), n, rows);
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => values[j]! - values[i]!);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    vectors.set(rows.subarray(from * n, (from + 1) * n), to * n);
  });
  return { values: Float64Array.from(order, (i) => values[i]!), vectors };
}

/**
 * The eigenvalues alone, for a fraction of the time.
 *
 * @param matrix symmetric, row by row, n x n; only read
 * @returns n eigenvalues, ascending, to about 1e-15 of the largest
 * @throws RangeError if the matrix is not square
 */
export function eigenvalues(matrix: ArrayLike<number>, n: number): Float64Array {
  return diagonalise(checked(matrix, n), n, null).sort();
}

/** A copy to work in. */
function checked(matrix: ArrayLike<number>, n: number): Float64Array {
  if (matrix.length !== n * n)
    throw new RangeError(`eigenvalues: expected ${n} x ${n} numbers, found ${matrix.length}.`);
  return Float64Array.from(matrix);
}

/** Eigenvalues of `a`, which is overwritten, in no order; row k of `rows`, at first the unit matrix, goes with value k. */
function diagonalise(a: Float64Array, n: number, rows: Float64Array | null): Float64Array {
  const { diagonal, beside } = tridiagonal(a, n, rows);
  let size = 0;
  diagonal.forEach((value, i) => {
    size = Math.max(size, Math.abs(value) + Math.abs(beside[i] ?? 0));
  });
  const nothing = Number.EPSILON * size;
  for (let first = 0; first < n; first++) {
    for (let shift = 0; shift < MOST_SHIFTS; shift++) {
      let last = first;
      while (last < n - 1 && Math.abs(beside[last]!) > nothing) last++;
      if (last === first) break;
      shiftedStep({ diagonal, beside }, first, last, rows);
    }
  }
  return diagonal;
}

/** Reduces `a`, which is overwritten, to three diagonals; the reflections are applied to `rows`, which become Q'. */
function tridiagonal(a: Float64Array, n: number, rows: Float64Array | null): Tridiagonal {
  const beside = new Float64Array(Math.max(0, n - 1));
  const v = new Float64Array(n);
  const p = new Float64Array(n);
  for (let k = 0; k < n - 1; k++) {
    let square = 0;
    for (let i = k + 1; i < n; i++) {
      v[i] = a[i * n + k]!;
      square += v[i]! ** 2;
    }
    const alpha = v[k + 1]! > 0 ? -Math.sqrt(square) : Math.sqrt(square);
    beside[k] = alpha;
    v[k + 1]! -= alpha;
    const norm = square - alpha * a[(k + 1) * n + k]!; // v'v / 2
    if (norm === 0) continue;
    // A <- A - v w' - w v' with p = A v / norm and w = p - (p'v / (2 norm)) v.
    let projection = 0;
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += a[i * n + j]! * v[j]!;
      p[i] = sum / norm;
      projection += p[i]! * v[i]!;
    }
    for (let i = k + 1; i < n; i++) p[i]! -= (projection / (2 * norm)) * v[i]!;
    for (let i = k + 1; i < n; i++)
      for (let j = k + 1; j < n; j++) a[i * n + j]! -= v[i]! * p[j]! + p[i]! * v[j]!;
    if (rows) reflect(rows, v, k + 1, norm, n);
  }
  return { diagonal: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), beside };
}

/** rows <- (1 - v v' / norm) rows, for a v that is zero before place `from`. */
function reflect(rows: Float64Array, v: Float64Array, from: number, norm: number, n: number): void {
  const sums = new Float64Array(n);
  for (let i = from; i < n; i++) for (let c = 0; c < n; c++) sums[c]! += v[i]! * rows[i * n + c]!;
  for (let i = from; i < n; i++) {
    const share = v[i]! / norm;
    for (let c = 0; c < n; c++) rows[i * n + c]! -= share * sums[c]!;
  }
}

/** One QL step on the block from `first` to `last`, shifted by the eigenvalue of its first two rows (Wilkinson). */
function shiftedStep(
  { diagonal: d, beside: e }: Tridiagonal,
  first: number,
  last: number,
  rows: Float64Array | null,
): void {
  const half = (d[first + 1]! - d[first]!) / (2 * e[first]!);
  const root = Math.hypot(half, 1);
  let g = d[last]! - d[first]! + e[first]! / (half + (half >= 0 ? root : -root));
  let [sine, cosine, moved] = [1, 1, 0];
  for (let i = last - 1; i >= first; i--) {
    const f = sine * e[i]!;
    const b = cosine * e[i]!;
    const length = Math.hypot(f, g);
    if (i + 1 < last) e[i + 1] = length;
    if (length === 0) {
      // The block falls in two here.
      d[i + 1]! -= moved;
      return;
    }
    sine = f / length;
    cosine = g / length;
    g = d[i + 1]! - moved;
    const turned = (d[i]! - g) * sine + 2 * cosine * b;
    moved = sine * turned;
    d[i + 1] = g + moved;
    g = cosine * turned - b;
    if (rows) rotate(rows, i, sine, cosine, d.length);
  }
  d[first]! -= moved;
  e[first] = g;
}

/** Turns rows i and i + 1 into each other. */
function rotate(rows: Float64Array, i: number, sine: number, cosine: number, n: number): void {
  for (let c = i * n; c < (i + 1) * n; c++) {
    const next = rows[c + n]!;
    rows[c + n] = sine * rows[c]! + cosine * next;
    rows[c] = cosine * rows[c]! - sine * next;
  }
}
