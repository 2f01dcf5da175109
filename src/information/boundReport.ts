// A bound or estimator beside the truth: what it claims, what it gave, what it took.
import type { Estimate } from "./groundTruth";

/** What a number claims to be: `lower`, below the truth in the mean, `upper`, above it, or `none` of both. */
export type Side = "lower" | "upper" | "none";

/** The quantities: I(X;Z|Y) is the information part of H(X|Y), `set` that of a blurred set of `ipc` images. */
export type Quantity = "I(X;Y)" | "I(X;Z|Y)" | "H(X|Y)" | "set";

/** One bound or estimator on one sample. Nats. */
export interface BoundReport {
  /** Of the bound or estimator. */
  readonly name: string;
  /** What it is about. */
  readonly quantity: Quantity;
  /** What it claims to be. */
  readonly side: Side;
  /**
   * Whether a bound of this form guides sampling; the others are there to compare. It need not be this very estimator: the
   * form leaves open by which q, fitted how.
   */
  readonly guides: boolean;
  /** Whether guidance makes the very same of its images: the same formula, with what enters it fitted in the same way. */
  readonly asItGuides: boolean;
  /** What the estimator is, in words. */
  readonly says: string;
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
