// CADS: noise on the class embedding that fades as the images take shape, so that samples of a class differ more.
// Sadat et al., CADS: Unleashing the Diversity of Diffusion Models through Condition-Annealed Sampling (ICLR 2024,
// arXiv 2310.17347). No gradient: it acts on what the denoiser is told, beside classifier-free guidance.
import defaults from "lodash/defaults";
import type { ConditionNoise } from "../diffusion/sample";
import { T } from "../diffusion/schedule";

/** How noise on the class embedding comes and goes. */
export interface CadsOptions {
  /**
   * s: standard deviation of the noise, in units of that of the embedding; the paper's s is absolute. The class rows of the
   * shipped U-Net deviate by about 0.13, so its 0.25 is about 1.9 here; below 1 the images hardly change.
   */
  readonly scale: number;
  /** tau1 < tau2, in 0..1: the class alone below tau1, noise alone above tau2. */
  readonly anneal: readonly [low: number, high: number];
  /** psi: 1 keeps mean and deviation of the embedding, 0 lets the noise change them. */
  readonly mix: number;
}

/** The numbers of the paper's class-conditional runs; its `scale` is absolute, and the same number far weaker here. */
export const cadsDefaults: CadsOptions = { scale: 0.25, anneal: [0.6, 0.9], mix: 1 };

/** gamma(t): 1 up to tau1, 0 from tau2 on, a straight line between; t as a share of T. */
export function annealing(t: number, [low, high]: readonly [number, number]): number {
  return Math.min(1, Math.max(0, (high - t / T) / (high - low)));
}

/**
 * yhat = sqrt(gamma) y + s sqrt(1 - gamma) n, brought back to the mean and deviation of y, mixed with weight psi.
 *
 * @param options what is left out is scale 0.25, anneal [0.6, 0.9], mix 1: so weak that the shipped U-Net draws nearly the
 *   same images. Try scale 1 or 2, and a wider anneal
 * @returns what `SampleOptions.conditionNoise` takes
 * @throws RangeError for settings out of their range
 * @example
 * const { images } = await igds.sample(denoiser, {
 *   labels,
 *   seed: 0,
 *   steps: 5,
 *   conditionNoise: igds.guidance.cads({ scale: 1 }),
 * });
 */
export function cads(options: Partial<CadsOptions> = {}): ConditionNoise {
  const { scale, anneal, mix } = defaults({}, options, cadsDefaults);
  if (!(scale >= 0 && mix >= 0 && mix <= 1 && anneal[0] >= 0 && anneal[0] < anneal[1] && anneal[1] <= 1))
    throw new RangeError(
      `cads: expected scale >= 0, 0 <= anneal[0] < anneal[1] <= 1 and mix in 0..1, found scale ${scale}, ` +
        `anneal ${anneal.join(", ")} and mix ${mix}.`,
    );
  return {
    noised(embedding, t, noise) {
      const gamma = annealing(t, anneal);
      if (gamma === 1) return null;
      const own = moments(embedding);
      const s = scale * own.deviation * Math.sqrt(1 - gamma);
      const noised = noise().map((n, e) => Math.sqrt(gamma) * embedding[e] + s * n);
      const found = moments(noised);
      // Without noise and without class nothing is left to be scaled.
      const stretch = found.deviation > 0 ? own.deviation / found.deviation : 0;
      return noised.map((value) => mix * ((value - found.mean) * stretch + own.mean) + (1 - mix) * value);
    },
  };
}

function moments(values: Float32Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}
