// A classifier with its training step and its predictions, both compiled once: what is trained on is the
// caller's business. Starting over with another seed compiles nothing.
import { FrozenClassifier } from "../nn/frozenClassifier";
import type { ImageClassifier } from "../nn/imageClassifier";
import type { Weights } from "../nn/parameters";
import { Trainer } from "../nn/trainer";
import type { ImageBatch } from "../tensor/batch";
import { engineInfo, type Scalar, type Tensor, type Tensor2D, type Tensor4D, tf } from "../tensor/engine";
import { Seed } from "../tensor/random";

export interface ClassifierTrainingOptions {
  /** Number of steps that the schedule is made for. */
  readonly steps: number;
  /** Peak learning rate. */
  readonly rate: number;
  readonly weightDecay: number;
  /** Default `adamw`. */
  readonly optimiser?: "adamw" | "sgd";
}

export class ClassifierTraining {
  private readonly trainer: Trainer<[Tensor4D, Tensor2D]>;
  private predictor: FrozenClassifier | null = null;
  private predictorStep = -1;

  /**
   * Begins with random weights; see {@link start}.
   * @throws Error where the engine cannot train
   */
  constructor(
    readonly network: ImageClassifier,
    options: ClassifierTrainingOptions,
  ) {
    if (engineInfo.backend !== "tensorflow")
      throw new Error(
        `Training needs the native TensorFlow engine; here "${engineInfo.backend}" runs, because: ` +
          `${engineInfo.reason}. Run "npm run setup".`,
      );
    const loss = (w: Weights, x: Tensor4D, targets: Tensor2D): Scalar =>
      tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(network.apply(w, x))), 1))) as Scalar;
    this.trainer = new Trainer(network.parameters, loss, { ...options, seed: new Seed("unused") });
  }

  /** Starts over with the initial weights of `seed`. */
  start(seed: Seed): void {
    this.trainer.reset(seed);
    this.predictorStep = -1;
  }

  /**
   * Takes one step.
   * @param targets [N, classes], a distribution over the classes per image
   * @returns the cross-entropy before the step, in nats
   */
  step(images: ImageBatch, targets: Float32Array): number {
    const classes = this.network.config.classes;
    return this.trainer.step(
      tf.tensor4d(images.data, [...images.shape]),
      tf.tensor2d(targets, [images.shape[0], classes]),
    );
  }

  /** The classifier with the present weights; the next {@link step} makes it out of date. */
  get now(): FrozenClassifier {
    if (this.predictor && this.predictorStep === this.trainer.steps) return this.predictor;
    const weights = this.trainer.weights();
    if (this.predictor) this.predictor.setWeights(weights);
    else this.predictor = new FrozenClassifier(this.network, weights);
    tf.dispose(weights as Record<string, Tensor>);
    this.predictorStep = this.trainer.steps;
    return this.predictor;
  }

  /** Copies of the present weights; the caller disposes of them. */
  weights(): Weights {
    return this.trainer.weights();
  }

  dispose(): void {
    this.trainer.dispose();
    this.predictor?.dispose();
  }
}

/** Labels as one row per image with a one at the class: [N, classes]. */
export function oneHot(labels: Int32Array, classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => {
    rows[i * classes + label] = 1;
  });
  return rows;
}
