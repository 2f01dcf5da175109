// A trained classifier of images, only asked and never changed: logits, classes and features as plain numbers.
import { argmaxRows } from "../tensor/argmaxRows";
import type { ImageBatch } from "../tensor/batch";
import { type CompiledWithState, compileWith } from "../tensor/compile";
import { type Tensor2D, type Tensor4D, tf } from "../tensor/engine";
import { rowsInChunks } from "../tensor/rowsInChunks";
import type { Checkpoint } from "./checkpoint";
import { loadCheckpoint } from "./checkpointFile";
import { type ImageClassifier, type ImageClassifierConfig, imageClassifier } from "./imageClassifier";
import type { Weights } from "./parameters";
import { shippedCheckpoint } from "./shippedCheckpoints";

/** Images at once: at 50 the activations still fit the cache of one core (2-3 times faster than 500). */
const CHUNK = 50;

type Rows = CompiledWithState<Weights, [Tensor4D], Tensor2D>;

export class FrozenClassifier {
  private readonly toLogits: Rows;
  private toFeatures: Rows | null = null;

  /** @param weights are copied; the caller keeps its own */
  constructor(
    readonly network: ImageClassifier,
    weights: Weights,
  ) {
    this.toLogits = compileWith(weights, (w, x: Tensor4D) => network.apply(w, x));
  }

  /**
   * Replaces the weights; nothing is compiled again.
   * @throws RangeError unless they have the names, shapes and types of those before
   */
  setWeights(weights: Weights): void {
    this.toLogits.setState(weights);
    this.toFeatures?.setState(weights);
  }

  /** @returns row by row, N x classes */
  logits(images: ImageBatch): Float32Array {
    return rowsInChunks(images, CHUNK, this.network.config.classes, this.toLogits);
  }

  /** What the last, linear layer sees. @returns row by row, N x `network.featureCount` */
  features(images: ImageBatch): Float32Array {
    if (!this.toFeatures) {
      const weights = this.toLogits.state();
      this.toFeatures = compileWith(weights, (w, x: Tensor4D) => this.network.features(w, x));
      tf.dispose(Object.values(weights));
    }
    return rowsInChunks(images, CHUNK, this.network.featureCount, this.toFeatures);
  }

  /** The most likely class of each image. @throws RangeError where the network answers NaN */
  classify(images: ImageBatch): Int32Array {
    return argmaxRows(this.logits(images), this.network.config.classes);
  }

  dispose(): void {
    this.toLogits.dispose();
    this.toFeatures?.dispose();
  }
}

/** Where the reference classifier of a dataset is shipped. */
export function referenceFile(dataset: string): string {
  return shippedCheckpoint(dataset, "reference");
}

/**
 * Loads a classifier of images from a checkpoint.
 * @throws when the file is missing, damaged or of another kind
 */
export async function loadFrozenClassifier(
  file: string,
): Promise<{ classifier: FrozenClassifier; checkpoint: Checkpoint }> {
  const checkpoint = await loadCheckpoint(file);
  const network = imageClassifier(checkpoint.config as unknown as ImageClassifierConfig);
  const weights = network.parameters.load(checkpoint.weights, file);
  const classifier = new FrozenClassifier(network, weights);
  tf.dispose(Object.values(weights));
  return { classifier, checkpoint };
}
