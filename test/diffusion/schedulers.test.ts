// Against diffusers, step by step: the fixture's "network" is epsilon(x, t) = tanh(x) (0.2 + t / 1000).
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
  ddimScheduler,
  ddpmScheduler,
  dpmSolverScheduler,
  eulerScheduler,
  heunScheduler,
  type Scheduler,
  schedulers,
} from "../../src/diffusion/schedulers";
import { openWeights, type WeightFile } from "../../src/nn/weightFile";

const file = path.join(__dirname, "..", "fixtures", "dit-small", "expected.safetensors");

describe.each<[string, Scheduler]>([
  ["ddim", ddimScheduler(12, { lastAlphaBar: "first" })],
  ["ddpm", ddpmScheduler(12)],
  ["euler", eulerScheduler(12)],
  ["heun", heunScheduler(12)],
  ["dpmpp2m", dpmSolverScheduler(12)],
])("%s", (name, scheduler) => {
  let expected: WeightFile;
  beforeAll(async () => {
    expected = await openWeights(file);
    return () => expected.close();
  });

  it("has the time steps of diffusers", async () => {
    expect(scheduler.name).toBe(name);
    const wanted = await expected.read(`sched_${name}_timesteps`);
    expect(Float32Array.from(scheduler.timesteps)).toEqual(wanted);
  });

  it("takes each step as diffusers does", async () => {
    const xs = await expected.read(`sched_${name}_x`);
    const noises = expected.entries.has(`sched_${name}_noise`)
      ? await expected.read(`sched_${name}_noise`)
      : null;
    const size = xs.length / (scheduler.timesteps.length + 1);
    const run = scheduler.begin();
    let x: Float32Array = xs.slice(0, size);
    for (const [k, t] of scheduler.timesteps.entries()) {
      const epsilon = run.input(x).map((value) => Math.tanh(value) * (0.2 + t / 1000));
      x = run.step(x, epsilon, () => noises!.slice(k * size, (k + 1) * size));
      const wanted = xs.subarray((k + 1) * size, (k + 2) * size);
      // A float32 of 250 has steps of 1.5e-5.
      x.forEach((value, i) => {
        expect(Math.abs(value - wanted[i]!), `step ${k}, value ${i}`).toBeLessThan(1e-4);
      });
    }
    expect(() => run.input(x)).toThrow(/steps of ".*" are taken/);
  });
});

describe("every scheduler", () => {
  it.each(Object.entries(schedulers))("%s finds the image that the noise hides", (_, make) => {
    const scheduler = make(20);
    // One image of value 0.4: epsilon is known exactly, and steps without noise of their own stay on its path.
    const run = scheduler.begin();
    const alphaBar = alphaBarOf(scheduler);
    let x: Float32Array = Float32Array.of(3 * scheduler.startDeviation, -2 * scheduler.startDeviation);
    for (const t of scheduler.timesteps) {
      const a = alphaBar(t);
      const input = run.input(x);
      const epsilon = input.map((value) => (value - Math.sqrt(a) * 0.4) / Math.sqrt(1 - a));
      x = run.step(x, epsilon, () => Float32Array.of(0, 0));
    }
    for (const value of x) expect(value).toBeCloseTo(0.4, 1);
  });

  it.each(Object.entries(schedulers))("%s refuses numbers of steps that it cannot take", (_, make) => {
    for (const steps of [0, 1001, 2.5]) expect(() => make(steps)).toThrow(/1 to 1000; found/);
  });

  it("says when a step needs noise and has none", () => {
    const x = Float32Array.of(0);
    expect(() => ddpmScheduler(5).begin().step(x, x)).toThrow(/"ddpm" adds noise/);
  });
});

/** alphaBar at any time, between time steps by interpolating sigma. */
function alphaBarOf({ name }: Scheduler): (t: number) => number {
  const [first, last] = name === "heun" ? [0.00085, 0.012] : [1e-4, 0.02];
  const sigmas: number[] = [];
  let product = 1;
  for (let t = 0; t < 1000; t++) {
    product *= 1 - (first! + ((last! - first!) * t) / 999);
    sigmas.push(Math.sqrt((1 - product) / product));
  }
  return (t) => {
    const below = Math.min(Math.floor(t), 998);
    const sigma = sigmas[below]! + (t - below) * (sigmas[below + 1]! - sigmas[below]!);
    return 1 / (sigma * sigma + 1);
  };
}
