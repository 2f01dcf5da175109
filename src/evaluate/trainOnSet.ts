// One network trained on a set, batch by batch, and tested on real images on the way.
import type { PlainTensor } from "../nn/trainer";
import type { ImageBatch } from "../tensor/batch";
import { pause } from "../tensor/pause";
import type { Seed } from "../tensor/random";
import { augmentImages, cutMix, publishedCutMix } from "./augment";
import { type ClassifierTraining, oneHot } from "./classifierTraining";
import type { LabelledSet } from "./labelledSet";
import { augmentPhotographs } from "./photographs";
import type { Protocol } from "./protocols";
import { accuracyOf, predictReal, type RealImages } from "./realImages";
import { softmaxRows } from "./softmaxRows";

/** A protocol whose steps are counted for a set. */
export type FixedProtocol = Protocol & { readonly steps: number };

/** A network that labels images. */
export interface Teacher {
  /** Scores, row by row, N x classes. */
  logits(images: ImageBatch): Float32Array;
}

/** A network in the middle of its training. */
export interface BegunNetwork {
  /** Steps taken. */
  readonly step: number;
  /** In percent, one per test so far. */
  readonly accuracies: readonly number[];
  /** Weights and moments, as `ClassifierTraining.snapshot` gives them. */
  readonly weights: ReadonlyMap<string, PlainTensor>;
}

/** What happens beside a training. */
export interface TrainingWatch {
  /** Called after every step, with the accuracy in percent where a test was made. */
  readonly report: (step: number, accuracy?: number) => void;
  /** Where it goes on. Default: it begins. */
  readonly begun?: BegunNetwork | null;
  /** Called after every step but the last, to keep what is there if it likes. */
  readonly keep?: (present: () => BegunNetwork) => Promise<void>;
}

export interface TrainedNetwork {
  /** In percent, one per test. */
  readonly accuracies: readonly number[];
  /** Classes found after the last step. */
  readonly predicted: Int32Array;
}

/**
 * Trains and tests.
 * @param set its images as `preparePhotographs` leaves them where the protocol is one of photographs
 * @param teacher gives the labels of every batch where the protocol has one
 */
export async function trainOnSet(
  classifier: ClassifierTraining,
  set: LabelledSet,
  real: RealImages,
  protocol: FixedProtocol,
  seed: Seed,
  teacher: Teacher | undefined,
  { report, begun, keep }: TrainingWatch,
): Promise<TrainedNetwork> {
  const { steps, schedule } = protocol;
  const count = set.labels.length;
  const batch = Math.min(protocol.batch, count);
  classifier.start(seed.child("weights"));
  if (begun) classifier.restore(begun.weights, begun.step);
  const order = (schedule ? epochs : endless)(count, batch, seed.child("order"));
  const tests = testSteps(protocol);
  const accuracies = [...(begun?.accuracies ?? [])];
  let predicted: Int32Array = new Int32Array(0);
  for (let step = 1; step <= steps; step++) {
    const indices = order.next().value;
    if (begun && step <= begun.step) continue;
    const draw = seed.child("augment", step);
    const { images, targets } = batchOf(set, indices, classifier, protocol, draw, teacher);
    classifier.step(images, targets);
    if (tests.has(step)) {
      predicted = await predictReal(classifier.now, real);
      accuracies.push(100 * accuracyOf(real.labels, predicted));
      report(step, accuracies[accuracies.length - 1]);
    } else report(step);
    if (step < steps)
      await keep?.(() => ({ step, accuracies: [...accuracies], weights: classifier.snapshot() }));
    await pause();
  }
  return { accuracies, predicted };
}

/** After which steps the network is tested, the last one always among them: `testsFrom` is below 1. */
function testSteps({ steps, checkpoints, testsFrom = 0 }: FixedProtocol): ReadonlySet<number> {
  const all = Array.from({ length: checkpoints }, (_, i) => Math.round((steps * (i + 1)) / checkpoints));
  return new Set(all.filter((step) => step > testsFrom * steps));
}

/** The images at `indices` as the network sees them, and their label distributions. */
function batchOf(
  { images, labels, targets: soft }: LabelledSet,
  indices: Int32Array,
  { network }: ClassifierTraining,
  { augmentation, photographs, teacher: labelling }: FixedProtocol,
  draw: Seed,
  teacher: Teacher | undefined,
): { images: ImageBatch; targets: Float32Array } {
  const { classes } = network.config;
  const picked = pick(images, indices);
  const batch = photographs
    ? augmentPhotographs(picked, photographs, draw)
    : augmentImages(picked, augmentation, draw);
  const mixes = augmentation.cutMix > draw.child("mix").uniform(1)[0];
  if (labelling && teacher) {
    if (mixes) publishedCutMix(batch, null, draw.child("cutmix"));
    const scores = teacher.logits(batch);
    if (scores.length !== indices.length * classes)
      throw new RangeError(
        `The teacher must score the dataset's ${classes} classes; it gave ${scores.length / indices.length} scores per image.`,
      );
    return { images: batch, targets: softmaxRows(scores, classes, labelling.temperature) };
  }
  const targets = soft
    ? rowsAt(soft, indices, classes)
    : oneHot(
        indices.map((index) => labels[index]),
        classes,
      );
  if (mixes) (photographs ? publishedCutMix : cutMix)(batch, targets, draw.child("cutmix"));
  return { images: batch, targets };
}

/** Batches of one size for ever: one random order of all images after the other, without a smaller last batch. */
function* endless(count: number, batch: number, seed: Seed): Generator<Int32Array, never, undefined> {
  let order: Int32Array = new Int32Array(0);
  let place = 0;
  let epoch = 0;
  for (;;) {
    const indices = new Int32Array(batch);
    for (let i = 0; i < batch; i++) {
      if (place === order.length) {
        order = seed.child(epoch++).permutation(count);
        place = 0;
      }
      indices[i] = order[place++];
    }
    yield indices;
  }
}

/** Batches of one random order of all images after the other, each order with a smaller last batch if need be. */
function* epochs(count: number, batch: number, seed: Seed): Generator<Int32Array, never, undefined> {
  for (let epoch = 0; ; epoch++) {
    const order = seed.child(epoch).permutation(count);
    for (let from = 0; from < count; from += batch) yield order.slice(from, from + batch);
  }
}

/** The images at `indices`, as a batch of its own. */
function pick({ data, shape }: ImageBatch, indices: Int32Array): ImageBatch {
  const [, height, width, channels] = shape;
  return {
    data: rowsAt(data, indices, height * width * channels),
    shape: [indices.length, height, width, channels],
  };
}

function rowsAt(rows: Float32Array, indices: Int32Array, size: number): Float32Array {
  const picked = new Float32Array(indices.length * size);
  indices.forEach((index, i) => {
    picked.set(rows.subarray(index * size, (index + 1) * size), i * size);
  });
  return picked;
}
