// A classifier trained on real images, as a judge of generated ones: their classes, their soft labels, and the
// fixed feature space that coverage is measured in.
import defaults from "lodash/defaults";
import { batchAt, gather, gatherLabels } from "../datasets/batches";
import type { Dataset } from "../datasets/dataset";
import { developmentSplit } from "../datasets/development";
import { canonicalName } from "../datasets/load";
import { fitTemperature } from "../information/calibration";
import { saveCheckpoint } from "../nn/checkpointFile";
import { convNetDefaults } from "../nn/convNet";
import { FrozenClassifier, loadFrozenClassifier, referenceFile } from "../nn/frozenClassifier";
import { imageClassifier } from "../nn/imageClassifier";
import type { Weights } from "../nn/parameters";
import { plainWeights } from "../nn/trainer";
import { engineName, stateFileOf } from "../nn/trainingRun";
import { TrainingState } from "../nn/trainingState";
import { type TrainingTook, trainingSteps } from "../nn/trainingSteps";
import { argmaxRows } from "../tensor/argmaxRows";
import type { ImageBatch } from "../tensor/batch";
import { type Tensor, tf } from "../tensor/engine";
import type { ProgressEvent } from "../tensor/progress";
import { Seed } from "../tensor/random";
import { configFor } from "./classifierPool";
import { ClassifierTraining, oneHot } from "./classifierTraining";
import { checkImages } from "./labelledSet";
import { accuracyOf } from "./realImages";
import { softmaxRows } from "./softmaxRows";

/** How a reference classifier is trained, and where to. */
export interface ReferenceClassifierOptions {
  /** Training steps. Default 1500: 91 % on held-out Fashion-MNIST. */
  readonly steps?: number;
  /** Images per step. Default 64. */
  readonly batch?: number;
  /** Peak learning rate. Default 2e-3. */
  readonly rate?: number;
  /** Filters of the ConvNet-3. Default 64. */
  readonly filters?: number;
  /** Source of initial weights and order of the images. Default 0. */
  readonly seed?: number | string;
  /** Also write a checkpoint here, for {@link loadReferenceClassifier}. */
  readonly file?: string;
  /** Seconds between two saved states, from which a killed training with a `file` goes on. Default 60. */
  readonly saveEvery?: number;
  /** Told of every training step. */
  readonly onProgress?: (event: ProgressEvent) => void;
}

/** Settings of {@link trainReferenceClassifier} where none are given. */
export const referenceClassifierDefaults = {
  steps: 1500,
  batch: 64,
  rate: 2e-3,
  filters: 64,
  seed: 0,
} as const;

interface Plan {
  readonly seed: string;
  readonly steps: number;
  readonly batch: number;
  readonly onProgress?: (event: ProgressEvent) => void;
}

const WEIGHT_DECAY = 0.01;

/**
 * A classifier of real images, ready to use. All that it is asked of takes images of the dataset's shape, and throws a
 * RangeError for others.
 */
export interface ReferenceClassifier {
  /** Its name, such as `ConvNet-3 (64)`. */
  readonly network: string;
  /** On training images that it has not seen, in percent. */
  readonly heldOutAccuracy: number;
  /** q = softmax(logits / temperature), fitted on the same images. */
  readonly temperature: number;
  /** Of the checkpoint; null if it was trained just now. */
  readonly sha256: string | null;
  /** Numbers in one row of {@link features}. */
  readonly featureCount: number;
  /** The most likely class of each image. */
  classify(images: ImageBatch): Int32Array;
  /** Share of the images, 0 .. 1, that are put into the class they were made for. */
  consistency(images: ImageBatch, labels: Int32Array): number;
  /** Scores before the temperature, row by row, N x classes. */
  logits(images: ImageBatch): Float32Array;
  /** q(y|x), row by row, N x classes: soft labels for `LabelledSet.targets`. */
  probabilities(images: ImageBatch): Float32Array;
  /** What the last layer sees, row by row, N x featureCount. */
  features(images: ImageBatch): Float32Array;
  /** Frees what the engine holds. */
  dispose(): void;
}

/**
 * Trains a ConvNet-3 on the real images that models are fitted on (see `developmentSplit`), without
 * augmentation, and tests and calibrates it on the held-out ones. With a `file` it resumes after a break.
 * @throws Error where the engine cannot train, or another process is at the same training; RangeError for fewer images than
 *   `batch`
 * @example
 * const shapes = igds.datasets.proceduralDataset(igds.datasets.procedural({ noise: 0.3 }), 60, 0);
 * const small = await igds.evaluate.trainReferenceClassifier(shapes, { steps: 5, filters: 8 });
 */
export async function trainReferenceClassifier(
  dataset: Dataset,
  options: ReferenceClassifierOptions = {},
): Promise<ReferenceClassifier> {
  const { steps, batch, rate, filters, seed: root } = defaults({}, options, referenceClassifierDefaults);
  const config = configFor({ ...convNetDefaults, filters }, dataset);
  const plan = { dataset: dataset.name, seed: `${root}`, steps, batch, rate, weightDecay: WEIGHT_DECAY };
  const { file } = options;
  const state = file
    ? await TrainingState.openAlone(stateFileOf(file), JSON.stringify({ config, plan }), options.saveEvery)
    : null;
  try {
    const training = new ClassifierTraining(imageClassifier(config), {
      steps,
      rate,
      weightDecay: WEIGHT_DECAY,
    });
    let took: TrainingTook;
    let weights: Weights;
    try {
      took = await trainOnReal(training, dataset, { ...options, ...plan }, state);
      weights = training.weights();
    } finally {
      training.dispose();
    }
    const { losses, seconds } = took;
    const frozen = new FrozenClassifier(training.network, weights);
    const plain = plainWeights(weights);
    tf.dispose(weights as Record<string, Tensor>);
    const judged = judge(frozen, dataset);
    if (file) {
      const recipe = {
        ...plan,
        average: 0,
        seconds: Math.round(seconds),
        engine: engineName(),
        losses,
        extra: { ...judged },
      };
      await saveCheckpoint(file, config, recipe, plain);
    }
    await state?.remove();
    return reference(frozen, dataset, judged, null);
  } finally {
    await state?.close();
  }
}

async function trainOnReal(
  training: ClassifierTraining,
  dataset: Dataset,
  { seed: root, steps, batch, onProgress }: Plan,
  state: TrainingState | null,
): Promise<TrainingTook> {
  const seed = new Seed(root).child("reference classifier");
  const { fit } = developmentSplit(dataset);
  training.start(seed.child("weights"));
  const indicesAt = batchAt(fit, { batchSize: batch, seed: seed.child("order"), dropLast: true });
  const step = (index: number) => {
    const indices = indicesAt(index);
    const targets = oneHot(gatherLabels(dataset.train, indices), dataset.classes.length);
    return training.step(gather(dataset.train, dataset.shape, indices), targets);
  };
  const loop = trainingSteps(training, steps, step, state);
  for (let event = await loop.next(); ; event = await loop.next()) {
    if (event.done) return event.value;
    onProgress?.({ label: "classifier of real images", done: event.value.step, total: steps });
  }
}

/**
 * Loads the reference classifier of a dataset: by default the shipped one, so that features and soft labels
 * are the same everywhere. It is tested and calibrated anew, on held-out training images of the dataset.
 *
 * @param dataset the one that the classifier was trained on: its name decides which images are held out
 * @param file what `trainReferenceClassifier` or `igds train --model reference` wrote. Default: the shipped one
 * @throws when the file is missing, damaged, or for other images or another dataset
 * @example
 * const reference = await igds.evaluate.loadReferenceClassifier(dataset);
 * reference.features(images);
 */
export async function loadReferenceClassifier(
  dataset: Dataset,
  file = referenceFile(dataset.name),
): Promise<ReferenceClassifier> {
  const { classifier, checkpoint } = await loadFrozenClassifier(file);
  const { config } = classifier.network;
  const made = [config.height, config.width, config.channels, config.classes].join(" x ");
  const wanted = [...dataset.shape, dataset.classes.length].join(" x ");
  if (made !== wanted) {
    classifier.dispose();
    throw new Error(
      `${file} is for ${made} (height, width, channels, classes), but ${dataset.name} has ${wanted}. ` +
        `Train one: igds train --model reference --dataset ${dataset.name} --out ANOTHER_FILE`,
    );
  }
  const { dataset: trainedOn } = checkpoint.recipe;
  if (canonicalName(trainedOn) !== canonicalName(dataset.name)) {
    classifier.dispose();
    throw new Error(
      `${file} was trained on ${trainedOn}, but the dataset is ${dataset.name}, whose held-out images it may know. ` +
        `Train one: igds train --model reference --dataset ${dataset.name} --out ANOTHER_FILE`,
    );
  }
  // Measured again rather than read from the header: the stored weights are rounded to float16.
  return reference(classifier, dataset, judge(classifier, dataset), checkpoint.sha256);
}

/** Accuracy in percent and temperature on the held-out images. */
function judge(
  classifier: FrozenClassifier,
  dataset: Dataset,
): { heldOutAccuracy: number; temperature: number } {
  const { heldOut } = developmentSplit(dataset);
  const labels = gatherLabels(dataset.train, heldOut);
  const logits = classifier.logits(gather(dataset.train, dataset.shape, heldOut));
  const predicted = argmaxRows(logits, dataset.classes.length);
  return {
    heldOutAccuracy: 100 * accuracyOf(labels, predicted),
    temperature: fitTemperature(logits, labels).temperature,
  };
}

function reference(
  classifier: FrozenClassifier,
  dataset: Dataset,
  judged: { heldOutAccuracy: number; temperature: number },
  sha256: string | null,
): ReferenceClassifier {
  const checked = <T>(ask: (images: ImageBatch) => T) => {
    return (images: ImageBatch): T => {
      checkImages(images, dataset.shape);
      return ask(images);
    };
  };
  const classify = checked((images) => classifier.classify(images));
  const logits = checked((images) => classifier.logits(images));
  return {
    network: classifier.network.name,
    ...judged,
    sha256,
    featureCount: classifier.network.featureCount,
    classify,
    logits,
    probabilities: (images) => softmaxRows(logits(images), dataset.classes.length, judged.temperature),
    features: checked((images) => classifier.features(images)),
    consistency: (images, labels) => {
      if (labels.length !== images.shape[0] || labels.length === 0)
        throw new RangeError(
          `Consistency needs one label per image, found ${images.shape[0]} images and ${labels.length} labels`,
        );
      return accuracyOf(labels, classify(images));
    },
    dispose: () => classifier.dispose(),
  };
}
