// One step of a sampler as plain arrays: nothing to dispose, exact to rewind, simple to save.
import type { ImageBatch } from "../tensor/batch";
import type { EarlierStep } from "./samplers";

/** One guidance term at one step; both arrays have one entry per image. */
export interface TermRecord {
  /** Of the term. */
  readonly name: string;
  /**
   * Value of the term for each image: in nats where the term is an information, as `prototype` and `mixture` are; others have
   * units of their own, such as a squared distance (`mode`), a sum of kernels (`particle`) or a cosine (`influence`).
   */
  readonly value: Float32Array;
  /** Euclidean norm of the term's gradient by x0hat for each image. */
  readonly gradientNorm: Float32Array;
  /** At this step; 0 outside of the term's window. */
  readonly weight: number;
  /** What the term's push is worth; absent where the terms of a set do not tell. */
  readonly worth?: WorthRecord;
}

/**
 * What moving x0hat adds to both kinds of information, to first order, one entry per image, in nats; of the contextual
 * information (that of the contextual term) to the sum over the images of the class.
 */
export interface WorthRecord {
  /** To the prototype information of the image; absent where the guide has no prototype term. */
  readonly prototype?: Float32Array;
  /** To the contextual information of the class; absent where the guide has no contextual term. */
  readonly contextual?: Float32Array;
}

/**
 * The bounds on both kinds of information at one step, one entry per image, in nats. The mean over the
 * images of a class is the bound of the class, the mean over all images that of the set.
 */
export interface BoundRecord {
  /** log q(y|x0hat) + ln C, at most ln C. */
  readonly prototype: Float32Array;
  /** Information part of the mixture sandwich on x0hat, in [0, ln IPC]. */
  readonly contextual: { readonly low: Float32Array; readonly high: Float32Array };
  /**
   * Context bound: KL(q(z|x0hat, y) || its mean over the class), in [0, ln IPC]. The classes that are sampled together share
   * the temperature of q, so that the value of an image depends a little on which they are.
   */
  readonly context: Float32Array;
}

/** What `steps()` yields at each denoising step. */
export interface StepRecord {
  /** Number of the step, 0..count-1. */
  readonly index: number;
  /** Steps in all. */
  readonly count: number;
  /** Time step of the noise level, T-1 down to 0. */
  readonly t: number;
  /** x_t, from which the step starts. */
  readonly x: ImageBatch;
  /** Predicted clean image, guidance included; of the last step it is the finished image. */
  readonly x0: ImageBatch;
  /** Predicted clean image before guidance: what the guidance changed is x0 - plain. */
  readonly plain: ImageBatch;
  /** Noise that belongs to x0. */
  readonly epsilon: ImageBatch;
  /** What the network says of the variance of the step, if the sampler takes it from there. */
  readonly variance?: ImageBatch;
  /** The step before, if the sampler looks back. */
  readonly previous?: EarlierStep;
  /** What each term was; no terms where nothing guides. */
  readonly guidance: { readonly terms: readonly TermRecord[] };
  /** The bounds before the step's guidance, where the guide records them. */
  readonly bounds?: BoundRecord;
}
