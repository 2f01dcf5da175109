// Scores of a classifier as the classes it finds.

/**
 * The place of the largest number of each row, the first of equal ones.
 *
 * @param rows row by row, N x `width`
 * @throws RangeError if a number is NaN, as a network that has diverged answers: none of its places would be the largest
 */
export function argmaxRows(rows: Float32Array, width: number): Int32Array {
  return Int32Array.from({ length: rows.length / width }, (_, n) => {
    let best = 0;
    for (let c = 0; c < width; c++) {
      const value = rows[n * width + c]!;
      if (Number.isNaN(value))
        throw new RangeError(
          `Expected scores of a classifier, found NaN for class ${c} of image ${n}: has its training diverged?`,
        );
      if (value > rows[n * width + best]!) best = c;
    }
    return best;
  });
}
