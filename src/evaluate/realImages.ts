// Real images to test on, and how often a classifier is right on them.
import { gather, gatherLabels } from "../datasets/batches";
import type { Dataset, Split } from "../datasets/dataset";
import type { FrozenClassifier } from "../nn/frozenClassifier";
import type { ImageBatch } from "../tensor/batch";
import { pause } from "../tensor/pause";

/** Images of a split, read in parts so that they are not all held as numbers. */
export interface RealImages {
  /** Class index of each image. */
  readonly labels: Int32Array;
  /** The images from `from` to before `to`. */
  part(from: number, to: number): ImageBatch;
}

/** @param indices which images of the split; default: all */
export function realImages(dataset: Dataset, split: Split, indices?: Int32Array): RealImages {
  const chosen = indices ?? Int32Array.from({ length: split.count }, (_, i) => i);
  return {
    labels: gatherLabels(split, chosen),
    part: (from, to) => gather(split, dataset.shape, chosen.subarray(from, to)),
  };
}

/** Images between two looks at the event loop: about a fifth of a second. */
const PART = 1000;

/** Of large images fewer are held as numbers: 50 is what a network takes at once. */
const LARGE = { pixels: 64 * 64, part: 50 } as const;

/** The class found for each image. */
export async function predictReal(classifier: FrozenClassifier, real: RealImages): Promise<Int32Array> {
  const count = real.labels.length;
  const { height, width } = classifier.network.config;
  const size = height * width > LARGE.pixels ? LARGE.part : PART;
  const predicted = new Int32Array(count);
  for (let from = 0; from < count; from += size) {
    predicted.set(classifier.classify(real.part(from, Math.min(count, from + size))), from);
    await pause();
  }
  return predicted;
}

/** Share of equal entries, 0 .. 1. */
export function accuracyOf(labels: Int32Array, predicted: Int32Array): number {
  return labels.reduce((right, label, i) => right + (label === predicted[i] ? 1 : 0), 0) / labels.length;
}

/** Counts by [label][prediction], over all lists of predictions. */
export function confusionMatrix(
  labels: Int32Array,
  predictions: readonly Int32Array[],
  classes: number,
): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const predicted of predictions)
    labels.forEach((label, i) => {
      counts[label][predicted[i]]++;
    });
  return counts;
}
