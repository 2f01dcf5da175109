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
 * The t with P(|T| < t) = `confidence` for Student's t with `degrees` degrees of freedom, by bisection.
 * @param degrees > 0; whole where the values are independent and alike, else as Satterthwaite's
 * @throws RangeError unless 0 < confidence < 1 and degrees > 0
 */
export function studentT(confidence: number, degrees: number): number {
  if (!(confidence > 0 && confidence < 1))
    throw new RangeError(`A confidence must lie between 0 and 1, found ${confidence}`);
  // In the angle phi of `tail` the range is finite.
  let low = 0;
  let high = Math.PI / 2;
  const all = powersOfSine(high, expectDegrees(degrees));
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (powersOfSine(middle, degrees) / all < 1 - confidence) low = middle;
    else high = middle;
  }
  return Math.sqrt(degrees) / Math.tan((low + high) / 2);
}

/**
 * P(|T| >= |t|) for Student's t with `degrees` degrees of freedom: the two-sided p-value. With t = sqrt(degrees) cot(phi)
 * its density is sin(phi)^(degrees - 1) but for a factor.
 * @throws RangeError unless degrees > 0
 */
export function studentTail(t: number, degrees: number): number {
  const all = powersOfSine(Math.PI / 2, expectDegrees(degrees));
  return powersOfSine(Math.atan2(Math.sqrt(degrees), Math.abs(t)), degrees) / all;
}

function expectDegrees(degrees: number): number {
  if (degrees > 0 && degrees < Number.POSITIVE_INFINITY) return degrees;
  throw new RangeError(`Degrees of freedom must be a number above zero, found ${degrees}`);
}

/** Step of the rule below, and how far it goes: its last points are within 1e-16 of the ends. */
const STEP = 1 / 24;
const POINTS = 82;

/** The integral of sin(phi)^(degrees - 1) from 0 to `end`, by the tanh-sinh rule (Takahasi & Mori 1974). */
function powersOfSine(end: number, degrees: number): number {
  let sum = 0;
  for (let i = -POINTS; i <= POINTS; i++) {
    const u = (Math.PI / 2) * Math.sinh(i * STEP);
    // Part of the way from 0 to the end, exact near 0 where the integrand may have a pole.
    const part = 1 / (1 + Math.exp(-2 * u));
    const weight = ((Math.PI / 2) * Math.cosh(i * STEP)) / Math.cosh(u) ** 2;
    if (weight > 0) sum += weight * Math.sin(end * part) ** (degrees - 1);
  }
  return (sum * STEP * end) / 2;
}
