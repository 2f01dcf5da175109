// One step of a sampler as plain arrays: nothing to dispose, exact to rewind, simple to save.
import type { ImageBatch } from "../tensor/batch";

/** One guidance term at one step; both arrays have one entry per image. */
export interface TermRecord {
  readonly name: string;
  /** Value of the term for each image, in nats. */
  readonly value: Float32Array;
  /** Euclidean norm of the term's gradient for each image. */
  readonly gradientNorm: Float32Array;
  readonly weight: number;
}

/** The bounds on both kinds of information at one step, in nats. */
export interface BoundRecord {
  /** Per image: log q(y|x0) + ln C. */
  readonly prototype: Float32Array;
  /** Per class index of run.classes: information part of the mixture sandwich on x0, in [0, ln IPC]. */
  readonly contextual: { readonly low: Float32Array; readonly high: Float32Array };
  /** Per class index of run.classes: the context bound. */
  readonly context: Float32Array;
}

/** What a sampler yields after each denoising step; `index` counts 0..count-1, `t` is the noise level's time. */
export interface StepRecord {
  readonly index: number;
  readonly count: number;
  readonly t: number;
  readonly x: ImageBatch;
  readonly x0: ImageBatch;
  readonly epsilon: ImageBatch;
  readonly guidance: { readonly terms: readonly TermRecord[] };
  readonly bounds?: BoundRecord;
}
