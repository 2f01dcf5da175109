// K-Center (Gonzalez 1985; as a selection of training images: Sener & Savarese 2018): images such that none of the
// class is far from the nearest of them.

/**
 * Greedy: first the row nearest to the mean, then always the one farthest from all picked ones. The largest
 * distance to a picked row is at most twice the least that is possible.
 *
 * @param points row by row, N x `dimension`, N >= `count`
 * @returns places of rows, in the order they were picked; different as long as the rows are
 * @example
 * kCenter(Float32Array.of(0, 4, 5, 11), 1, 3); // 2, 3, 0
 */
export function kCenter(points: Float32Array, dimension: number, count: number): Int32Array {
  const total = points.length / dimension;
  const picked = new Int32Array(count);
  const nearest = new Float64Array(total).fill(Number.POSITIVE_INFINITY);
  const toMean = squaresTo(points, dimension, meanOf(points, dimension));
  picked[0] = toMean.reduce((best, square, i) => (square < toMean[best]! ? i : best), 0);
  for (let k = 1; k < count; k++) {
    const last = picked[k - 1]! * dimension;
    const squares = squaresTo(points, dimension, points.subarray(last, last + dimension));
    let farthest = -1;
    squares.forEach((square, i) => {
      nearest[i] = Math.min(nearest[i]!, square);
    });
    nearest[picked[k - 1]!] = -1; // never again, even where all others coincide with a picked one
    nearest.forEach((square, i) => {
      if (farthest < 0 || square > nearest[farthest]!) farthest = i;
    });
    picked[k] = farthest;
  }
  return picked;
}

/** Mean of the rows. */
export function meanOf(points: Float32Array, dimension: number): Float64Array {
  const mean = new Float64Array(dimension);
  points.forEach((value, i) => {
    mean[i % dimension]! += value;
  });
  return mean.map((sum) => (sum * dimension) / points.length);
}

function squaresTo(points: Float32Array, dimension: number, centre: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: points.length / dimension }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < dimension; c++) sum += (points[i * dimension + c]! - centre[c]!) ** 2;
    return sum;
  });
}
