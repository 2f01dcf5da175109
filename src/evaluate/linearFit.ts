// How a quantity moves with several others at once: least squares with an interval for each slope.
import { mean, standardDeviation, studentT } from "./statistics";

/** A slope with its interval, per standard deviation of its quantity. */
export interface Slope {
  /** Change of the value where the quantity grows by one standard deviation, the others held. */
  readonly mean: number;
  /** Half-width of the 95 % interval by Student's t; NaN without a degree of freedom. */
  readonly ci95: number;
}

/** A linear regression with intervals. */
export interface LinearFit {
  /** One per column, each at fixed values of the others. */
  readonly slopes: readonly Slope[];
  /** Share of the variance of the values that the fit explains, 0 .. 1. */
  readonly explained: number;
}

/**
 * Fits values = a + sum_k slope_k (x_k - mean_k) / deviation_k by least squares.
 *
 * @param rows the quantities of each point, all rows of one length k
 * @param values one per row
 * @throws RangeError if there are not more rows than slopes, or the quantities do not vary on their own
 * @example
 * igds.evaluate.linearFit(
 *   [
 *     [0, 1],
 *     [1, 0],
 *     [2, 1],
 *     [3, 3],
 *   ],
 *   [0, 2, 4, 6],
 * ).explained; // 1: the first alone tells it
 */
export function linearFit(rows: readonly (readonly number[])[], values: readonly number[]): LinearFit {
  const n = rows.length;
  const k = rows[0]?.length ?? 0;
  if (n !== values.length || k === 0 || n <= k + 1)
    throw new RangeError(
      `linearFit: expected as many values as rows and at least ${k + 2} of them, found ${n} rows and ${values.length} values.`,
    );
  const columns = Array.from({ length: k }, (_, c) => standardised(rows.map((row) => row[c])));
  const centre = mean(values);
  const y = values.map((value) => value - centre);
  const gram = columns.map((a) => columns.map((b) => dot(a, b)));
  const inverse = inverted(gram);
  const target = columns.map((column) => dot(column, y));
  const slopes = inverse.map((row) => dot(row, target));
  const fitted = y.map((_, i) => columns.reduce((sum, column, c) => sum + slopes[c] * column[i], 0));
  const rest = y.reduce((sum, value, i) => sum + (value - fitted[i]) ** 2, 0);
  const degrees = n - k - 1;
  const all = dot(y, y);
  return {
    slopes: slopes.map((slope, c) => ({
      mean: slope,
      ci95: studentT(0.95, degrees) * Math.sqrt((rest / degrees) * inverse[c][c]),
    })),
    explained: all > 0 ? 1 - rest / all : 0,
  };
}

function standardised(column: readonly number[]): number[] {
  const [centre, deviation] = [mean(column), standardDeviation(column)];
  return column.map((value) => (value - centre) / deviation);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

/** By Gauss and Jordan, with the largest pivot. */
function inverted(matrix: readonly (readonly number[])[]): number[][] {
  const n = matrix.length;
  const work = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c; r < n; r++) if (Math.abs(work[r][c]) > Math.abs(work[pivot][c])) pivot = r;
    if (!(Math.abs(work[pivot][c]) > 1e-9))
      throw new RangeError(
        "linearFit: expected quantities that vary, each on its own; one follows from the others.",
      );
    [work[c], work[pivot]] = [work[pivot], work[c]];
    const scale = work[c][c];
    work[c] = work[c].map((value) => value / scale);
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const factor = work[r][c];
      work[r] = work[r].map((value, i) => value - factor * work[c][i]);
    }
  }
  return work.map((row) => row.slice(n));
}
