// Minimax fine-tuning: a trained denoiser goes on learning, with two terms on the images that it predicts.
// Gu et al., Efficient Dataset Distillation via Minimax Diffusion (CVPR 2024).
//
//     loss = |epsilon - epsilonhat|^2 + representativeness (1 - min_m cos(x0hat, m)) + diversity max_j cos(x0hat, x_j)
//
// m are real images of the class, x_j other predicted images of it: each prediction shall resemble even the real image
// that it is least like, and differ from the prediction that it is most like.
//
// Simplified: pixels instead of latents; the memory of predictions is the batch, of few classes and many images of
// each, so that a step depends on its number alone and a broken run resumes to the same bytes; all weights learn (the
// paper tunes few, by DiffFit).
import defaults from "lodash/defaults";
import { gather } from "../datasets/batches";
import { type Dataset, indicesByClass } from "../datasets/dataset";
import { developmentSplit } from "../datasets/development";
import type { Checkpoint } from "../nn/checkpoint";
import type { Weights } from "../nn/parameters";
import { type PlainTensor, Trainer } from "../nn/trainer";
import { recipeOf, trainingRun } from "../nn/trainingRun";
import type { TrainingEvent } from "../nn/trainingSteps";
import { cosinesToOthers, unitRows } from "../tensor/cosines";
import { type Scalar, type Tensor, type Tensor3D, tf } from "../tensor/engine";
import { Seed } from "../tensor/random";
import { denoiserNetwork } from "./denoiser";
import { classDropoutOf, type DenoisingInputs, denoise, denoisingInputs } from "./denoisingLoss";
import type { NoisyBatch } from "./noising";
import { T } from "./schedule";
import { trainDenoiserDefaults } from "./trainDenoiser";

/** How a denoiser is fine-tuned, and where to. */
export interface FinetuneMinimaxOptions {
  /** Checkpoint to write, a .safetensors file. */
  readonly file: string;
  /** Training steps. Default 400. */
  readonly steps?: number;
  /** Images per step, equally many of each of `classesPerStep` classes. Default 64. */
  readonly batch?: number;
  /** Classes that a step draws its images from. Default 4. */
  readonly classesPerStep?: number;
  /** Real images of a class that predictions are compared with in a step. Default 64. */
  readonly memory?: number;
  /** Peak learning rate. Default 1e-4. */
  readonly rate?: number;
  /** Source of images, noise and time steps. Default 0. */
  readonly seed?: number | string;
  /** Weight of the term that draws each prediction to the real image it is least like. Default 0.002. */
  readonly representativeness?: number;
  /** Weight of the term that keeps each prediction off the one it is most like. Default 0.008. */
  readonly diversity?: number;
  /**
   * Part of the labels replaced by the null class, as in the training before: classifier-free guidance asks both.
   * Default 0.1; none of a network without a null class.
   */
  readonly classDropout?: number;
  /** Decay of the moving average of the weights, which is what is written. Default 0.99. */
  readonly average?: number;
  /** Seconds between two saved states, from which a killed run goes on. Default 60. */
  readonly saveEvery?: number;
}

/** Weights and memory of the paper; steps, batch and rate for the small models here. */
export const finetuneMinimaxDefaults = {
  steps: 400,
  batch: 64,
  classesPerStep: 4,
  memory: 64,
  rate: 1e-4,
  seed: 0,
  representativeness: 0.002,
  diversity: 0.008,
  classDropout: trainDenoiserDefaults.classDropout,
  average: 0.99,
} as const;

/**
 * The two terms of images lying class after class.
 *
 * @param predicted x0hat, [K, N, d]
 * @param real real images of the same classes, [K, M, d]
 * @returns means over the images of 1 - min_m cos, in [0, 2], and of max_j cos, in [-1, 1] (0 if N = 1)
 */
export function memoryTerms(predicted: Tensor, real: Tensor): { represents: Scalar; repeats: Scalar } {
  const n = predicted.shape[1] as number;
  const own = unitRows(predicted);
  const toReal = tf.matMul(own, unitRows(real), false, true);
  const represents = tf.sub(1, tf.mean(tf.min(toReal, 2))) as Scalar;
  if (n === 1) return { represents, repeats: tf.mean(tf.mul(predicted, 0)) as Scalar };
  return { represents, repeats: tf.mean(tf.max(cosinesToOthers(own), 2)) as Scalar };
}

/**
 * Fine-tunes a denoiser and writes a checkpoint; resumes from its saved state after a break. The loss is that of all three
 * terms together: the mean squared error of epsilon, and cosines times their weights.
 *
 * @param base the denoiser to begin with
 * @param dataset what `base` was trained on, or one of its shape and number of classes; 11/12 of its training images
 *   are learned from (`developmentSplit`)
 * @returns a generator that yields after each step, as that of `trainDenoiser` does
 * @throws if the batch cannot be shared out, or the denoiser is of another dataset or has no null class for a `classDropout`; while training, as `trainDenoiser`
 * @example
 * const base = denoiser.checkpoint!; // that of a denoiser which this library has trained
 * for await (const { step, loss } of igds.diffusion.finetuneMinimax(base, dataset, {
 *   file: "net-minimax.safetensors",
 *   steps: 2,
 *   batch: 8,
 * }))
 *   console.log(step, loss);
 */
export function finetuneMinimax(
  base: Checkpoint,
  dataset: Dataset,
  options: FinetuneMinimaxOptions,
): AsyncGenerator<TrainingEvent, void, undefined> {
  const set = defaults({}, options, finetuneMinimaxDefaults);
  const { file, steps, batch, classesPerStep, memory, rate, seed, average } = set;
  const { representativeness, diversity } = set;
  const network = denoiserNetwork(base.config);
  const classDropout = classDropoutOf(network, options.classDropout, finetuneMinimaxDefaults.classDropout);
  const { height, width, channels, classes } = network.config;
  if ([height, width, channels].join() !== dataset.shape.join() || classes !== dataset.classes.length)
    throw new Error(
      `Expected a denoiser for ${dataset.shape.join(" x ")} and ${dataset.classes.length} classes, found one for ` +
        `${height} x ${width} x ${channels} and ${classes}. Fine-tune a model trained on ${dataset.name}.`,
    );
  const each = batch / classesPerStep;
  if (!Number.isInteger(each) || classesPerStep > classes)
    throw new Error(
      `Expected a batch of whole shares for ${classesPerStep} of ${classes} classes, found ${batch} images. Try 64 and 4.`,
    );
  const size = height * width * channels;
  const loss = (w: Weights, ...[real, ...inputs]: [Tensor3D, ...DenoisingInputs]): Scalar => {
    const noiseScale = inputs[3];
    const { x, predicted, error } = denoise(network, w, inputs);
    // A cosine does not see the factor 1 / sqrt(alphaBar) of x0hat.
    const x0hat = tf.sub(x, tf.mul(predicted, noiseScale)).reshape([classesPerStep, each, size]);
    const { represents, repeats } = memoryTerms(x0hat, real);
    return tf.add(
      error,
      tf.add(tf.mul(represents, representativeness), tf.mul(repeats, diversity)),
    ) as Scalar;
  };
  const root = new Seed(seed).child("finetune minimax", network.config.kind);
  const makeTrainer = () => {
    const trainer = new Trainer(network.parameters, loss, {
      seed: root.child("weights"),
      steps,
      rate,
      average,
    });
    trainer.restore(beginning(base.weights), 0);
    return trainer;
  };

  const { fit } = developmentSplit(dataset);
  const members = indicesByClass(
    fit.map((i) => dataset.train.labels[i]),
    classes,
  ).map((places) => places.map((place) => fit[place]));
  const inputs = (step: number) => {
    const draw = root.child("step", step);
    const chosen = draw.child("classes").permutation(classes).subarray(0, classesPerStep);
    const images = (purpose: string, count: number): Float32Array => {
      const places = Array.from(chosen, (label) =>
        Array.from(
          draw.child(purpose, label).integers(count, members[label].length),
          (i) => members[label][i],
        ),
      ).flat();
      return gather(dataset.train, dataset.shape, places).data;
    };
    const noisy: NoisyBatch = {
      shape: [batch, height, width, channels],
      x0: images("images", each),
      noise: draw.child("noise").normal(batch * size),
      t: Int32Array.from(draw.child("t").uniform(batch), (u) => Math.floor(u * T)),
      labels: Int32Array.from({ length: batch }, (_, i) => chosen[Math.floor(i / each)]),
      draw,
    };
    const real = tf.tensor3d(images("memory", memory), [classesPerStep, memory, size]);
    return [real, ...denoisingInputs(network, noisy, classDropout)] as [Tensor3D, ...DenoisingInputs];
  };
  const finetune = {
    method: "minimax",
    base: { sha256: base.sha256, steps: base.recipe.steps },
    representativeness,
    diversity,
    memory,
    classesPerStep,
    classDropout,
  };
  // `finetune` is part of the recipe here, so that a state of other settings is not taken for one of these.
  const recipe = { ...recipeOf(dataset, { seed, steps, batch, rate, average, weightDecay: 0 }), finetune };
  return trainingRun(makeTrainer, inputs, {
    file,
    config: network.config,
    recipe,
    ...(options.saveEvery === undefined ? {} : { saveEvery: options.saveEvery }),
    finish: async () => ({ finetune }),
  });
}

/** What a trainer begins with: these weights, their average, and moments at zero. */
function beginning(weights: ReadonlyMap<string, PlainTensor>): Map<string, PlainTensor> {
  const snapshot = new Map<string, PlainTensor>();
  for (const [path, tensor] of weights) {
    const zero = { shape: tensor.shape, data: new Float32Array(tensor.data.length) };
    snapshot.set(`weight ${path}`, tensor);
    snapshot.set(`average ${path}`, tensor);
    snapshot.set(`first ${path}`, zero);
    snapshot.set(`second ${path}`, zero);
  }
  return snapshot;
}
