// The schedulers of diffusers that DiT and its rivals are sampled with: DDIM, DDPM, Euler, Heun and DPM-Solver++ (2M),
// step by step as they are defined there, defaults included. Numbers that PyTorch holds as float32 are rounded to it.
//
// samplers.ts has what this library samples with by itself: it spaces its time steps otherwise and has one x per step.

import { roundHalfToEven } from "../datasets/roundHalf";
import { posterior } from "./samplers";

/** How much noise there is at each of the training's time steps. */
export interface NoiseSchedule {
  /** beta of the first time step; linear between it and the last. */
  readonly betaStart: number;
  /** beta of the last time step. */
  readonly betaEnd: number;
  /** Time steps of the training. */
  readonly trainSteps: number;
}

const linear: NoiseSchedule = { betaStart: 1e-4, betaEnd: 0.02, trainSteps: 1000 };

/** A way through the noise levels that asks the network once for each time step. */
export interface Scheduler {
  /** As `igds verify` knows it. */
  readonly name: string;
  /** Time of each question to the network, from the noisiest on; may lie between the training's time steps. */
  readonly timesteps: readonly number[];
  /** Standard deviation of the noise that the first x is drawn from. */
  readonly startDeviation: number;
  /** Starts at the first time step. */
  begin(): SchedulerRun;
}

/** A walk through the time steps of a scheduler, with what it remembers of the steps before. */
interface SchedulerRun {
  /** What the network is given for x at the present time step. */
  input(x: Float32Array): Float32Array;
  /**
   * Takes the present step.
   * @param epsilon the network's answer to `input(x)`
   * @param noise standard normal; asked for only where the step adds noise
   * @returns x at the next time step, a new array
   * @throws if all steps are taken
   */
  step(x: Float32Array, epsilon: Float32Array, noise?: () => Float32Array): Float32Array;
}

/**
 * DDIM without noise (Song, Meng & Ermon 2021; diffusers' DDIMScheduler with clip_sample=False).
 *
 * @param options `lastAlphaBar`: "first" ends at the alphaBar of time step 0 (set_alpha_to_one=False), "one" at the
 *   clean image. Default "one".
 * @example
 * const scheduler = ddimScheduler(12);
 * scheduler.timesteps[0]; // 913
 */
export function ddimScheduler(
  steps: number,
  options: Partial<NoiseSchedule> & { readonly lastAlphaBar?: "one" | "first" } = {},
): Scheduler {
  const alphaBar = alphaBars({ ...linear, ...options });
  const { timesteps, stride } = leading(steps, alphaBar.length);
  const last = options.lastAlphaBar === "first" ? alphaBar[0]! : 1;
  return scheduler("ddim", timesteps, 1, () => (index, x, epsilon) => {
    const t = timesteps[index]!;
    const a = alphaBar[t]!;
    const b = t >= stride ? alphaBar[t - stride]! : last;
    const x0 = cleanImage(x, epsilon, Math.sqrt(a), Math.sqrt(1 - a));
    const [toImage, toNoise] = [Math.sqrt(b), Math.sqrt(1 - b)];
    return x0.map((value, i) => toImage * value + toNoise * epsilon[i]!);
  });
}

/**
 * DDPM with the posterior variance (Ho et al. 2020; diffusers' DDPMScheduler, fixed_small, clip_sample=False).
 * @example
 * const scheduler = ddpmScheduler(12);
 * scheduler.timesteps.length; // 12
 */
export function ddpmScheduler(steps: number, options: Partial<NoiseSchedule> = {}): Scheduler {
  const alphaBar = alphaBars({ ...linear, ...options });
  const { timesteps, stride } = leading(steps, alphaBar.length);
  return scheduler("ddpm", timesteps, 1, () => (index, x, epsilon, noise) => {
    const t = timesteps[index]!;
    const a = alphaBar[t]!;
    const b = t >= stride ? alphaBar[t - stride]! : 1;
    const x0 = cleanImage(x, epsilon, Math.sqrt(a), Math.sqrt(1 - a));
    const { ofX0, ofX, variance } = posterior(a, b);
    const sigma = Math.sqrt(Math.max(1e-20, variance));
    const fresh = t > 0 ? noise() : null;
    return x0.map((value, i) => ofX0 * value + ofX * x[i]! + (fresh ? sigma * fresh[i]! : 0));
  });
}

/**
 * Euler's method on the probability flow in sigma = sqrt((1 - alphaBar) / alphaBar) (Karras et al. 2022; diffusers'
 * EulerDiscreteScheduler). Here x is the image plus sigma times the noise.
 * @example
 * const scheduler = eulerScheduler(12);
 * scheduler.startDeviation; // 157.4
 */
export function eulerScheduler(steps: number, options: Partial<NoiseSchedule> = {}): Scheduler {
  const { times, sigmas } = sigmaSteps(steps, { ...linear, ...options });
  const start = sigmas[0]!;
  const scale = (x: Float32Array, index: number) => scaled(x, sigmas[index]!);
  return scheduler(
    "euler",
    times,
    start,
    () => (index, x, epsilon) => {
      const change = sigmas[index + 1]! - sigmas[index]!;
      return x.map((value, i) => value + change * epsilon[i]!);
    },
    scale,
  );
}

/** The betas that diffusers' HeunDiscreteScheduler has unless told otherwise: those of Stable Diffusion. */
const heunDefaults: NoiseSchedule = { betaStart: 0.00085, betaEnd: 0.012, trainSteps: 1000 };

/**
 * Heun's method (Karras et al. 2022, algorithm 1 without churn; diffusers' HeunDiscreteScheduler): an Euler step, then
 * the same step again with the mean of the slopes at both ends. Its betas are others than those of the rest.
 * @example
 * const scheduler = heunScheduler(12);
 * scheduler.timesteps.length; // 23: two for each step but the last
 */
export function heunScheduler(steps: number, options: Partial<NoiseSchedule> = {}): Scheduler {
  const { times, sigmas } = sigmaSteps(steps, { ...heunDefaults, ...options });
  // Question 0 is at level 0, questions 1 and 2 at level 1, ...
  const level = (index: number) => Math.ceil(index / 2);
  const timesteps = Array.from({ length: 2 * steps - 1 }, (_, index) => times[level(index)]!);
  return scheduler(
    "heun",
    timesteps,
    sigmas[0]!,
    () => {
      let first: { x: Float32Array; slope: Float32Array } | null = null;
      return (index, x, epsilon) => {
        // The second question of a step is asked at the level where the step ends.
        const from = first ? level(index) - 1 : level(index);
        const change = sigmas[from + 1]! - sigmas[from]!;
        if (!first) {
          first = { x: x.slice(), slope: epsilon.slice() };
          return x.map((value, i) => value + change * epsilon[i]!);
        }
        const { x: start, slope } = first;
        first = null;
        return start.map((value, i) => value + (change * (slope[i]! + epsilon[i]!)) / 2);
      };
    },
    (x, index) => scaled(x, sigmas[level(index)]!),
  );
}

/**
 * DPM-Solver++ of second order with two steps of memory (Lu et al. 2022, arXiv 2211.01095, algorithm 2; diffusers'
 * DPMSolverMultistepScheduler, midpoint). The first and the last step are of first order; it ends at the clean image.
 * @example
 * const scheduler = dpmSolverScheduler(12);
 * scheduler.timesteps[1]; // 916
 */
export function dpmSolverScheduler(steps: number, options: Partial<NoiseSchedule> = {}): Scheduler {
  const alphaBar = alphaBars({ ...linear, ...options });
  checkSteps(steps, alphaBar.length);
  const times = Array.from({ length: steps }, (_, i) =>
    roundHalfToEven(((alphaBar.length - 1) * (steps - i)) / steps),
  );
  const sigmas = [...times.map((t) => sigmaOf(alphaBar[t]!)), 0];
  const toImage = sigmas.map((sigma) => 1 / Math.sqrt(sigma * sigma + 1));
  const toNoise = sigmas.map((sigma, i) => sigma * toImage[i]!);
  return scheduler("dpmpp2m", times, 1, () => {
    let before: Float32Array | null = null;
    return (index, x, epsilon) => {
      const x0 = cleanImage(x, epsilon, toImage[index]!, toNoise[index]!);
      const next = index + 1;
      // The step h in lambda = log(1 / sigma); exp(-h) is the ratio of the sigmas.
      const ofX = toNoise[next]! / toNoise[index]!;
      const ofX0 = toImage[next]! * (1 - sigmas[next]! / sigmas[index]!);
      const lambda = (i: number) => -Math.log(sigmas[i]!);
      let image = x0;
      if (before && next < steps) {
        const ratio = (lambda(index) - lambda(index - 1)) / (lambda(next) - lambda(index));
        const previous = before;
        image = x0.map((value, i) => value + (value - previous[i]!) / (2 * ratio));
      }
      before = x0;
      return x.map((value, i) => ofX * value + ofX0 * image[i]!);
    };
  });
}

type Step = (
  index: number,
  x: Float32Array,
  epsilon: Float32Array,
  noise: () => Float32Array,
) => Float32Array;

function scheduler(
  name: string,
  timesteps: readonly number[],
  startDeviation: number,
  begin: () => Step,
  scale: (x: Float32Array, index: number) => Float32Array = (x) => x,
): Scheduler {
  return {
    name,
    timesteps,
    startDeviation,
    begin() {
      const take = begin();
      let index = 0;
      const present = () => {
        if (index < timesteps.length) return index;
        throw new RangeError(`All ${timesteps.length} steps of "${name}" are taken; begin again.`);
      };
      return {
        input: (x) => scale(x, present()),
        step(x, epsilon, noise) {
          const result = take(present(), x, epsilon, () => {
            if (noise) return noise();
            throw new Error(`A step of "${name}" adds noise: hand over a source of it.`);
          });
          index++;
          return result;
        },
      };
    },
  };
}

/** alphaBar at every time step of the training, in float32 as PyTorch computes it: linspace, 1 - beta, cumprod. */
function alphaBars({ betaStart, betaEnd, trainSteps }: NoiseSchedule): Float32Array {
  const [first, last] = [Math.fround(betaStart), Math.fround(betaEnd)];
  const step = Math.fround((last - first) / (trainSteps - 1));
  let product = 1;
  return Float32Array.from({ length: trainSteps }, (_, t) => {
    // linspace counts from the nearer end.
    const beta = t < trainSteps / 2 ? first + step * t : last - step * (trainSteps - 1 - t);
    product *= Math.fround(1 - Math.fround(beta));
    return product;
  });
}

const sigmaOf = (alphaBar: number) => Math.fround(Math.sqrt((1 - alphaBar) / alphaBar));

/** Every (trainSteps / steps)-th time step from 0 on, the last of them first: "leading" spacing. */
function leading(steps: number, trainSteps: number): { timesteps: number[]; stride: number } {
  checkSteps(steps, trainSteps);
  const stride = Math.floor(trainSteps / steps);
  return { timesteps: Array.from({ length: steps }, (_, i) => (steps - 1 - i) * stride), stride };
}

/** Evenly spaced times from the last time step to 0, fractions included, and their sigmas with a last one of 0. */
function sigmaSteps(steps: number, schedule: NoiseSchedule): { times: number[]; sigmas: number[] } {
  const alphaBar = alphaBars(schedule);
  checkSteps(steps, alphaBar.length);
  const last = alphaBar.length - 1;
  const exact = Array.from({ length: steps }, (_, i) =>
    steps === 1 ? 0 : (last * (steps - 1 - i)) / (steps - 1),
  );
  const times = exact.map(Math.fround);
  const sigmas = times.map((t) => {
    const below = Math.min(Math.floor(t), last - 1);
    const [low, high] = [sigmaOf(alphaBar[below]!), sigmaOf(alphaBar[below + 1]!)];
    return Math.fround(low + (high - low) * (t - below));
  });
  return { times, sigmas: [...sigmas, 0] };
}

function checkSteps(steps: number, trainSteps: number): void {
  if (!Number.isInteger(steps) || steps < 1 || steps > trainSteps)
    throw new RangeError(
      `A scheduler takes a whole number of steps from 1 to ${trainSteps}; found ${steps}.`,
    );
}

/** The clean image in x = toImage x0 + toNoise epsilon. */
function cleanImage(x: Float32Array, epsilon: Float32Array, toImage: number, toNoise: number): Float32Array {
  return x.map((value, i) => (value - toNoise * epsilon[i]!) / toImage);
}

/** The network's input for the image plus sigma times noise: of variance 1 again. */
function scaled(x: Float32Array, sigma: number): Float32Array {
  const size = Math.sqrt(sigma * sigma + 1);
  return x.map((value) => value / size);
}

/** Schedulers by the name that `igds verify` and files know them by. */
export const schedulers = {
  ddim: ddimScheduler,
  ddpm: ddpmScheduler,
  euler: eulerScheduler,
  heun: heunScheduler,
  dpmpp2m: dpmSolverScheduler,
} as const;
export type SchedulerName = keyof typeof schedulers;
