// Image-to-image start: sampling begins from noised prototypes instead of pure noise.
// Su et al., D4M: Dataset Distillation via Disentangled Diffusion Model (CVPR 2024); prototypes are k-means centres.
import { ddim, type Sampler, timesOf } from "../diffusion/samplers";
import { alphaBar } from "../diffusion/schedule";
import type { ImageBatch } from "../tensor/batch";
import { Seed, type SeedLike } from "../tensor/random";

/**
 * The first step that is taken, counted from 0. A sampler that asks twice at a time step, as Heun's does, begins with the
 * second of them: the first belongs to the step before.
 * @param times time steps of the sampler
 * @param strength share of the steps that are taken, in (0, 1]
 * @throws RangeError for another strength
 */
export function firstStep(times: readonly number[], strength: number): number {
  if (!(strength > 0 && strength <= 1))
    throw new RangeError(`The strength of a noised start lies in (0, 1]; found ${strength}.`);
  const steps = times.length;
  const first = Math.min(steps - 1, steps - Math.floor(steps * strength));
  return times[first] === times[first + 1] ? first + 1 : first;
}

/**
 * x_t of each prototype at the first step that is taken: sqrt(alphaBar) prototype + sqrt(1 - alphaBar) noise, with
 * the noise that a plain run starts from, so that the two are paired.
 *
 * Simplified: prototypes are k-means centres of pixels, not of latents; there is no text prompt.
 *
 * @param prototypes one for each image of the set, [N, H, W, C] in [-1, 1]
 * @param steps of the sampling that goes on from there, all of them
 * @param strength share of the steps that are taken, in (0, 1]; at 1 hardly anything is left of the prototypes
 * @param seed of the sampling that goes on from there
 * @param names of the images, as in `SampleOptions`
 * @param sampler that goes on from there. Default: DDIM, whose time steps all but Heun's have
 * @returns `from` of the sampling loop
 * @throws RangeError for another strength, a number of steps that the sampler does not take, or where there is not a
 *   name for each prototype
 * @example
 * const [seed, names] = [0, [0, 1, 2, 3].map((i) => [3, i])];
 * const from = igds.guidance.noisedStart(distiller.classContext.prototypes([3], 4), 10, 0.7, seed, names);
 * const { images } = await igds.sample(denoiser, { labels: [3, 3, 3, 3], names, seed, steps: 10, from });
 */
export function noisedStart(
  prototypes: ImageBatch,
  steps: number,
  strength: number,
  seed: SeedLike,
  names: readonly (readonly (string | number)[])[],
  sampler: Sampler = ddim(),
): { index: number; x: ImageBatch } {
  const times = timesOf(sampler, steps);
  const index = firstStep(times, strength);
  const [n] = prototypes.shape;
  if (names.length !== n)
    throw new RangeError(
      `A noised start needs one prototype per image: expected ${names.length}, found ${n}.`,
    );
  const a = alphaBar[times[index]];
  const size = prototypes.data.length / n;
  const data = new Float32Array(prototypes.data.length);
  const source = Seed.of(seed);
  names.forEach((name, i) => {
    const noise = source.child("image", ...name, "start").normal(size);
    for (let k = 0; k < size; k++)
      data[i * size + k] = Math.sqrt(a) * prototypes.data[i * size + k] + Math.sqrt(1 - a) * noise[k];
  });
  return { index, x: { data, shape: prototypes.shape } };
}
