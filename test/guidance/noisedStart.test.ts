import { expect, it } from "vitest";
import { Run } from "../../src/diffusion/run";
import { heun, timesOf } from "../../src/diffusion/samplers";
import { alphaBar, timeSteps } from "../../src/diffusion/schedule";
import { noisedStart } from "../../src/guidance/noisedStart";
import { Seed } from "../../src/tensor/random";
import { gaussianDenoiser } from "./gaussianDenoiser";

const space = { height: 4, width: 4, channels: 1, classes: 2 };
const seed = new Seed("start");
const labels = [0, 1];
const names = [
  ["a", 0],
  ["b", 0],
];
const prototypes = {
  data: Float32Array.from({ length: 32 }, (_, i) => (i < 16 ? 0.9 : -0.9)),
  shape: [2, 4, 4, 1] as const,
};

it("is the prototype with the noise of its time step", () => {
  const { index, x } = noisedStart(prototypes, 10, 0.7, seed, names);
  expect(index).toBe(3);
  const a = alphaBar[timeSteps(10)[3]];
  const noise = seed.child("image", "b", 0, "start").normal(16);
  noise.forEach((value, k) => {
    expect(x.data[16 + k]).toBeCloseTo(-0.9 * Math.sqrt(a) + Math.sqrt(1 - a) * value, 5);
  });
  expect(noisedStart(prototypes, 10, 1, seed, names).index).toBe(0);
  expect(noisedStart(prototypes, 10, 0.01, seed, names).index).toBe(9);
  expect(() => noisedStart(prototypes, 10, 0, seed, names)).toThrow(/\(0, 1\]/);
  expect(() => noisedStart(prototypes, 10, 0.5, seed, names.slice(1))).toThrow(/expected 1, found 2/);
});

it("begins where a sampler begins a step, with the noise of its own time", async () => {
  const denoiser = gaussianDenoiser(space, [0, 0], 0.2);
  for (let strength = 0.1; strength <= 1; strength += 0.1)
    for (const steps of [9, 10]) {
      const { index, x } = noisedStart(prototypes, steps, strength, seed, names, heun());
      const t = timesOf(heun(), steps)[index];
      expect(timesOf(heun(), steps)[index + 1]).not.toBe(t);
      const noise = seed.child("image", "a", 0, "start").normal(16);
      expect(x.data[0]).toBeCloseTo(0.9 * Math.sqrt(alphaBar[t]) + Math.sqrt(1 - alphaBar[t]) * noise[0], 5);
      const from = { index, x };
      await new Run(denoiser, { labels, names, seed, steps, sampler: heun(), from }, "d4m").finish();
    }
  denoiser.dispose();
});

it("starts a run late, which ends nearer to the prototypes the later it starts, and goes back exactly", async () => {
  const denoiser = gaussianDenoiser(space, [0, 0], 0.2);
  const distances: number[] = [];
  for (const strength of [1, 0.6, 0.3]) {
    const from = noisedStart(prototypes, 10, strength, seed, names);
    const run = new Run(denoiser, { labels, names, seed, steps: 10, guidanceScale: 1, from }, "d4m");
    const images = await run.finish();
    expect(run.records).toHaveLength(10 - from.index);
    distances.push(Math.hypot(...images.data.map((value, i) => value - prototypes.data[i])));
    run.back(2);
    expect(run.done).toBe(false);
    expect((await run.finish()).data).toEqual(images.data);
  }
  expect(distances[1]).toBeLessThan(distances[0]);
  expect(distances[2]).toBeLessThan(distances[1]);
  denoiser.dispose();
});
