// Who is asked what class an image is of.
import type { ImageBatch } from "../tensor/batch";

/** A calibrated classifier that is asked for the class of clean images. */
export interface Judge {
  /** What it is, for the reader of the audit. */
  readonly name: string;
  /** q = softmax(logits / temperature), > 0. */
  readonly temperature: number;
  /** Scores before the temperature, row by row, N x classes. */
  logits(images: ImageBatch): Float32Array;
}
