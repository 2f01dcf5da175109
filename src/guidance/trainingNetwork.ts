// A small network caught at several moments of its training on real images: what influence guidance asks.
import defaults from "lodash/defaults";
import { batches, gather, gatherLabels } from "../datasets/batches";
import type { Dataset } from "../datasets/dataset";
import { convNet } from "../nn/convNet";
import type { ImageClassifier } from "../nn/imageClassifier";
import type { Weights } from "../nn/parameters";
import { Trainer } from "../nn/trainer";
import { engineInfo, type Scalar, type Tensor, type Tensor1D, type Tensor4D, tf } from "../tensor/engine";
import type { ProgressEvent } from "../tensor/progress";
import { Seed, type SeedLike } from "../tensor/random";
import { atOnce } from "../tensor/stepwise";

/** One network with its weights at some moments of its training. */
export interface TrainingNetwork {
  /** What it computes. */
  readonly network: ImageClassifier;
  /** At least one; owned by the holder. */
  readonly moments: readonly Weights[];
}

/** How the network is trained, and when it is caught. */
export interface TrainingNetworkOptions {
  /** Steps at which the weights are kept, ascending. Default 0, 50, 200: untaught, half taught, taught. */
  readonly moments?: readonly number[];
  /** Filters of the ConvNet-3. Default 16. */
  readonly filters?: number;
  /** Images per step, fewer where there are not as many. Default 64. */
  readonly batch?: number;
  /** Default `sgd`. */
  readonly optimiser?: "sgd" | "adamw";
  /** Peak learning rate. Default 0.01. */
  readonly rate?: number;
}

const trainingNetworkDefaults = {
  moments: [0, 50, 200],
  filters: 16,
  batch: 64,
  optimiser: "sgd",
  rate: 0.01,
} as const;

/**
 * Trains a ConvNet-3 on real images and keeps its weights on the way; some seconds on a processor.
 *
 * Simplified: IGD trains a ConvNet-6 for 50 epochs and keeps four moments.
 *
 * @param dataset its train split is learned from
 * @param among places in the train split to learn from
 * @param seed of the initial weights and of the order of the images
 * @returns the network with its weights at each of `options.moments`, in the engine until the caller disposes of them
 * @throws Error where the engine cannot train; RangeError if `among` is empty
 * @example
 * const network = igds.guidance.trainTrainingNetwork(dataset, igds.datasets.developmentSplit(dataset).fit, 0);
 */
export function trainTrainingNetwork(
  dataset: Dataset,
  among: Int32Array,
  seed: SeedLike,
  options: TrainingNetworkOptions = {},
): TrainingNetwork {
  return atOnce(trainingSteps(dataset, [{ among, seed: Seed.of(seed) }], options))[0];
}

/** @throws where the engine cannot train */
export function expectTraining(): void {
  if (engineInfo.backend === "wasm")
    throw new Error(
      `This guidance trains networks on real images, which needs the native TensorFlow engine; found "${engineInfo.backend}". ` +
        'Run "npx igds setup"; or, for method igds, set setFeatures: "untrained", and leave out influence.',
    );
}

/**
 * As `trainTrainingNetwork`, several that learn from different images; the step is compiled once. Yields after each of their
 * steps; left early, it frees what it holds.
 */
export function* trainingSteps(
  dataset: Dataset,
  lessons: readonly { readonly among: Int32Array; readonly seed: Seed }[],
  options: TrainingNetworkOptions = {},
): Generator<ProgressEvent, TrainingNetwork[], void> {
  expectTraining();
  const { moments, filters, batch, optimiser, rate } = defaults({}, options, trainingNetworkDefaults);
  const classes = dataset.classes.length;
  const network = networkToTrain(dataset, filters);
  const steps = Math.max(1, ...moments);
  const trainer = new Trainer<[Tensor4D, Tensor1D]>(
    network.parameters,
    (w, x, y) => {
      const targets = tf.oneHot(y, classes).cast("float32");
      return tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(network.apply(w, x))), 1))) as Scalar;
    },
    { seed: new Seed("unused"), steps, rate, optimiser },
  );
  const taught = lessons.map(() => ({ network, moments: [] as Weights[] }));
  const total = lessons.length * steps;
  let done = 0;
  try {
    for (const [place, { among, seed }] of lessons.entries()) {
      trainer.reset(seed.child("initial"));
      const batchSize = Math.min(batch, among.length);
      const order = batches(among, { batchSize, seed: seed.child("order"), dropLast: true });
      const kept = taught[place].moments;
      for (let step = 0; step <= steps; step++) {
        if (moments.includes(step)) kept.push(trainer.weights());
        if (step === steps) break;
        const { indices } = order.next().value as { indices: Int32Array };
        const images = gather(dataset.train, dataset.shape, indices);
        trainer.step(
          tf.tensor4d(images.data, [...images.shape]),
          tf.tensor1d(gatherLabels(dataset.train, indices), "int32"),
        );
        done++;
        yield { label, done, total };
      }
    }
    return taught;
  } finally {
    trainer.dispose();
    if (done < total) for (const network of taught) disposeTrainingNetwork(network);
  }
}

/** What is being done, for a person to read. */
const label = "training networks that guide";

/** The ConvNet-3 that is trained. */
export function networkToTrain({ shape, classes }: Dataset, filters: number): ImageClassifier {
  const [height, width, channels] = shape;
  return convNet({ kind: "convnet", depth: 3, filters, height, width, channels, classes: classes.length });
}

/** Frees the weights. */
export function disposeTrainingNetwork({ moments }: TrainingNetwork): void {
  for (const weights of moments) tf.dispose(weights as Record<string, Tensor>);
}
