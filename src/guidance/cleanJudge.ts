// The guiding classifier asked for clean images, t = 0: to judge images that nobody is sampling.
import { temperatureAt } from "../information/calibration";
import type { Weights } from "../nn/parameters";
import type { ImageBatch } from "../tensor/batch";
import { compileWith } from "../tensor/compile";
import { type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../tensor/engine";
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
  const { height, width, channels, classes } = network.config;
  const size = height * width * channels;
  return {
    name,
    temperature: temperatureAt(temperatures, 0),
    logits: ({ data, shape: [count] }) => {
      const rows = new Float32Array(count * classes);
      for (let from = 0; from < count; from += CHUNK) {
        const used = Math.min(CHUNK, count - from);
        const filled = new Float32Array(CHUNK * size);
        filled.set(data.subarray(from * size, (from + used) * size));
        const x = tf.tensor4d(filled, [CHUNK, height, width, channels]);
        const found = compiled(x);
        rows.set((found.dataSync() as Float32Array).subarray(0, used * classes), from * classes);
        tf.dispose([x, found]);
      }
      return rows;
    },
    dispose: () => compiled.dispose(),
  };
}
