// One step from x_t to x_{t'}: DDIM, DDPM, DPM-Solver++ and Heun on plain arrays. The loop around them is sample.ts.
import { didYouMean } from "../tensor/nearestName";
import { alphaBar, T, timeSteps } from "./schedule";

/** The step before, for samplers that look back. All arrays are NHWC, image after image. */
export interface EarlierStep {
  /** Time step. */
  readonly t: number;
  /** x_t. */
  readonly x: Float32Array;
  /** Predicted clean image, guidance included. */
  readonly x0: Float32Array;
  /** x0 as the network predicted it, before guidance. Default: x0. */
  readonly plain?: Float32Array;
  /** Noise that belongs to x0. */
  readonly epsilon: Float32Array;
}

/** What a sampler starts a step from. All arrays are NHWC, image after image. */
export interface StepInput {
  /** Time step. */
  readonly t: number;
  /** The next time step, no larger than t; -1 stands for the clean image. */
  readonly next: number;
  /** x_t. */
  readonly x: Float32Array;
  /** Predicted clean image. */
  readonly x0: Float32Array;
  /** The same before guidance. Default: x0. */
  readonly plain?: Float32Array;
  /** Noise that belongs to x0: x = sqrt(alphaBar) x0 + sqrt(1 - alphaBar) epsilon. */
  readonly epsilon: Float32Array;
  /** Where between its bounds the variance of the step lies, -1 to 1; for samplers with learned variance. */
  readonly variance?: Float32Array;
  /** Standard normal noise of the step; asked for only where the sampler adds noise. */
  readonly noise: () => Float32Array;
  /** For samplers that look back; absent at the first step. */
  readonly previous?: EarlierStep;
}

/** A sampler: a name and its step. */
export interface Sampler {
  /** For records and messages. */
  readonly name: string;
  /** Whether the step needs the variance that the network has learned. */
  readonly learnedVariance?: boolean;
  /** Whether the step needs the one before. */
  readonly looksBack?: boolean;
  /** Time steps of `count` questions to the network; one may come twice. Default: evenly spaced, see `timeSteps`. */
  times?(count: number): number[];
  /** @returns x at time `next`, a new array */
  step(input: StepInput): Float32Array;
}

/**
 * Time steps of a sampler that asks the network so many times, the largest first.
 * @throws RangeError for a count that is not whole, or that the sampler does not take
 */
export function timesOf(sampler: Sampler, count: number): number[] {
  if (!Number.isInteger(count))
    throw new RangeError(`steps: expected a whole number, such as 50; found ${count}.`);
  return sampler.times?.(count) ?? timeSteps(count);
}

const alphaBarAt = (t: number): number => (t < 0 ? 1 : alphaBar[t]);

/**
 * DDIM (Song, Meng & Ermon 2021, arXiv 2010.02502, equation 12).
 *
 * @param eta 0 adds no noise, 1 as much as DDPM
 * @throws RangeError for an eta outside of 0..1
 * @example
 * const { images } = await igds.sample(denoiser, {
 *   labels: [3, 5],
 *   seed: 0,
 *   steps: 5,
 *   sampler: igds.diffusion.ddim(0.5),
 * });
 */
export function ddim(eta = 0): Sampler {
  if (!(eta >= 0 && eta <= 1)) throw new RangeError(`DDIM's eta lies between 0 and 1; found ${eta}.`);
  return {
    name: eta === 0 ? "ddim" : `ddim(eta=${eta})`,
    step({ t, next, x0, epsilon, noise }) {
      const a = alphaBarAt(t);
      const b = alphaBarAt(next);
      const sigma = eta * Math.sqrt((1 - b) / (1 - a)) * Math.sqrt(1 - a / b);
      const toImage = Math.sqrt(b);
      const toNoise = Math.sqrt(Math.max(0, 1 - b - sigma * sigma));
      const fresh = sigma > 0 ? noise() : null;
      return x0.map((value, i) => toImage * value + toNoise * epsilon[i] + (fresh ? sigma * fresh[i] : 0));
    },
  };
}

/**
 * DDPM on any subset of the time steps, with the posterior variance (Ho et al. 2020, equations 6 and 7, on
 * the respaced alphaBar of Nichol & Dhariwal 2021), or with the variance that the network has learned: between the
 * posterior variance and beta, on a scale of logarithms (Nichol & Dhariwal, equation 15), as DiT is sampled from.
 *
 * @param options `variance`: the posterior variance, or what the network has learned. Default `posterior`
 * @returns the sampler; with `learned`, sampling throws where the network has not learned the variance
 * @example
 * const { images } = await igds.sample(denoiser, {
 *   labels: [3, 5],
 *   seed: 0,
 *   steps: 5,
 *   sampler: igds.diffusion.ddpm(),
 * });
 */
export function ddpm({ variance = "posterior" }: { variance?: "posterior" | "learned" } = {}): Sampler {
  const learned = variance === "learned";
  return {
    name: learned ? "ddpm(learned variance)" : "ddpm",
    learnedVariance: learned,
    step({ t, next, x, x0, variance: v, noise }) {
      if (next < 0) return x0.slice();
      const a = alphaBarAt(t);
      const b = alphaBarAt(next);
      const { beta, ofX0, ofX, variance: least } = posterior(a, b);
      const fresh = noise();
      if (!learned) {
        const sigma = Math.sqrt(least);
        return x0.map((value, i) => ofX0 * value + ofX * x[i] + sigma * fresh[i]);
      }
      if (!v) throw new Error("A step with learned variance needs what the network says of the variance.");
      const [low, high] = [Math.log(least), Math.log(beta)];
      const sigma = v.map((value) => {
        const fraction = (value + 1) / 2;
        return Math.exp(0.5 * (fraction * high + (1 - fraction) * low));
      });
      return x0.map((value, i) => ofX0 * value + ofX * x[i] + sigma[i]! * fresh[i]!);
    },
  };
}

/**
 * DPM-Solver++ of second order with the step before as its memory (Lu et al. 2022, arXiv 2211.01095, algorithm 2), in
 * terms of x0, so that guidance by x0hat enters as it is. No noise; ten to twenty steps do for what DDIM takes fifty.
 * @example
 * const { images } = await igds.sample(denoiser, {
 *   labels: [3, 5],
 *   seed: 0,
 *   steps: 5,
 *   sampler: igds.diffusion.dpmSolver(),
 * });
 */
export function dpmSolver(): Sampler {
  return {
    name: "dpm-solver++",
    looksBack: true,
    step({ t, next, x, x0, plain = x0, previous }) {
      if (next < 0) return x0.slice();
      const [a, b] = [alphaBarAt(t), alphaBarAt(next)];
      const h = logRatio(b) - logRatio(a);
      const ofX = Math.sqrt((1 - b) / (1 - a));
      const ofImage = -Math.sqrt(b) * Math.expm1(-h);
      // x0 half a step ahead, by the line through what the network said last: guidance pushes anew at each step, and a
      // line through its pushes would double them.
      const ahead = previous ? h / (2 * (logRatio(a) - logRatio(alphaBarAt(previous.t)))) : 0;
      const before = previous?.plain ?? previous?.x0 ?? plain;
      return x0.map((value, i) => ofX * x[i] + ofImage * (value + ahead * (plain[i] - before[i])));
    },
  };
}

/**
 * Heun's method on the probability flow (Karras et al. 2022, arXiv 2206.00364, algorithm 1 without churn), in the noise
 * level s = sqrt((1 - alphaBar) / alphaBar): an Euler step, which is DDIM's, then the network is asked again where it
 * led to, and the step is taken anew with the mean of both slopes. So every step costs two questions, and the finished
 * image one; of an even number of them the first step is an Euler step.
 *
 * @returns the sampler; `SampleOptions.steps` counts its questions
 * @example
 * const { images } = await igds.sample(denoiser, {
 *   labels: [3, 5],
 *   seed: 0,
 *   steps: 5,
 *   sampler: igds.diffusion.heun(),
 * });
 */
export function heun(): Sampler {
  const euler = ddim();
  return {
    name: "heun",
    looksBack: true,
    times(count) {
      if (!(Number.isInteger(count) && count >= 2 && count < 2 * T))
        throw new RangeError(
          `steps: "heun" takes a whole number from 2 to ${2 * T - 1}, which counts its questions to the network; found ${count}.`,
        );
      const levels = timeSteps(Math.floor(count / 2) + 1);
      const twice = levels.flatMap((t, i) => (i === 0 ? [t] : [t, t]));
      if (count % 2 === 0) twice.splice(1, 1);
      return twice;
    },
    step(input) {
      const { t, next, epsilon, previous } = input;
      if (next !== t) return euler.step(input);
      if (!previous) throw new Error("Heun's second question needs the step before it.");
      const [from, to] = [alphaBarAt(previous.t), alphaBarAt(t)];
      const change = (noiseOf(to) - noiseOf(from)) / 2;
      const [toImage, ofStart] = [Math.sqrt(to), Math.sqrt(to / from)];
      return previous.x.map(
        (value, i) => ofStart * value + toImage * change * (previous.epsilon[i] + epsilon[i]),
      );
    },
  };
}

/** lambda = ln(sqrt(alphaBar) / sqrt(1 - alphaBar)). */
const logRatio = (a: number): number => 0.5 * Math.log(a / (1 - a));

/** s = sqrt((1 - alphaBar) / alphaBar). */
const noiseOf = (a: number): number => Math.sqrt((1 - a) / a);

/**
 * The Gaussian of x one step nearer to the image, given x0 and x (Ho et al. 2020, equations 6 and 7).
 * @param a alphaBar at x
 * @param b alphaBar one step nearer to the image
 * @returns weights of x0 and of x in its mean, its variance, and beta of the step
 */
export function posterior(a: number, b: number) {
  const beta = 1 - a / b;
  return {
    beta,
    ofX0: (Math.sqrt(b) * beta) / (1 - a),
    ofX: (Math.sqrt(1 - beta) * (1 - b)) / (1 - a),
    variance: (beta * (1 - b)) / (1 - a),
  };
}

/** Samplers by name, for the command line and manifests. */
export const samplers = {
  ddim: () => ddim(),
  ddpm: () => ddpm(),
  "ddpm-learned": () => ddpm({ variance: "learned" }),
  dpmsolver: dpmSolver,
  heun,
} as const;
/** The name of a sampler in settings: "ddim", "ddpm", "ddpm-learned", "dpmsolver" or "heun". */
export type SamplerName = keyof typeof samplers;
export const samplerNames = Object.keys(samplers) as SamplerName[];

/**
 * The sampler itself, that of a name, or DDIM.
 * @throws RangeError for a name that is none
 */
export function samplerOf(sampler: Sampler | SamplerName = "ddim"): Sampler {
  if (typeof sampler !== "string") return sampler;
  if (samplerNames.includes(sampler)) return samplers[sampler]();
  throw new RangeError(
    `"${sampler}" is not a sampler${didYouMean(sampler, samplerNames) || "."} Expected one of ${samplerNames.join(", ")}, or an ` +
      "object such as igds.diffusion.ddpm().",
  );
}
