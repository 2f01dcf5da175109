// Classifier-free guidance at some time steps alone, and what that leaves of the questions to the denoiser.
// Kynkäänniemi et al., Applying Guidance in a Limited Interval (NeurIPS 2024, arXiv 2404.07724).
import { type SamplerName, samplerOf, timesOf } from "./samplers";

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

/** @throws RangeError for an interval with no time step in it */
export function expectInterval(interval?: readonly [low: number, high: number]): void {
  if (interval && !(interval[0] <= interval[1]))
    throw new RangeError(
      `guidanceInterval: expected [low, high] with low <= high, such as [200, 800]; found [${interval.join(", ")}].`,
    );
}

/**
 * How often sampling asks the denoiser about each image: at each step with the class, and without it where classifier-free
 * guidance acts. So it is of runs that take all of the steps: those with a `start` take fewer, a `pool` samples more images
 * than the set has, and `gradient: "exact"` goes through the denoiser once more, forwards and back.
 *
 * @param settings the guidance, the name of the sampler, and the steps that it takes
 * @throws RangeError for a number of steps that the sampler does not take, or an interval with no time step in it
 * @example
 * igds.diffusion.evaluations({ sampler: "ddpm", steps: 50, guidanceScale: 1.5 }); // 100
 */
export function evaluations({
  sampler,
  steps,
  ...guidance
}: GuidanceAtSteps & { readonly sampler: SamplerName; readonly steps: number }): number {
  expectInterval(guidance.guidanceInterval);
  const times = timesOf(samplerOf(sampler), steps);
  return times.reduce((sum, t) => sum + (scaleAt(t, guidance) === 1 ? 1 : 2), 0);
}
