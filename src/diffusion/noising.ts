// Training batches of noised images, the same for denoisers and classifiers: which images, which noise,
// which time steps depend on the seed and the step number alone.
import { batchAt, gather, gatherLabels } from "../datasets/batches";
import type { Dataset } from "../datasets/dataset";
import type { Seed } from "../tensor/random";

/** One batch as plain numbers. */
export interface NoisyBatch {
  readonly shape: readonly [n: number, height: number, width: number, channels: number];
  readonly x0: Float32Array;
  readonly noise: Float32Array;
  readonly t: Int32Array;
  readonly labels: Int32Array;
  /** Source of whatever else the step draws. */
  readonly draw: Seed;
}

/**
 * @param indices training images to draw from
 * @param timeOf maps uniform draws in [0, 1) to time steps
 * @returns the batch of a step; asking for the steps in order is fast, any other order works as well
 */
export function noisyBatches(
  dataset: Dataset,
  indices: Int32Array,
  batch: number,
  seed: Seed,
  timeOf: (u: number) => number,
): (step: number) => NoisyBatch {
  const indicesAt = batchAt(indices, { batchSize: batch, seed: seed.child("order"), dropLast: true });
  return (step) => {
    const chosen = indicesAt(step);
    const draw = seed.child("step", step);
    const { data, shape } = gather(dataset.train, dataset.shape, chosen);
    return {
      shape,
      x0: data,
      noise: draw.child("noise").normal(data.length),
      t: Int32Array.from(draw.child("t").uniform(batch), timeOf),
      labels: gatherLabels(dataset.train, chosen),
      draw,
    };
  };
}
