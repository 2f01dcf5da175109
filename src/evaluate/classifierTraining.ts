// A ConvNet with its training step and its predictions, both compiled once: what is trained on is the
// caller's business. Starting over with another seed compiles nothing.
import type { ConvNet } from "../nn/convNet";
import type { Weights } from "../nn/parameters";
import { Trainer } from "../nn/trainer";
import type { ImageBatch } from "../tensor/batch";
import { type CompiledWithState, compileWith } from "../tensor/compile";
import {
  engineInfo,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tf,
} from "../tensor/engine";
import { Seed } from "../tensor/random";

export interface ClassifierTrainingOptions {
  /** Number of steps that the cosine schedule is made for. */
  readonly steps: number;
  /** Peak learning rate of AdamW. */
  readonly rate: number;
  readonly weightDecay: number;
}

/** Images per prediction: at 50 the activations still fit the cache of one core (2-3 times faster than 500). */
const CHUNK = 50;

export class ClassifierTraining {
  private readonly trainer: Trainer<[Tensor4D, Tensor2D]>;
  private predictor: CompiledWithState<Weights, [Tensor4D], Tensor1D> | null = null;
  private predictorStep = -1;

  /**
   * Begins with random weights; see {@link start}.
   * @throws Error where the engine cannot train
   */
  constructor(
    readonly network: ConvNet,
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

  /** The class that the present weights find most likely, per image. */
  predict(images: ImageBatch): Int32Array {
    this.renewPredictor();
    const [count, height, width, channels] = images.shape;
    const size = height * width * channels;
    const classes = new Int32Array(count);
    // The last chunk is filled up, so that one shape is compiled whatever the count.
    const filled = new Float32Array(CHUNK * size);
    for (let from = 0; from < count; from += CHUNK) {
      const part = images.data.subarray(from * size, (from + CHUNK) * size);
      filled.set(part);
      const x = tf.tensor4d(part.length === filled.length ? part : filled, [CHUNK, height, width, channels]);
      const found = this.predictor!(x);
      classes.set((found.dataSync() as Int32Array).subarray(0, Math.min(CHUNK, count - from)), from);
      tf.dispose([x, found]);
    }
    return classes;
  }

  dispose(): void {
    this.trainer.dispose();
    this.predictor?.dispose();
  }

  /** Hands the trainer's weights to the predictor, if they have changed since the last time. */
  private renewPredictor(): void {
    if (this.predictorStep === this.trainer.steps) return;
    const weights = this.trainer.weights();
    if (this.predictor) this.predictor.setState(weights);
    else
      this.predictor = compileWith(
        weights,
        (w, x: Tensor4D) => tf.argMax(this.network.apply(w, x), 1) as Tensor1D,
      );
    tf.dispose(weights as Record<string, Tensor>);
    this.predictorStep = this.trainer.steps;
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
