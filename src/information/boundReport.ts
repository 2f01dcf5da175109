// A bound or estimator beside the truth: what it claims, what it gave, what it took.
import type { Estimate } from "./groundTruth";

/** What a number claims to be: `lower`, below the truth in the mean, `upper`, above it, or `none` of both. */
export type Side = "lower" | "upper" | "none";

/** One bound or estimator on one sample. Nats. */
export interface BoundReport {
  /** Of the bound or estimator. */
  readonly name: string;
  /** What it is about. */
  readonly quantity: Quantity;
  /** What it claims to be. */
  readonly side: Side;
  /** Whether it may guide sampling; the others are there to compare. */
  readonly guides: boolean;
  /** What it gave. */
  readonly value: number;
  /** Of `value`. */
  readonly standardError: number;
  /** 95 % interval: value -+ 1.96 standard errors. */
  readonly interval: readonly [low: number, high: number];
  /** What is true, by Monte Carlo where there is no closed form. */
  readonly truth: number;
  /** Of `truth`; 0 where it is exact. */
  readonly truthStandardError: number;
  /**
   * For a Barber-Agakov bound, its gap E ln p/q on the same points, which is far less noisy than truth - value:
   * the true posterior p is known here.
   */
  readonly gap?: Estimate;
  /** What it took, fit included; seconds. */
  readonly seconds: number;
}

/** The quantities: I(X;Z|Y) is the information part of H(X|Y), `set` that of a blurred set of `ipc` images. */
export type Quantity = "I(X;Y)" | "I(X;Z|Y)" | "H(X|Y)" | "set";

/** What a bound gave. */
export type Measured = Pick<Estimate, "value" | "standardError"> & {
  readonly gap?: Estimate;
  /** Time spent elsewhere on it. */
  readonly seconds?: number;
};

/** Runs a measurement and sets it beside the truth. */
export function report(
  name: string,
  quantity: Quantity,
  side: Side,
  guides: boolean,
  truth: Estimate,
  measure: () => Measured,
): BoundReport {
  const { result, seconds } = timed(measure);
  const { value, standardError, gap } = result;
  return {
    name,
    quantity,
    side,
    guides,
    value,
    standardError,
    interval: [value - 1.96 * standardError, value + 1.96 * standardError],
    truth: truth.value,
    truthStandardError: truth.standardError,
    ...(gap ? { gap } : {}),
    seconds: seconds + (result.seconds ?? 0),
  };
}

/** Mean and standard error of independent values. */
export function meanOf(values: readonly number[]): Estimate {
  const value = values.reduce((sum, one) => sum + one, 0) / values.length;
  const squares = values.reduce((sum, one) => sum + (one - value) ** 2, 0);
  return {
    value,
    standardError: Math.sqrt(squares / Math.max(1, values.length - 1) / values.length),
    samples: values.length,
  };
}

/** A result and the seconds it took. */
export function timed<T>(run: () => T): { result: T; seconds: number } {
  const start = performance.now();
  const result = run();
  return { result, seconds: (performance.now() - start) / 1000 };
}
