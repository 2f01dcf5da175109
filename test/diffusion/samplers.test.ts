import { describe, expect, it } from "vitest";
import { Denoiser } from "../../src/diffusion/denoiser";
import { Run } from "../../src/diffusion/run";
import { type SampleOptions, sample } from "../../src/diffusion/sample";
import {
  ddim,
  ddpm,
  dpmSolver,
  type EarlierStep,
  heun,
  type Sampler,
  timesOf,
} from "../../src/diffusion/samplers";
import { alphaBar, T, timeSteps } from "../../src/diffusion/schedule";
import { unet, unetDefaults } from "../../src/nn/unet";
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

/** As `sampleGaussian` without a random start: x0 is linear in x, so the exact end of the flow is known. */
function flow(sampler: Sampler, questions: number): { end: number; exact: number } {
  const v = 0.25;
  const times = timesOf(sampler, questions);
  let x: Float32Array = Float32Array.of(1);
  let previous: EarlierStep | undefined;
  times.forEach((t, i) => {
    const a = alphaBar[t];
    const x0 = x.map((value) => ((Math.sqrt(a) * v) / (a * v + 1 - a)) * value);
    const epsilon = x.map((value, k) => (value - Math.sqrt(a) * x0[k]) / Math.sqrt(1 - a));
    const step = { t, x, x0, epsilon };
    if (i + 1 < times.length)
      x = sampler.step({
        ...step,
        next: times[i + 1],
        noise: () => x,
        ...(previous ? { previous } : {}),
      });
    previous = step;
  });
  // Along the flow of N(0, v), x / sqrt(alphaBar) keeps its place among the deviations sqrt(v + s^2).
  const deviation = (t: number) => Math.sqrt(alphaBar[t] * v + 1 - alphaBar[t]);
  return { end: x[0], exact: deviation(0) / deviation(T - 1) };
}

describe.each([
  ["ddim", ddim(), 1],
  ["dpmSolver", dpmSolver(), 2],
  ["heun", heun(), 2],
])("%s", (_, sampler, order) => {
  it(`comes nearer to the exact flow as a method of order ${order} does`, () => {
    const errors = [41, 81, 161].map((questions) => {
      const { end, exact } = flow(sampler, questions);
      return Math.abs(end - exact);
    });
    const rates = errors.slice(1).map((error, i) => Math.log2(errors[i] / error));
    for (const rate of rates) expect(rate).toBeGreaterThan(order - 0.35);
    expect(errors[2]).toBeLessThan(order === 2 ? 3e-3 : 1e-2);
  });
});

describe("dpmSolver under guidance", () => {
  it("draws its line through what the network said, not through the pushes", () => {
    const [x, plain, push] = [Float32Array.of(0.4), Float32Array.of(0.1), 0.3];
    const x0 = plain.map((value) => value + push);
    const at = { x, epsilon: x, noise: () => x };
    const step = (previous?: EarlierStep) =>
      dpmSolver().step({ ...at, t: 500, next: 400, x0, plain, ...(previous ? { previous } : {}) })[0];
    // The network says the same twice: nothing is to be drawn on, however hard the push has become.
    const before = { t: 600, x, epsilon: x, x0: plain, plain };
    expect(step(before)).toBe(step());
    expect(step({ ...before, plain: Float32Array.of(0) })).not.toBe(step());
  });
});

describe("heun", () => {
  it("asks twice at every level but the first; of an even count once at the second as well", () => {
    const times = heun().times as (count: number) => number[];
    expect(times(5)).toEqual([999, 500, 500, 0, 0]);
    expect(times(6)).toEqual([999, 666, 333, 333, 0, 0]);
    expect(times(2)).toEqual([999, 0]);
  });

  it("takes as many as there are time steps to ask twice, and says how many were asked for", () => {
    expect(timesOf(heun(), 2 * T - 1)).toHaveLength(2 * T - 1);
    for (const count of [0, 1, 2 * T])
      expect(() => timesOf(heun(), count)).toThrow(new RegExp(`"heun".*from 2 to 1999.*found ${count}\\.`));
  });
});

describe.each([dpmSolver(), heun()])("a run by $name", (sampler) => {
  it("comes out the same when it goes back or is forked", async () => {
    const size = { height: 8, width: 8, channels: 1, classes: 2 };
    const network = unet({ ...unetDefaults, ...size, widths: [8], blocks: [1] });
    const denoiser = new Denoiser(network, network.parameters.initialise(new Seed(0)));
    const options: SampleOptions = { labels: [0, 1], seed: new Seed(1), steps: 7, sampler };
    const whole = await sample(denoiser, options);
    const run = new Run(denoiser, options, "run");
    await run.step(4);
    const fork = run.fork();
    run.back(2);
    // What was taken back is forgotten and must be computed again.
    run.change({ guidanceScale: 2 });
    run.change({ guidanceScale: 1.5 });
    for (const one of [run, fork]) {
      await one.finish();
      expect(one.images.data).toEqual(whole.images.data);
    }
    denoiser.dispose();
  });
});

it("a sampler may be an object of a class, whose time steps follow from what it holds", () => {
  class Late implements Sampler {
    readonly name = "late";
    private readonly first = 400;
    times(count: number): number[] {
      return Array.from({ length: count }, (_, i) => this.first - i);
    }
    step({ x0 }: { readonly x0: Float32Array }): Float32Array {
      return x0;
    }
  }
  expect(timesOf(new Late(), 3)).toEqual([400, 399, 398]);
  expect(() => timesOf(new Late(), 2.5)).toThrow(/whole number, such as 50; found 2\.5/);
  expect(timesOf(ddim(), 2)).toEqual(timeSteps(2));
});
