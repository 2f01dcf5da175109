import { describe, expect, it } from "vitest";
import { ddim, ddpm, type Sampler } from "../../src/diffusion/samplers";
import { alphaBar, timeSteps } from "../../src/diffusion/schedule";
import { Seed } from "../../src/tensor/random";

/**
 * Samples a Gaussian N(mean, deviation^2) whose best denoiser is known:
 * E[x0|x_t] = mean + sqrt(a) v / (a v + 1 - a) (x_t - sqrt(a) mean).
 */
function sampleGaussian(
  sampler: Sampler,
  steps: number,
  mean: number,
  deviation: number,
  count: number,
): Float32Array {
  const seed = new Seed("gaussian").child(sampler.name);
  const v = deviation ** 2;
  let x = seed.child("start").normal(count);
  const times = timeSteps(steps);
  times.forEach((t, i) => {
    const a = alphaBar[t];
    const gain = (Math.sqrt(a) * v) / (a * v + 1 - a);
    const x0 = x.map((value) => mean + gain * (value - Math.sqrt(a) * mean));
    const epsilon = x.map((value, k) => (value - Math.sqrt(a) * x0[k]) / Math.sqrt(1 - a));
    x = sampler.step({
      t,
      next: times[i + 1] ?? -1,
      x,
      x0,
      epsilon,
      noise: () => seed.child(t).normal(count),
    });
  });
  return x;
}

describe.each([
  ["ddim", ddim()],
  ["ddim with noise", ddim(1)],
  ["ddpm", ddpm()],
])("%s", (_, sampler) => {
  it("samples the Gaussian that the denoiser knows", () => {
    const count = 20000;
    const x = sampleGaussian(sampler, 250, 0.3, 0.5, count);
    const mean = x.reduce((sum, value) => sum + value, 0) / count;
    const deviation = Math.sqrt(x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
    expect(Math.abs(mean - 0.3)).toBeLessThan(0.015);
    expect(Math.abs(deviation / 0.5 - 1)).toBeLessThan(0.03);
  });

  it("ends on the predicted image", () => {
    const x0 = Float32Array.of(0.25, -0.5);
    const input = { t: 0, next: -1, x: Float32Array.of(1, 1), x0, epsilon: Float32Array.of(0.1, 0.2) };
    expect([...sampler.step({ ...input, noise: () => Float32Array.of(3, 3) })]).toEqual([...x0]);
  });
});

it("ddim without noise asks for none, and refuses an eta that is none", () => {
  const noise = () => {
    throw new Error("asked for noise");
  };
  const values = Float32Array.of(0.5);
  expect(ddim().step({ t: 500, next: 400, x: values, x0: values, epsilon: values, noise })).toHaveLength(1);
  expect(() => ddim(2)).toThrow(/between 0 and 1/);
});
