// The one sampling loop, as an async generator of step records (sample() drains it, the command line saves it) and
// opened up between its steps (Run).
import defaults from "lodash/defaults";
import type { ImageBatch } from "../tensor/batch";
import { pause } from "../tensor/pause";
import { Seed, type SeedLike } from "../tensor/random";
import { type Condition, checkCondition } from "./condition";
import type { Denoiser } from "./denoiser";
import { expectInterval, scaleAt } from "./guidanceInterval";
import { checkedLabels, checkNames } from "./sampleChecks";
import { type EarlierStep, type Sampler, type SamplerName, samplerOf, timesOf } from "./samplers";
import { alphaBar } from "./schedule";
import type { BoundRecord, StepRecord, TermRecord } from "./stepRecord";

/** What a guide sees of a step. All arrays are NHWC, image after image. */
export interface GuideInput {
  /** Time step, 0..T-1. */
  readonly t: number;
  /** alphaBar at t. */
  readonly alphaBar: number;
  /** x_t. */
  readonly x: Float32Array;
  /** x0hat, the predicted clean images before guidance. */
  readonly x0: Float32Array;
  /** The noise that belongs to x0: x = sqrt(alphaBar) x0 + sqrt(1 - alphaBar) epsilon. */
  readonly epsilon: Float32Array;
  /** What x0hat is clipped to after the change, [low, high]; null without clip. */
  readonly bounds: readonly [number, number] | null;
  /**
   * Turns a gradient by x0hat into the gradient by x_t, through the denoiser: J^T v with the Jacobian J of
   * x0hat(x_t) = (x_t - sqrt(1 - alphaBar) epsilon(x_t)) / sqrt(alphaBar). Clipping counts as the identity.
   */
  readonly pullback?: (byX0: Float32Array) => Float32Array;
}

/** Noise on the condition of the denoiser (guidance/cads.ts). */
export interface ConditionNoise {
  /**
   * @param embedding of the image's class
   * @param t time step
   * @param noise standard normal noise of this image and step, as long as `embedding`
   * @returns what the denoiser shall take instead, or null to leave the class as it is
   */
  noised(embedding: Float32Array, t: number, noise: () => Float32Array): Float32Array | null;
}

/** What a guide answers. */
export interface GuideOutput {
  /** Change of x0hat that the guidance asks for, NHWC; null for none. */
  readonly change: Float32Array | null;
  /** What each term was at this step, for the step record. */
  readonly terms: readonly TermRecord[];
  /** The bounds at this step, where the guide records them. */
  readonly bounds?: BoundRecord;
}

/** Steers the sampling of one fixed set of images (guidance/guide.ts makes them). */
export interface Guide {
  /**
   * Awaited before a step: what takes long, such as training networks, is done here bit by bit, so that others get their turn
   * and an interrupted cell ends. Where it is not, `at` does it in one go. Default: nothing.
   */
  prepare?(): Promise<void>;
  /**
   * Asked once at each step, between the denoiser and the sampler.
   * @throws what its terms throw, such as for a gradient that is not finite
   */
  at(input: GuideInput): GuideOutput;
}

/** What to sample, and how. */
export interface SampleOptions {
  /** Class index of each image. */
  readonly labels: ArrayLike<number>;
  /**
   * Source of all noise; 0 stands for `new Seed(0)`. Two runs with the same seed and labels share their noise, whatever their
   * guidance.
   */
  readonly seed: SeedLike;
  /** Denoising steps. Default 50. */
  readonly steps?: number;
  /**
   * A sampler, or the name of one with its defaults, such as "ddpm". Default DDIM without noise: the same start gives the same
   * images. `distiller.start` has DDPM, which guides better.
   */
  readonly sampler?: Sampler | SamplerName;
  /** Classifier-free guidance scale; 1 is none. Default 1.5. */
  readonly guidanceScale?: number;
  /** Channels of epsilon that the scale acts on, the first ones; 3 is what DiT's own code does. Default: all. */
  readonly guidedChannels?: number;
  /**
   * Time steps at which the scale acts, [low, high]; at the others the scale is 1, and the denoiser is asked once instead of
   * twice (Kynkäänniemi et al. 2024, arXiv 2404.07724). Default: all.
   */
  readonly guidanceInterval?: readonly [low: number, high: number];
  /** Moves x0hat at every step. Default: none. */
  readonly guide?: Guide;
  /** Noise on the condition. Default: none. */
  readonly conditionNoise?: ConditionNoise;
  /** Name of each image for its noise, so that an image keeps its noise in another batch. Default: its position. */
  readonly names?: readonly (readonly (string | number)[])[];
  /** Keep x0hat in [-1, 1], as for images (not latents). Default true. */
  readonly clip?: boolean;
  /** Go on from a step of an earlier run: its index and x_t. */
  readonly from?: StepStart;
}

/** Values of images. */
const CLIP = [-1, 1] as const;
const sampleDefaults = { steps: 50, guidanceScale: 1.5, clip: true } as const;

/** Where a step starts: its index and x_t. */
export interface StepStart {
  /** Number of the step, from 0. */
  readonly index: number;
  /** x_t of all images. */
  readonly x: ImageBatch;
  /** The step before, for samplers that look back; without it they begin afresh. */
  readonly previous?: EarlierStep;
}

/** The sampling loop, open between its steps: `steps` runs through it, a Run goes back and forth in it. */
export interface SamplingLoop {
  /** Where the first step starts. */
  begin(): StepStart;
  /** To be awaited before a step is taken: prepares what guides. */
  prepare(): Promise<void>;
  /** @throws if the network answers with a value that is not finite */
  take(start: StepStart): StepRecord;
  /** Where the step after a record starts; null after the last one. */
  after(record: StepRecord): StepStart | null;
}

/** Time steps t of a run, in the order in which sampling takes them. */
export function timesOfRun({ sampler, steps = sampleDefaults.steps }: SampleOptions): number[] {
  return timesOf(samplerOf(sampler), steps);
}

/** @throws RangeError for an option out of its range, and for `names` or `from` that do not fit the labels */
export function samplingLoop(denoiser: Denoiser, options: SampleOptions): SamplingLoop {
  const { guide, conditionNoise, from, guidedChannels, guidanceInterval } = options;
  const sampler = samplerOf(options.sampler);
  const seed = Seed.of(options.seed);
  const { steps: count, guidanceScale, clip } = defaults({}, options, sampleDefaults);
  const { height, width, channels, classes } = denoiser.space;
  const labels = checkedLabels(options.labels, classes);
  const n = labels.length;
  const names = options.names ?? Array.from(labels, (_, i) => [i]);
  checkNames(names, labels);
  const channelsOfScale = guidedChannels === undefined ? {} : { guidedChannels };
  checkCondition({ t: 0, labels, guidanceScale, ...channelsOfScale }, denoiser.space);
  expectInterval(guidanceInterval);
  const shape = [n, height, width, channels] as const;
  if (from && from.x.shape.join() !== shape.join())
    throw new RangeError(
      `Expected to go on from images of ${shape.join(" x ")}, found ${from.x.shape.join(" x ")}.`,
    );
  const size = height * width * channels;
  const draw = (...path: (string | number)[]): Float32Array => {
    const noise = new Float32Array(n * size);
    names.forEach((name, i) => {
      noise.set(seed.child("image", ...name, ...path).normal(size), i * size);
    });
    return noise;
  };
  const times = timesOfRun(options);
  if (from && !(from.index in times))
    throw new RangeError(`Expected to go on from a step from 0 to ${times.length - 1}, found ${from.index}.`);
  return {
    begin: () => from ?? { index: 0, x: { data: draw("start"), shape } },
    prepare: async () => guide?.prepare?.(),
    take({ index, x: xt, previous }) {
      const x = xt.data;
      const t = times[index];
      const a = alphaBar[t];
      const toNoise = Math.sqrt(1 - a);
      const toImage = Math.sqrt(a);
      const shift = conditionNoise
        ? embeddingShift(conditionNoise, denoiser, labels, t, (i, count) =>
            seed.child("image", ...names[i], "condition", t).normal(count),
          )
        : null;
      const condition: Condition = {
        t,
        labels,
        guidanceScale: scaleAt(t, { guidanceScale, guidanceInterval }),
        shift,
        ...channelsOfScale,
      };
      const { epsilon: predicted, variance } = sampler.learnedVariance
        ? denoiser.epsilonAndVariance(xt, condition)
        : { epsilon: denoiser.epsilon(xt, condition), variance: null };
      // Before values are kept in bounds, which would hide infinity.
      if (![predicted, ...(variance ? [variance] : [])].every((values) => values.every(Number.isFinite)))
        throw new Error(
          `The denoiser answered with a value that is not finite at t = ${t}. Are the weights damaged?`,
        );
      const bounds = clip ? CLIP : null;
      const bounded = (value: number) => (bounds ? Math.min(bounds[1], Math.max(bounds[0], value)) : value);
      const plain = predicted.map((noise, i) => bounded((x[i] - toNoise * noise) / toImage));
      const epsilonOf = (image: Float32Array) => image.map((value, i) => (x[i] - toImage * value) / toNoise);
      const pullback = (v: Float32Array) =>
        denoiser.pullback(xt, condition, v).map((back, i) => (v[i] - toNoise * back) / toImage);
      const guidance = guide?.at({
        t,
        alphaBar: a,
        x,
        x0: plain,
        epsilon: epsilonOf(plain),
        bounds,
        pullback,
      });
      const change = guidance?.change;
      const x0 = change ? plain.map((value, i) => bounded(value + change[i])) : plain;
      return {
        index,
        count,
        t,
        x: xt,
        x0: { data: x0, shape },
        plain: { data: plain, shape },
        epsilon: { data: epsilonOf(x0), shape },
        ...(variance ? { variance: { data: variance, shape } } : {}),
        ...(previous ? { previous } : {}),
        guidance: { terms: guidance?.terms ?? [] },
        ...(guidance?.bounds ? { bounds: guidance.bounds } : {}),
      };
    },
    after({ index, t, x, x0, plain, epsilon, variance, previous }) {
      if (index + 1 >= count) return null;
      const noise = () => draw("step", t);
      const next = times[index + 1];
      const step: EarlierStep = { t, x: x.data, x0: x0.data, plain: plain.data, epsilon: epsilon.data };
      const data = sampler.step({
        ...step,
        next,
        ...(variance ? { variance: variance.data } : {}),
        ...(previous ? { previous } : {}),
        noise,
      });
      return { index: index + 1, x: { data, shape }, ...(sampler.looksBack ? { previous: step } : {}) };
    },
  };
}

/**
 * Samples step by step. Each record is complete in itself, so a run can be stopped, looked at, and gone on
 * with from any record's `x`.
 *
 * @returns a generator of one record for each step; `x0` of the last is the finished images
 * @throws when asked for the first record: RangeError for no labels or one that is no class of the denoiser, for options out of
 *   their range, `names` or `from` that do not fit the labels, or `steps` that the sampler does not take. At a step: Error if the network
 *   answers with a value that is not finite, or a guidance scale other than 1 is asked of one without a null class
 * @example
 * for await (const { t, x0 } of igds.diffusion.steps(denoiser, { labels: [3, 5], seed: 0, steps: 5 }))
 *   await igds.show(x0, { title: `t = ${t}` });
 */
export async function* steps(
  denoiser: Denoiser,
  options: SampleOptions,
): AsyncGenerator<StepRecord, void, undefined> {
  const loop = samplingLoop(denoiser, options);
  for (let start: StepStart | null = loop.begin(); start; ) {
    await loop.prepare();
    const record = loop.take(start);
    yield record;
    // The generator gave control away: interrupts and displays get their turn between steps.
    await pause();
    start = loop.after(record);
  }
}

/** What the noise on the condition adds to the class embedding of each image, N x E; null where it adds nothing. */
function embeddingShift(
  noise: ConditionNoise,
  denoiser: Denoiser,
  labels: Int32Array,
  t: number,
  draw: (image: number, count: number) => Float32Array,
): Float32Array | null {
  const { size, values } = denoiser.classEmbedding();
  const shift = new Float32Array(labels.length * size);
  let shifts = false;
  labels.forEach((label, i) => {
    const embedding = values.subarray(label * size, (label + 1) * size);
    const noised = noise.noised(embedding, t, () => draw(i, size));
    if (!noised) return;
    shifts = true;
    for (let e = 0; e < size; e++) shift[i * size + e] = noised[e] - embedding[e];
  });
  return shifts ? shift : null;
}

/**
 * Samples to the end.
 *
 * @param options as of `steps`; `onStep` is told each record
 * @returns the finished images, NHWC, [-1, 1] unless `clip: false`, and the records of all steps
 * @throws as `steps` does
 * @example
 * const { images, records } = await igds.sample(denoiser, { labels: [3, 5], seed: 0, steps: 5 });
 */
export async function sample(
  denoiser: Denoiser,
  options: SampleOptions & { readonly onStep?: (record: StepRecord) => void },
): Promise<{ images: ImageBatch; records: StepRecord[] }> {
  const records: StepRecord[] = [];
  for await (const record of steps(denoiser, options)) {
    records.push(record);
    options.onStep?.(record);
  }
  return { images: records[records.length - 1].x0, records };
}
