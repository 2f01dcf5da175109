// Trains the classifier that guides, q(y | x_t, t), on noised real images, and calibrates it on held-out ones.
import defaults from "lodash/defaults";
import { gather, gatherLabels } from "../datasets/batches";
import type { Dataset } from "../datasets/dataset";
import { developmentSplit } from "../datasets/development";
import { fitTemperatures } from "../information/calibration";
import type { Weights } from "../nn/parameters";
import type { TimeClassifier } from "../nn/timeClassifier";
import { Trainer } from "../nn/trainer";
import { recipeOf, trainingRun } from "../nn/trainingRun";
import type { TrainingEvent } from "../nn/trainingSteps";
import { argmaxRows } from "../tensor/argmaxRows";
import type { ImageBatch } from "../tensor/batch";
import { compileWith } from "../tensor/compile";
import { type Scalar, type Tensor1D, type Tensor4D, tf } from "../tensor/engine";
import { Seed } from "../tensor/random";
import { rowsInChunks } from "../tensor/rowsInChunks";
import { noisyBatches } from "./noising";
import { alphaBar, T } from "./schedule";

/** How the classifier that guides is trained, and where to. */
export interface TrainClassifierOptions {
  /** Checkpoint to write, a .safetensors file. */
  readonly file: string;
  /** Training steps. Default 2000. */
  readonly steps?: number;
  /** Images per step. Default 128. */
  readonly batch?: number;
  /** Peak learning rate. Default 1e-3. */
  readonly rate?: number;
  /** Source of initial weights, order of the images, noise and time steps. Default 0. */
  readonly seed?: number | string;
  /** Decay of the moving average of the weights, which is what is written; 0 for none. Default 0.995. */
  readonly average?: number;
  /** Decoupled weight decay of AdamW. Default 0.05. */
  readonly weightDecay?: number;
  /** Seconds between two saved states, from which a killed run goes on. Default 60. */
  readonly saveEvery?: number;
}

export const trainClassifierDefaults = {
  steps: 2000,
  batch: 128,
  rate: 1e-3,
  seed: 0,
  average: 0.995,
  weightDecay: 0.05,
} as const;

/** Noise levels at which the temperature is fitted. */
const LEVELS = [0, 25, 50, 100, 150, 200, 300, 400, 500, 600, 700, 800, 900, 999];

/** Held-out images per noise level. */
const CALIBRATION_IMAGES = 2000;

/** Of those at once: activations of all of them at 64 x 64 pixels would take 18 GB. */
const CHUNK = 100;

/**
 * Trains the classifier that guides and writes a checkpoint with its calibration in the header; resumes after a break.
 * Time steps are drawn as T u^2: low noise, where classes can be told apart, comes up most.
 *
 * Training begins when the first event is asked for. After the last one the temperatures are fitted on held-out images and
 * the checkpoint is written, before the generator ends.
 *
 * @param network built for the images and classes of the dataset; its weights are made here
 * @param dataset its training images alone are looked at: 11/12 to learn from, 1/12 to calibrate on (`developmentSplit`)
 * @returns a generator that yields after each step; `loss` is the cross-entropy of the step's batch before the step, in
 *   nats, ln C for a guess
 * @throws while training: where the engine cannot train, another process is at the same file, the saved state is damaged or
 *   of other settings, there are fewer images than `batch` (RangeError), or the loss is not finite
 * @example
 * const shapes = igds.datasets.proceduralDataset(igds.datasets.procedural({ noise: 0.3 }), 60, 0);
 * const network = igds.nn.timeClassifier({
 *   ...igds.nn.timeClassifierDefaults,
 *   height: 16,
 *   width: 16,
 *   channels: 1,
 *   classes: 4,
 *   widths: [8, 16],
 * });
 * for await (const { step, loss } of igds.diffusion.trainClassifier(network, shapes, {
 *   file: "classifier.safetensors",
 *   steps: 5,
 *   batch: 16,
 * }))
 *   console.log(step, loss);
 */
export function trainClassifier(
  network: TimeClassifier,
  dataset: Dataset,
  options: TrainClassifierOptions,
): AsyncGenerator<TrainingEvent, void, undefined> {
  const { file, steps, batch, rate, seed, average, weightDecay } = defaults(
    {},
    options,
    trainClassifierDefaults,
  );
  const root = new Seed(seed).child("train classifier");
  const { fit, heldOut } = developmentSplit(dataset);
  const makeTrainer = () =>
    new Trainer(
      network.parameters,
      (w, x: Tensor4D, t: Tensor1D, y: Tensor1D) => {
        const logits = network.apply(w, x, t);
        const right = tf.sum(tf.mul(logits, tf.oneHot(y, network.config.classes)), 1);
        return tf.mean(tf.sub(tf.logSumExp(logits, 1), right)) as Scalar;
      },
      { seed: root.child("weights"), steps, rate, average, weightDecay },
    );
  const batchAt = noisyBatches(dataset, fit, batch, root, (u) => Math.floor(u * u * T));
  const inputs = (step: number) => {
    const { shape, x0, noise, t, labels } = batchAt(step);
    return [
      tf.tensor4d(noised(x0, noise, t), [...shape]),
      tf.tensor1d(t, "int32"),
      tf.tensor1d(labels, "int32"),
    ] as [Tensor4D, Tensor1D, Tensor1D];
  };
  const finish = async (weights: Weights): Promise<Record<string, unknown>> => {
    const order = root.child("calibration").permutation(heldOut.length).subarray(0, CALIBRATION_IMAGES);
    const chosen = order.map((i) => heldOut[i]);
    const { data, shape } = gather(dataset.train, dataset.shape, chosen);
    const labels = gatherLabels(dataset.train, chosen);
    const classify = compileWith(weights, (w: Weights, x: Tensor4D, t: Tensor1D) => network.apply(w, x, t));
    const levels = LEVELS.map((level) => {
      const t = new Int32Array(chosen.length).fill(level);
      const noise = root.child("calibration", level).normal(data.length);
      const images: ImageBatch = { data: noised(data, noise, t, level === 0), shape };
      const times = tf.fill([CHUNK], level, "int32") as Tensor1D;
      const logits = rowsInChunks(images, CHUNK, network.config.classes, (x) => classify(x, times));
      times.dispose();
      return { t: level, logits, labels };
    });
    classify.dispose();
    const calibration = fitTemperatures(levels).map((fit, i) => ({
      ...fit,
      accuracy: accuracy(levels[i].logits, labels, network.config.classes),
    }));
    return { calibration, heldOutImages: chosen.length };
  };
  return trainingRun(makeTrainer, inputs, {
    file,
    config: network.config,
    recipe: recipeOf(dataset, { seed, steps, batch, rate, average, weightDecay }),
    ...(options.saveEvery === undefined ? {} : { saveEvery: options.saveEvery }),
    finish,
  });
}

/** x_t of each image; `clean` leaves the images as they are. */
function noised(x0: Float32Array, noise: Float32Array, t: Int32Array, clean = false): Float32Array {
  if (clean) return x0;
  const size = x0.length / t.length;
  return x0.map((value, i) => {
    const a = alphaBar[t[Math.floor(i / size)]];
    return Math.sqrt(a) * value + Math.sqrt(1 - a) * noise[i];
  });
}

function accuracy(logits: Float32Array, labels: ArrayLike<number>, classes: number): number {
  return argmaxRows(logits, classes).filter((found, i) => found === labels[i]).length / labels.length;
}
