// The guiding classifier asked for clean images, t = 0: to judge images that nobody is sampling.
import { temperatureAt } from "../information/calibration";
import type { Weights } from "../nn/parameters";
import type { ImageBatch } from "../tensor/batch";
import { compileWith } from "../tensor/compile";
import { type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../tensor/engine";
import { rowsInChunks } from "../tensor/rowsInChunks";
import type { Classifier } from "./classifier";

/** Images at once. */
const CHUNK = 50;

/** A classifier of clean images with its temperature. */
export interface CleanJudge {
  readonly name: string;
  /** q = softmax(logits / temperature). */
  readonly temperature: number;
  /** Row by row, N x classes. */
  logits(images: ImageBatch): Float32Array;
  dispose(): void;
}

/** @param name what it is called in results */
export function cleanJudge({ network, weights, temperatures }: Classifier, name: string): CleanJudge {
  const compiled = compileWith(
    weights,
    (w: Weights, x: Tensor4D): Tensor2D => network.apply(w, x, tf.zeros([CHUNK]) as Tensor1D),
  );
  return {
    name,
    temperature: temperatureAt(temperatures, 0),
    logits: (images) => rowsInChunks(images, CHUNK, network.config.classes, compiled),
    dispose: () => compiled.dispose(),
  };
}
