// Means with intervals, so that no number is reported without saying how sure it is.

/** A mean of repeated measurements. */
export interface MeanInterval {
  /** In the unit of the values. */
  readonly mean: number;
  /** Half-width of the 95 % interval of the mean by Student's t; NaN for a single value, which has none. */
  readonly ci95: number;
  /** What it is the mean of. */
  readonly values: readonly number[];
}

/** @throws RangeError if there are no values. */
export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("A mean needs at least one value, found none");
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation (divisor n - 1); NaN for a single value. @throws RangeError if there are no values. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/**
 * The mean of independent measurements with its 95 % interval.
 *
 * @param values one per measurement
 * @throws RangeError if there are no values
 * @example igds.evaluate.meanInterval([74.1, 75.0, 74.6]); // mean 74.6, ci95 1.1
 */
export function meanInterval(values: readonly number[]): MeanInterval {
  const deviation = standardDeviation(values);
  const ci95 =
    values.length < 2
      ? Number.NaN
      : (studentT(0.95, values.length - 1) * deviation) / Math.sqrt(values.length);
  return { mean: mean(values), ci95, values: [...values] };
}

/**
 * Mean of a - b over pairs that share their seed. Its interval is narrower than that of two separate means
 * as far as the seed moves both alike.
 *
 * @param a one value per seed
 * @param b those of the other method, in the same order of seeds
 * @throws RangeError if the lists differ in length or are empty
 * @example igds.evaluate.pairedDifference([74.1, 75.0, 74.6], [72.0, 73.1, 72.2]); // mean 2.1, ci95 0.6
 */
export function pairedDifference(a: readonly number[], b: readonly number[]): MeanInterval {
  if (a.length !== b.length)
    throw new RangeError(
      `A paired difference needs lists of equal length, found ${a.length} and ${b.length} values`,
    );
  return meanInterval(a.map((value, i) => value - b[i]));
}

/**
 * The t with P(|T| < t) = `confidence` for Student's t with `degrees` degrees of freedom, by bisection of
 * the closed form (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4).
 * @throws RangeError unless 0 < confidence < 1 and degrees is a whole number >= 1.
 */
export function studentT(confidence: number, degrees: number): number {
  if (!(confidence > 0 && confidence < 1))
    throw new RangeError(`A confidence must lie between 0 and 1, found ${confidence}`);
  if (!Number.isInteger(degrees) || degrees < 1)
    throw new RangeError(`Degrees of freedom must be a whole number >= 1, found ${degrees}`);
  // In the angle theta = atan(t / sqrt(degrees)) the range is finite.
  let low = 0;
  let high = Math.PI / 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (centralProbability(middle, degrees) < confidence) low = middle;
    else high = middle;
  }
  return Math.tan((low + high) / 2) * Math.sqrt(degrees);
}

/**
 * P(|T| >= |t|) for Student's t with `degrees` degrees of freedom: the two-sided p-value.
 * @throws RangeError unless degrees is a whole number >= 1.
 */
export function studentTail(t: number, degrees: number): number {
  if (!Number.isInteger(degrees) || degrees < 1)
    throw new RangeError(`Degrees of freedom must be a whole number >= 1, found ${degrees}`);
  return 1 - centralProbability(Math.atan(Math.abs(t) / Math.sqrt(degrees)), degrees);
}

/** A(t | degrees) of 26.7.3 (odd) and 26.7.4 (even). */
function centralProbability(theta: number, degrees: number): number {
  const odd = degrees % 2 === 1;
  const cosine = Math.cos(theta);
  // Terms cos^k * (product of even / odd numbers below, or odd / even), k = 1, 3, .. or 0, 2, ..
  let term = odd ? cosine : 1;
  let sum = 0;
  for (let k = odd ? 1 : 0; k <= degrees - 2; k += 2) {
    sum += term;
    term *= ((k + 1) / (k + 2)) * cosine * cosine;
  }
  return odd ? (2 / Math.PI) * (theta + Math.sin(theta) * sum) : Math.sin(theta) * sum;
}
