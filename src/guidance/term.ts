// A guidance term: a quantity of the images that sampling shall raise. Terms add up (guide.ts).
import type { Tensors } from "../tensor/compile";
import type { Scalar, Tensor1D, Tensor4D } from "../tensor/engine";

/** What a term may look at besides x0hat. Images lie class after class, `ipc` of each. */
export interface TermContext {
  /** x_t as a function of x0hat, the predicted noise held constant: sqrt(alphaBar) x0 + sqrt(1 - alphaBar) epsilon. */
  readonly xt: Tensor4D;
  /** Class of each image, int32 [N]. */
  readonly labels: Tensor1D;
  /** Number of classes in this set, K. */
  readonly groups: number;
  /** Images per class, N / K. */
  readonly ipc: number;
  /** Time step of each image, int32 [N]. */
  readonly t: Tensor1D;
  /** s_t^2 = (1 - alphaBar) / alphaBar, the noise variance on the scale of x0. */
  readonly s2: Scalar;
  /** The numbers that `numbers(t)` gave for this step. */
  readonly numbers: Readonly<Record<string, Scalar>>;
}

/**
 * Whether a term is a function of x0hat (`x0`) or of x_t (`xt`): it decides how far its gradient moves x0hat
 * (`MovementOptions.gradient`).
 */
export type GradientBy = "x0" | "xt";

/**
 * One term. `value` must be a pure function of tensors: it is compiled.
 */
export interface Term {
  /** Unique within a guide; step records have it. */
  readonly name: string;
  /** What it is a function of. */
  readonly by: GradientBy;
  /** The kind of information that its value is a bound on: the ledger of a run is kept in it. Left out: none. */
  readonly measures?: "prototype" | "contextual";
  /** The labels that it can tell apart; a guide of images of another class refuses it. Left out: all. */
  readonly classes?: readonly number[];
  /**
   * Tensors that stay in the engine, such as a classifier's weights. They are whose they were: a guide copies them and frees
   * its copies alone. What a term has made itself may be disposed of as soon as the guide is there.
   */
  readonly tensors: Tensors;
  /** Numbers that change from step to step, such as a temperature. The names are the same at every step. */
  numbers?(t: number): Readonly<Record<string, number>>;
  /**
   * @param x0 x0hat, [N, H, W, C]
   * @returns the term of each image, [N], in nats if it is a bound; guidance raises their sum
   */
  value(tensors: Tensors, x0: Tensor4D, context: TermContext): Tensor1D;
}

/** A term with its weight and the time steps at which it acts. */
export interface WeightedTerm {
  /** What is raised. */
  readonly term: Term;
  /** Factor of its gradient; 0 records the term without guiding by it. */
  readonly weight: number;
  /** Acts while low <= t <= high. Default: always. */
  readonly window?: readonly [low: number, high: number];
}
