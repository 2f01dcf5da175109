// Calibration of a classifier q(y|x) by one temperature.
//
// The gap of the Barber-Agakov bound is E KL(p(y|x) || q(y|x)), so on held-out images the bound is
// ln C - NLL: the temperature with the smallest negative log-likelihood is the one with the tightest bound.
// A time-conditional classifier is calibrated for each noise level apart, since its confidence drifts with t.
//
// C. Guo et al.: On Calibration of Modern Neural Networks. ICML 2017, arXiv 1706.04599.
import { columnsOf } from "./barberAgakov";

/** One fitted temperature and what it changes on the data it was fitted to. */
export interface Calibration {
  /** T in q = softmax(logits / T). */
  readonly temperature: number;
  /** Mean -log q(y|x) at T = 1, nats. */
  readonly nllBefore: number;
  /** The same at the fitted T. */
  readonly nllAfter: number;
  /** Expected calibration error at T = 1, in [0, 1], over 15 bins of confidence. */
  readonly eceBefore: number;
  /** The same at the fitted T. */
  readonly eceAfter: number;
  /**
   * True if the best T lies outside [0.01, 100]: every image is right, and T is left at 1, or the logits mislead or are
   * tiny, and T is at that end.
   */
  readonly atLimit: boolean;
}

const LOWEST = 0.01;
const HIGHEST = 100;
const BINS = 15;

/**
 * Fits one temperature by minimising the mean negative log-likelihood.
 *
 * The likelihood is convex in b = 1/T with slope g(b) = E[E_q z - z_y] and curvature E[Var_q z], so the root
 * of g is bracketed and found by Newton's method in ln b, halving the bracket where a step leaves it.
 *
 * @param logits held-out scores z, row by row, N x C
 * @param labels the class of each row, N
 * @throws RangeError for no rows, a label that is not a class, or a logit that is not finite
 * @example
 * igds.information.fitTemperature(Float32Array.of(9, 0, 0, 9, 9, 0), [0, 1, 1]).temperature;
 * // Above 1: too sure of itself.
 */
export function fitTemperature(logits: Float32Array, labels: ArrayLike<number>): Calibration {
  const classes = checkedClasses(logits, labels);
  const before = assess(logits, labels, classes, 1);
  const { inverse: best, atLimit } = bestInverse((b) => slope(logits, labels, classes, b));
  // Without a single error the best T is zero, a certainty that no finite sample shows: it makes nothing surer.
  const inverse = atLimit && best > 1 && before.allRight ? 1 : best;
  const after = assess(logits, labels, classes, inverse);
  return {
    temperature: 1 / inverse,
    nllBefore: before.nll,
    nllAfter: after.nll,
    eceBefore: before.ece,
    eceAfter: after.ece,
    atLimit,
  };
}

/** Held-out scores of a time-conditional classifier at one noise level. */
export interface CalibrationLevel {
  /** Time step, 0..T-1. */
  readonly t: number;
  readonly logits: Float32Array;
  readonly labels: ArrayLike<number>;
}

/** The calibration of one noise level. */
export interface LevelCalibration extends Calibration {
  readonly t: number;
}

/**
 * Fits one temperature for each noise level.
 *
 * @returns in ascending order of t
 * @throws as `fitTemperature`, and RangeError if there is no level or a t comes twice
 */
export function fitTemperatures(levels: readonly CalibrationLevel[]): LevelCalibration[] {
  const sorted = [...levels].sort((a, b) => a.t - b.t);
  if (sorted.length === 0)
    throw new RangeError("fitTemperatures: expected at least one noise level, found none.");
  sorted.forEach(({ t }, index) => {
    if (index > 0 && sorted[index - 1]!.t === t) {
      throw new RangeError(`fitTemperatures: expected each noise level once, found t = ${t} twice.`);
    }
  });
  return sorted.map(({ t, logits, labels }) => ({ t, ...fitTemperature(logits, labels) }));
}

/**
 * The temperature at a time step between the fitted ones: ln T is interpolated linearly in t, and constant outside.
 *
 * @param fits in ascending order of t, as `fitTemperatures` gives them
 */
export function temperatureAt(fits: readonly { t: number; temperature: number }[], t: number): number {
  const next = fits.findIndex((fit) => fit.t >= t);
  if (fits.length === 0)
    throw new RangeError("temperatureAt: expected at least one fitted level, found none.");
  if (next === -1) return fits[fits.length - 1]!.temperature;
  const above = fits[next]!;
  if (next === 0 || above.t === t) return above.temperature;
  const below = fits[next - 1]!;
  const share = (t - below.t) / (above.t - below.t);
  return Math.exp((1 - share) * Math.log(below.temperature) + share * Math.log(above.temperature));
}

/** Number of classes C of N x C logits; everything else about them is checked too. */
function checkedClasses(logits: Float32Array, labels: ArrayLike<number>): number {
  const classes = columnsOf(logits, labels, "fitTemperature");
  const odd = logits.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) {
    throw new RangeError(
      `fitTemperature: expected finite logits, found ${logits[odd]} at ${odd}. The classifier has diverged.`,
    );
  }
  return classes;
}

/** exp(b (z - max z)) of one row into `out`; returns their sum and max z. */
function exponentials(
  logits: Float32Array,
  start: number,
  b: number,
  out: Float64Array,
): { sum: number; top: number } {
  let top = -Infinity;
  for (let c = 0; c < out.length; c++) top = Math.max(top, logits[start + c]!);
  let sum = 0;
  for (let c = 0; c < out.length; c++) {
    out[c] = Math.exp(b * (logits[start + c]! - top));
    sum += out[c]!;
  }
  return { sum, top };
}

/** Slope and curvature of the mean negative log-likelihood by b = 1/T. */
function slope(
  logits: Float32Array,
  labels: ArrayLike<number>,
  classes: number,
  b: number,
): { first: number; second: number } {
  const weights = new Float64Array(classes);
  let first = 0;
  let second = 0;
  for (let i = 0; i < labels.length; i++) {
    const start = i * classes;
    const { sum, top } = exponentials(logits, start, b, weights);
    let mean = 0;
    let square = 0;
    for (let c = 0; c < classes; c++) {
      const z = logits[start + c]! - top;
      mean += (weights[c]! / sum) * z;
      square += (weights[c]! / sum) * z * z;
    }
    first += mean - (logits[start + labels[i]!]! - top);
    second += square - mean * mean;
  }
  return { first: first / labels.length, second: second / labels.length };
}

/** The root in b of an increasing slope, within the limits of T. */
function bestInverse(at: (b: number) => { first: number; second: number }): {
  inverse: number;
  atLimit: boolean;
} {
  // Logits that say nothing, or leave nothing to gain, have slope zero everywhere: T stays 1.
  if (at(1).first === 0) return { inverse: 1, atLimit: false };
  if (at(1 / HIGHEST).first >= 0) return { inverse: 1 / HIGHEST, atLimit: true };
  if (at(1 / LOWEST).first <= 0) return { inverse: 1 / LOWEST, atLimit: true };
  let low = Math.log(1 / HIGHEST);
  let high = Math.log(1 / LOWEST);
  let u = 0;
  for (let step = 0; step < 100 && high - low > 1e-10; step++) {
    const b = Math.exp(u);
    const { first, second } = at(b);
    if (first === 0) break;
    if (first < 0) low = u;
    else high = u;
    const newton = u - first / (b * second);
    // Newton for the root of g(e^u); a step out of the bracket, or of undefined size, is replaced by its middle.
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - u) < 1e-12) break;
    u = next;
  }
  return { inverse: Math.exp(u), atLimit: false };
}

/** Mean negative log-likelihood and expected calibration error at b = 1/T. */
function assess(
  logits: Float32Array,
  labels: ArrayLike<number>,
  classes: number,
  b: number,
): { nll: number; ece: number; allRight: boolean } {
  const weights = new Float64Array(classes);
  const excess = new Float64Array(BINS); // sum of (right - confidence) in each bin
  let nll = 0;
  let wrong = 0;
  for (let i = 0; i < labels.length; i++) {
    const start = i * classes;
    const { sum, top } = exponentials(logits, start, b, weights);
    const y = labels[i]!;
    nll += Math.log(sum) - b * (logits[start + y]! - top);
    const confidence = 1 / sum; // the largest exponential is e^0
    const right = weights.indexOf(1) === y ? 1 : 0;
    wrong += 1 - right;
    excess[Math.min(BINS - 1, Math.floor(confidence * BINS))]! += right - confidence;
  }
  const ece = excess.reduce((total, value) => total + Math.abs(value), 0) / labels.length;
  return { nll: nll / labels.length, ece, allRight: wrong === 0 };
}
