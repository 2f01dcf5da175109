// Trains a denoising network on a dataset: the squared error of what it predicts, epsilon unless prediction.ts says
// otherwise, at uniform time steps (Ho et al. 2020), with class dropout for classifier-free guidance (Ho & Salimans 2022).
import defaults from "lodash/defaults";
import type { Dataset } from "../datasets/dataset";
import { developmentSplit } from "../datasets/development";
import type { DenoiserNetwork } from "../nn/denoiserNetwork";
import { Trainer } from "../nn/trainer";
import { recipeOf, type TrainingRunOptions, trainingRun } from "../nn/trainingRun";
import type { TrainingEvent } from "../nn/trainingSteps";
import type { Tensor } from "../tensor/engine";
import { Seed } from "../tensor/random";
import { classDropoutOf, type DenoisingInputs, denoise, denoisingInputs } from "./denoisingLoss";
import { noisyBatches } from "./noising";
import { T } from "./schedule";

/** How a denoiser is trained, and where to. */
export interface TrainDenoiserOptions {
  /** Checkpoint to write, a .safetensors file. */
  readonly file: string;
  /** Training steps. Default 8000. */
  readonly steps?: number;
  /** Images per step. Default 128. */
  readonly batch?: number;
  /** Peak learning rate. Default 1e-3. */
  readonly rate?: number;
  /** Source of initial weights, order of the images, noise and time steps. Default 0. */
  readonly seed?: number | string;
  /**
   * Part of the labels replaced by the null class, 0..1, so that classifier-free guidance can ask for it. Default 0.1; none of a
   * network without a null class.
   */
  readonly classDropout?: number;
  /** Decay of the moving average of the weights, which is what is written; 0 for none. Default 0.999. */
  readonly average?: number;
  /** Decoupled weight decay of AdamW. Default 0. */
  readonly weightDecay?: number;
  /** Seconds between two saved states, from which a killed run goes on. Default 60. */
  readonly saveEvery?: number;
}

/** The settings of the shipped checkpoints, except the number of steps. */
export const trainDenoiserDefaults = {
  steps: 8000,
  batch: 128,
  rate: 1e-3,
  seed: 0,
  classDropout: 0.1,
  average: 0.999,
  weightDecay: 0,
} as const;

/**
 * Trains a denoiser and writes a checkpoint; resumes from its saved state after a break.
 *
 * Training begins when the first event is asked for. After the last one the checkpoint is written, before the generator
 * ends; a loop that is left early writes none, and the next call goes on from the last saved state.
 *
 * @param network built for the images and classes of the dataset; its weights are made here
 * @param dataset of its training images 11/12 are learned from (`developmentSplit`)
 * @returns a generator that yields after each step; `loss` is that of the step's batch before the step: the mean squared
 *   error, per value, of what the network predicts; of epsilon it is about 1 for a network that answers zero
 * @throws RangeError for a `classDropout` of a network without a null class; while training: where the engine cannot train, another process is at the same file, the saved state is damaged or
 *   of other settings, there are fewer images than `batch` (RangeError), or the loss is not finite
 * @example
 * const shapes = igds.datasets.proceduralDataset(igds.datasets.procedural({ noise: 0.3 }), 60, 0);
 * const network = igds.nn.unet({
 *   ...igds.nn.unetDefaults,
 *   height: 16,
 *   width: 16,
 *   channels: 1,
 *   classes: 4,
 *   widths: [8, 16],
 *   blocks: [1, 1],
 * });
 * for await (const { step, loss } of igds.diffusion.trainDenoiser(network, shapes, {
 *   file: "unet.safetensors",
 *   steps: 5,
 *   batch: 16,
 * }))
 *   console.log(step, loss);
 */
export function trainDenoiser(
  network: DenoiserNetwork,
  dataset: Dataset,
  options: TrainDenoiserOptions,
): AsyncGenerator<TrainingEvent, void, undefined> {
  const { makeTrainer, inputs, run } = denoiserTraining(network, dataset, options);
  return trainingRun(makeTrainer, inputs, run);
}

/** What a training of a denoiser consists of. */
export interface DenoiserTraining {
  /** Its caller frees it. */
  readonly makeTrainer: () => Trainer<readonly Tensor[]>;
  /** The inputs of a step. */
  readonly inputs: (step: number) => readonly Tensor[];
  readonly run: TrainingRunOptions;
  /** Training images to draw from. */
  readonly fit: Int32Array;
}

/** The training that `trainDenoiser` runs, before its first step. */
export function denoiserTraining(
  network: DenoiserNetwork,
  dataset: Dataset,
  options: TrainDenoiserOptions,
): DenoiserTraining {
  const set = defaults({}, options, trainDenoiserDefaults);
  const { file, steps, batch, rate, seed, average, weightDecay } = set;
  const classDropout = classDropoutOf(network, options.classDropout, trainDenoiserDefaults.classDropout);
  const root = new Seed(seed).child("train denoiser", network.config.kind);
  const { fit } = developmentSplit(dataset);
  const makeTrainer = () =>
    new Trainer<DenoisingInputs>(network.parameters, (w, ...inputs) => denoise(network, w, inputs).error, {
      seed: root.child("weights"),
      steps,
      rate,
      average,
      weightDecay,
    });
  const batchAt = noisyBatches(dataset, fit, batch, root, (u) => Math.floor(u * T));
  const inputs = (step: number) => denoisingInputs(network, batchAt(step), classDropout);
  const run = {
    file,
    config: network.config,
    recipe: { ...recipeOf(dataset, { seed, steps, batch, rate, average, weightDecay }), classDropout },
    ...(options.saveEvery === undefined ? {} : { saveEvery: options.saveEvery }),
  };
  return { makeTrainer: makeTrainer as unknown as DenoiserTraining["makeTrainer"], inputs, run, fit };
}
