// Classifier-free guidance at some time steps alone, and what that leaves of the questions to the denoiser.
// Kynkäänniemi et al., Applying Guidance in a Limited Interval (NeurIPS 2024, arXiv 2404.07724).
import { type SamplerName, samplers, timesOf } from "./samplers";

/** What decides how often the denoiser is asked. */
export interface GuidanceAtSteps {
  /** Classifier-free guidance scale; 1 is none. */
  readonly guidanceScale: number;
  /** Time steps at which the scale acts, [low, high]. Default: all. */
  readonly guidanceInterval?: readonly [low: number, high: number] | undefined;
}

/** Whether something that acts at the time steps of an interval, or at all of them, does so at t. */
export function actsAt(t: number, interval?: readonly [low: number, high: number]): boolean {
  return !interval || (t >= interval[0] && t <= interval[1]);
}

/** The guidance scale at a time step: 1, which is none, outside of the interval. */
export function scaleAt(t: number, { guidanceScale, guidanceInterval }: GuidanceAtSteps): number {
  return actsAt(t, guidanceInterval) ? guidanceScale : 1;
}

/**
 * How often a set asks the denoiser about each of its images: at each step with the class, and without it where
 * classifier-free guidance acts.
 *
 * @param settings the guidance, the name of the sampler, and the steps that it takes
 * @throws RangeError for a number of steps that the sampler does not take
 * @example
 * igds.diffusion.evaluations({ sampler: "ddpm", steps: 50, guidanceScale: 1.5 }); // 100
 */
export function evaluations({
  sampler,
  steps,
  ...guidance
}: GuidanceAtSteps & { readonly sampler: SamplerName; readonly steps: number }): number {
  const times = timesOf(samplers[sampler](), steps);
  return times.reduce((sum, t) => sum + (scaleAt(t, guidance) === 1 ? 1 : 2), 0);
}
