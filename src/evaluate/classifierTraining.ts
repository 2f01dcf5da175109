// A classifier with its training step and its predictions, both compiled once: what is trained on is the
// caller's business. Starting over with another seed compiles nothing.
import mapValues from "lodash/mapValues";
import { halfCosineRate } from "../nn/adam";
import { FrozenClassifier } from "../nn/frozenClassifier";
import type { ImageClassifier } from "../nn/imageClassifier";
import { STATISTICS_SHARE } from "../nn/normalisation";
import type { Parameters, Weights } from "../nn/parameters";
import { multiStepRate } from "../nn/sgd";
import { type LossWithStatistics, type PlainTensor, Trainer } from "../nn/trainer";
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
  /** A rate that moves from epoch to epoch, in place of the optimiser's own schedule. */
  readonly schedule?: EpochSchedule;
  /** Which weights decay under `adamw`: all, the default, or kernels alone. */
  readonly decay?: "all" | "kernels";
  /** Logits are divided by it in the loss. Default 1. */
  readonly temperature?: number;
  /** How often batch norm counts each batch into its running statistics. Default 1. */
  readonly statisticsPasses?: number;
}

/** A schedule of published evaluations, by epochs of `perEpoch` steps. */
export interface EpochSchedule {
  /** How the rate falls: in steps, as the shared evaluator has it, or along half a cosine, as RDED has it. */
  readonly kind: "multi-step" | "half-cosine";
  /** Number of epochs. */
  readonly epochs: number;
  /** Training steps in an epoch. */
  readonly perEpoch: number;
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
    if (engineInfo.backend === "wasm")
      throw new Error(
        `Training needs the native TensorFlow engine; here "${engineInfo.backend}" runs, because: ` +
          `${engineInfo.reason}. Run "npx igds setup".`,
      );
    const { schedule, decay, rate, temperature = 1, statisticsPasses = 1 } = options;
    const crossEntropy = (logits: Tensor2D, targets: Tensor2D): Scalar => {
      const scaled = temperature === 1 ? logits : tf.div<Tensor2D>(logits, temperature);
      return tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(scaled)), 1))) as Scalar;
    };
    const loss = (w: Weights, x: Tensor4D, targets: Tensor2D): Scalar | LossWithStatistics => {
      if (!network.train) return crossEntropy(network.apply(w, x), targets);
      const { logits, statistics } = network.train(w, x);
      return {
        loss: crossEntropy(logits, targets),
        statistics: mapValues(statistics, (now, path) => countedAgain(w[path], now, statisticsPasses)),
      };
    };
    this.trainer = new Trainer(network.parameters, loss, {
      ...options,
      seed: new Seed("unused"),
      ...(schedule ? { rateAt: (step: number) => epochRate(schedule, rate, step) } : {}),
      ...(decay === "kernels" ? { decays: (path: string) => isKernel(network.parameters, path) } : {}),
    });
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

  /** Steps taken since the start. */
  get steps(): number {
    return this.trainer.steps;
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

  /** Everything that is needed to go on later. */
  snapshot(): Map<string, PlainTensor> {
    return this.trainer.snapshot();
  }

  /** Goes on from a snapshot taken after `steps` steps. @throws naming the first tensor that does not fit */
  restore(snapshot: ReadonlyMap<string, PlainTensor>, steps: number): void {
    this.trainer.restore(snapshot, steps);
    this.predictorStep = -1;
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

function epochRate({ kind, epochs, perEpoch }: EpochSchedule, peak: number, step: number): number {
  const rateOf = kind === "multi-step" ? multiStepRate : halfCosineRate;
  return rateOf(peak, Math.floor(step / perEpoch), epochs);
}

/** What PyTorch code calls weights of more than one dimension: convolutions and the linear layer, without its bias. */
function isKernel(parameters: Parameters, path: string): boolean {
  return (parameters.entries.get(path)?.shape.length ?? 0) > 1;
}

/** A running average that took one step from `before` to `now`, after so many such steps to the same batch. */
function countedAgain(before: Tensor, now: Tensor, passes: number): Tensor {
  if (passes === 1) return now;
  const share = (1 - (1 - STATISTICS_SHARE) ** passes) / STATISTICS_SHARE;
  return tf.add(before, tf.mul(tf.sub(now, before), share));
}
