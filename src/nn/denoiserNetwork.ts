// What every denoising network looks like to training and sampling, whatever it is built of.
import type { Tensor1D, Tensor4D } from "../tensor/engine";
import type { Parameters, Weights } from "./parameters";

/** Shape of the images and number of classes a network is built for. */
export interface ImageSpace {
  /** Of an image, in pixels; of latents in theirs. */
  readonly height: number;
  /** As `height`. */
  readonly width: number;
  /** Values of a pixel. */
  readonly channels: number;
  /** Number of classes, C. Class C itself is the null class of classifier-free guidance. */
  readonly classes: number;
  /** Whether the network knows the null class. Default true; one that does not is asked with guidance scale 1. */
  readonly nullClass?: boolean;
}

/** A class-conditional network that predicts the noise in x_t (epsilon-prediction, Ho et al. 2020). */
export interface DenoiserNetwork {
  /** What the checkpoint stores to build the network again. */
  readonly config: { readonly kind: string } & ImageSpace;
  /** Names, shapes and initial values of its weights. */
  readonly parameters: Parameters;
  /**
   * Predicts the noise: a pure function, which can be compiled and differentiated, once: a gradient of its gradient lacks
   * terms, without an error (see `dense`).
   * @param x x_t, [N, H, W, channels]
   * @param t time step, [N], 0..T-1
   * @param y class index, [N] int32; C stands for "no class". Not checked: a number beyond has an embedding of zeros
   * @returns epsilon, [N, H, W, channels]
   */
  apply(w: Weights, x: Tensor4D, t: Tensor1D, y: Tensor1D): Tensor4D;
  /**
   * Of a network with learned variance (Nichol & Dhariwal 2021): epsilon as `apply` gives it and, in as many further
   * channels, where between its bounds the variance of the step lies: -1 the least, 1 the largest.
   * @returns [N, H, W, 2 channels]
   */
  applyWithVariance?(w: Weights, x: Tensor4D, t: Tensor1D, y: Tensor1D): Tensor4D;
  /**
   * Weight of the squared error of epsilon at time step t in the loss of training. Default: 1 at all.
   * @param t 0..T-1
   */
  lossWeight?(t: number): number;
}
