// The noise schedule: how much of the image is left at each time step (Ho et al. 2020, arXiv 2006.11239).

/** Number of time steps; t counts 0..T-1. */
export const T = 1000;

/** beta_t, linear from 1e-4 to 0.02, float64. */
export const betas: Float64Array = Float64Array.from(
  { length: T },
  (_, t) => 1e-4 + ((0.02 - 1e-4) * t) / (T - 1),
);

/** alphaBar_t, the product of 1 - beta up to t: x_t = sqrt(alphaBar_t) x0 + sqrt(1 - alphaBar_t) epsilon. */
export const alphaBar: Float64Array = (() => {
  const result = new Float64Array(T);
  let product = 1;
  for (let t = 0; t < T; t++) {
    product *= 1 - betas[t];
    result[t] = product;
  }
  return result;
})();

/**
 * Evenly spaced time steps for a sampler of `count` steps, from the noisiest (T-1) down to 0.
 *
 * @throws RangeError unless `count` is a whole number, 2 <= count <= T
 * @example igds.diffusion.timeSteps(4); // [999, 666, 333, 0]
 */
export function timeSteps(count: number): number[] {
  if (!Number.isInteger(count) || count < 2 || count > T)
    throw new RangeError(
      `A sampler takes a whole number of steps between 2 and ${T}; ${count} was asked for.`,
    );
  return Array.from({ length: count }, (_, i) => Math.round(((T - 1) * (count - 1 - i)) / (count - 1)));
}

/**
 * Noise standard deviation relative to the image at t: s_t = sqrt((1 - alphaBar) / alphaBar).
 *
 * @param t 0..T-1
 * @returns 0.01 at t = 0, rising to 157 at t = T-1
 * @throws RangeError for another time step
 * @example igds.diffusion.noiseLevel(500); // 3.4: more noise than image
 */
export function noiseLevel(t: number): number {
  if (!(Number.isInteger(t) && t >= 0 && t < T))
    throw new RangeError(`Time step ${t} is not in 0..${T - 1}.`);
  return Math.sqrt((1 - alphaBar[t]) / alphaBar[t]);
}
