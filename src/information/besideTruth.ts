// Runs an estimator and sets what it gave beside the truth.
import type { BoundReport } from "./boundReport";
import { type EstimatorName, estimators } from "./estimators";
import type { Estimate } from "./groundTruth";

/** What a bound gave. */
export type Measured = Pick<Estimate, "value" | "standardError"> & {
  readonly gap?: Estimate;
  /** Time spent elsewhere on it. */
  readonly seconds?: number;
};

/** @param truth about the quantity of the estimator */
export function report(name: EstimatorName, truth: Estimate, measure: () => Measured): BoundReport {
  const { result, seconds } = timed(measure);
  const { value, standardError, gap } = result;
  return {
    name,
    ...estimators[name],
    value,
    standardError,
    interval: [value - 1.96 * standardError, value + 1.96 * standardError],
    truth: truth.value,
    truthStandardError: truth.standardError,
    ...(gap ? { gap } : {}),
    seconds: seconds + (result.seconds ?? 0),
  };
}

/** A result and the seconds it took. */
export function timed<T>(run: () => T): { result: T; seconds: number } {
  const start = performance.now();
  const result = run();
  return { result, seconds: (performance.now() - start) / 1000 };
}
