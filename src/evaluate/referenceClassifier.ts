// A classifier trained on real images, as a judge of generated ones.
import defaults from "lodash/defaults";
import { batches, gather, gatherLabels } from "../datasets/batches";
import type { Dataset, ProgressEvent } from "../datasets/dataset";
import { developmentSplit } from "../datasets/development";
import { convNet, convNetDefaults } from "../nn/convNet";
import type { ImageBatch } from "../tensor/batch";
import { pause } from "../tensor/pause";
import { Seed } from "../tensor/random";
import { ClassifierTraining, oneHot } from "./classifierTraining";
import { checkImages } from "./labelledSet";
import { accuracyOf, predictReal, realImages } from "./realImages";

export interface ReferenceClassifierOptions {
  /** Default 1500: 91 % on held-out Fashion-MNIST. */
  readonly steps?: number;
  readonly batch?: number;
  readonly rate?: number;
  readonly filters?: number;
  readonly seed?: number | string;
  readonly onProgress?: (event: ProgressEvent) => void;
}

export const referenceClassifierDefaults = {
  steps: 1500,
  batch: 64,
  rate: 2e-3,
  filters: 64,
  seed: 0,
} as const;

/** A classifier of real images, ready to use. */
export interface ReferenceClassifier {
  readonly network: string;
  /** On training images that it has not seen, in percent. */
  readonly heldOutAccuracy: number;
  /** The most likely class of each image. */
  classify(images: ImageBatch): Int32Array;
  /** Share of the images, 0 .. 1, that are put into the class they were made for. */
  consistency(images: ImageBatch, labels: Int32Array): number;
  dispose(): void;
}

/**
 * Trains a ConvNet-3 on the real images that models are fitted on (see `developmentSplit`), without
 * augmentation, and tests it on the held-out ones.
 * @throws Error where the engine cannot train
 */
export async function trainReferenceClassifier(
  dataset: Dataset,
  options: ReferenceClassifierOptions = {},
): Promise<ReferenceClassifier> {
  const { steps, batch, rate, filters, seed: root } = defaults({}, options, referenceClassifierDefaults);
  const [height, width, channels] = dataset.shape;
  const classes = dataset.classes.length;
  const network = convNet({ ...convNetDefaults, filters, height, width, channels, classes });
  const classifier = new ClassifierTraining(network, { steps, rate, weightDecay: 0.01 });
  const seed = new Seed(root).child("reference classifier");
  const { fit, heldOut } = developmentSplit(dataset);
  classifier.start(seed.child("weights"));
  const order = batches(fit, { batchSize: batch, seed: seed.child("order"), dropLast: true });
  for (const { step, indices } of order) {
    if (step >= steps) break;
    const labels = gatherLabels(dataset.train, indices);
    classifier.step(gather(dataset.train, dataset.shape, indices), oneHot(labels, classes));
    options.onProgress?.({ label: "classifier of real images", done: step + 1, total: steps });
    await pause();
  }
  const real = realImages(dataset, dataset.train, heldOut);
  const heldOutAccuracy = 100 * accuracyOf(real.labels, await predictReal(classifier, real));
  const classify = (images: ImageBatch): Int32Array => {
    checkImages(images, dataset.shape);
    return classifier.predict(images);
  };
  return {
    network: network.name,
    heldOutAccuracy,
    classify,
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
