import { inspect } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { Denoiser } from "../../src/diffusion/denoiser";
import { Run } from "../../src/diffusion/run";
import { type Guide, type SampleOptions, sample, steps } from "../../src/diffusion/sample";
import { ddpm } from "../../src/diffusion/samplers";
import { unet, unetDefaults } from "../../src/nn/unet";
import { stepper } from "../../src/notebook/stepper";
import { Seed } from "../../src/tensor/random";

const size = { height: 8, width: 8, channels: 1, classes: 2 };
const network = unet({ ...unetDefaults, ...size, widths: [8], blocks: [1] });
const denoiser = new Denoiser(network, network.parameters.initialise(new Seed(0)));
const options: SampleOptions = { labels: [0, 1], seed: 1, steps: 4 };

afterAll(() => denoiser.dispose());

describe("the seed of a sample", () => {
  it("may be a number or a text", async () => {
    const data = await Promise.all(
      [1, "1", new Seed(1), 2].map(
        async (seed) => (await sample(denoiser, { ...options, seed })).images.data,
      ),
    );
    expect(data[1]).toEqual(data[0]);
    expect(data[2]).toEqual(data[0]);
    expect(data[3]).not.toEqual(data[0]);
  });

  it("must be there", async () => {
    for (const seed of [undefined, null])
      await expect(sample(denoiser, { ...options, seed } as never)).rejects.toThrow(
        /Expected a seed, .*such as seed: 0; found (undefined|null)/,
      );
  });
});

describe("the options of a sample", () => {
  it("take their defaults where they are undefined", async () => {
    const { steps: _, ...few } = options;
    const unset = { steps: undefined, guidanceScale: undefined, clip: undefined } as object;
    const [plain, same] = await Promise.all([few, { ...few, ...unset }].map((one) => sample(denoiser, one)));
    expect(same.images.data).toEqual(plain.images.data);
  });

  it("must fit its images", async () => {
    const reject = (wrong: Partial<SampleOptions>, message: RegExp) =>
      expect(sample(denoiser, { ...options, ...wrong })).rejects.toThrow(message);
    await reject({ names: [["a"]] }, /a name for each of 2 images, found 1/);
    const x = { data: new Float32Array(64), shape: [1, 8, 8, 1] as const };
    await reject({ from: { index: 0, x } }, /images of 2 x 8 x 8 x 1, found 1 x 8 x 8 x 1/);
    const two = { data: new Float32Array(128), shape: [2, 8, 8, 1] as const };
    await reject({ from: { index: 4, x: two } }, /a step from 0 to 3, found 4/);
  });

  it("are classes, time steps and channels that there are", async () => {
    const reject = (wrong: object, message: RegExp) =>
      expect(sample(denoiser, { ...options, ...wrong })).rejects.toThrow(message);
    for (const [label, found] of [
      [0.5, /found 0\.5/],
      [Number.NaN, /found NaN/],
      ["Bag", /found "Bag"/],
      [2, /found 2/],
    ])
      await reject({ labels: [0, label] }, found as RegExp);
    await reject({ labels: undefined }, /at least one label/);
    await reject({ guidanceScale: Number.NaN }, /guidanceScale: .*found NaN/);
    await reject({ guidanceInterval: [900, 100] }, /low <= high.*found \[900, 100\]/);
    for (const guidedChannels of [0, 2])
      await reject({ guidedChannels }, new RegExp(`1 to 1 channels; found ${guidedChannels}`));
    await reject(
      {
        labels: [1, 1],
        names: [
          ["a", 0],
          ["a", "0"],
        ],
      },
      /found \["a","0"\] twice for class 1/,
    );
    await reject({ steps: 2.5 }, /whole number, such as 50; found 2\.5/);
    // Images of two classes may share their noise.
    await sample(denoiser, { ...options, names: [["a"], ["a"]] });
  });

  it("name a sampler, or have one", async () => {
    const [named, own] = await Promise.all(
      (["ddpm", ddpm()] as const).map(
        async (sampler) => (await sample(denoiser, { ...options, sampler })).images.data,
      ),
    );
    expect(named).toEqual(own);
    await expect(sample(denoiser, { ...options, sampler: "ddmp" as "ddpm" })).rejects.toThrow(
      /"ddmp" is not a sampler; did you mean "ddpm"\? Expected one of ddim, ddpm,/,
    );
  });
});

it("a denoiser is asked about time steps and classes that it knows", () => {
  const x = { data: new Float32Array(64), shape: [1, 8, 8, 1] as const };
  const ask = (wrong: object) => () =>
    denoiser.epsilon(x, { t: 500, labels: Int32Array.of(0), guidanceScale: 1, ...wrong });
  expect(ask({ labels: Int32Array.of(2) })()).toHaveLength(64); // the null class
  expect(ask({ labels: Int32Array.of(3) })).toThrow(/Label 3 is not a class: .*0\.\.1, and 2 for no class/);
  expect(ask({ labels: Int32Array.of(0, 1) })).toThrow(/each of 1 images, found 2 labels/);
  for (const t of [5000, 7.5, -1]) expect(ask({ t })).toThrow(/t: expected a whole time step from 0 to 999/);
  expect(ask({ guidanceScale: Number.NaN })).toThrow(/guidanceScale/);
});

describe("a run", () => {
  it("is gone through step by step, from where it stands to where it is left", async () => {
    const run = new Run(denoiser, options, "loop");
    await run.step();
    const seen: number[] = [];
    for await (const { index } of run) {
      seen.push(index);
      if (index === 2) break;
    }
    expect(run.records).toHaveLength(3);
    for await (const record of run) seen.push(record.index);
    expect(seen).toEqual([1, 2, 3]);
    expect(run.done).toBe(true);
    for await (const _ of run) throw new Error("It is at its end.");
    expect(run.images.data).toEqual((await sample(denoiser, options)).images.data);
  });

  it("takes whole steps alone", async () => {
    const run = new Run(denoiser, options, "whole");
    for (const count of [2.5, Number.NaN, -1])
      await expect(run.step(count)).rejects.toThrow(/a whole number of steps, found/);
    expect(run.records).toEqual([]);
  });

  it("keeps where it started, which a fork at its first step may change", async () => {
    const from = { index: 2, x: { data: new Seed("x").normal(128), shape: [2, 8, 8, 1] as const } };
    const run = new Run<SampleOptions>(denoiser, options, "from noise");
    await run.step();
    const fork = run.fork({ from });
    await fork.finish();
    expect(fork.images.data).toEqual((await sample(denoiser, { ...options, from })).images.data);
    const message = /keeps its start: expected noise, found images noised for step 2.*\{ at: 0 \}/;
    expect(() => run.change({ from })).toThrow(message);
    await run.step();
    expect(() => run.fork({ from })).toThrow(message);
    expect(run.fork({ from }, { at: 0 }).options.from).toBe(from);
    const later = new Run<SampleOptions>(denoiser, { ...options, from }, "later");
    await later.step();
    expect(() => later.change({ from: { ...from, index: 1 } })).toThrow(
      /images noised for step 2, found images noised for step 1/,
    );
    // Where the other settings have no start, this run's is kept.
    expect(later.fork({ from: undefined }).options.from).toMatchObject(from);
  });

  it("gives each step once where two go through it at the same time", async () => {
    const run = new Run(denoiser, options, "loop");
    const seen: number[] = [];
    const go = async () => {
      for await (const { index } of run) seen.push(index);
    };
    await Promise.all([go(), go()]);
    expect(seen.sort()).toEqual([0, 1, 2, 3]);
  });

  it("says in a line where it stands, as its stepper does", async () => {
    const run = new Run(denoiser, options, "mine");
    expect(inspect(run)).toBe(
      "Run mine: 2 images, not begun of 4 steps; begin with await run.step() or run.finish()",
    );
    await run.step();
    expect(inspect(run)).toBe(
      "Run mine: 2 images, step 1 of 4, t = 999; go on with await run.step() or run.finish()",
    );
    expect(inspect(stepper(run))).toMatch(/^Stepper of Run mine: 2 images .*step 1 of 4, t = 999$/);
    await run.finish();
    expect(inspect(run)).toBe("Run mine: 2 images, step 4 of 4, t = 0; run.images has its images");
  });

  it("waits until its guide is prepared before it asks it", async () => {
    const told: string[] = [];
    const guide: Guide = {
      async prepare() {
        await new Promise((resolve) => setTimeout(resolve, 5));
        told.push("prepared");
      },
      at: ({ t }) => {
        told.push(String(t));
        return { change: null, terms: [] };
      },
    };
    const run = new Run(denoiser, { ...options, guide }, "guided");
    await run.step();
    expect(told.slice(0, 2)).toEqual(["prepared", "999"]);
    told.length = 0;
    for await (const _ of steps(denoiser, { ...options, guide })) break;
    expect(told).toEqual(["prepared", "999"]);
  });
});
