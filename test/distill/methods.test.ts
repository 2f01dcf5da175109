import { beforeAll, describe, expect, it } from "vitest";
import { distill } from "../../src/distill/distill";
import type { Distiller, StartOptions } from "../../src/distill/distiller";
import { methodHelp, type SamplingMethod, samplingMethods } from "../../src/distill/methods";
import { open } from "../../src/distill/open";
import {
  byRule,
  guidanceDefaults,
  guidanceOf,
  samplingDefaults,
  samplingOf,
} from "../../src/distill/settings";

describe("the settings of a method", () => {
  it("are its own parts with their defaults, and what is added or left out", () => {
    expect(guidanceOf("diffusion", {})).toBeNull();
    expect(guidanceOf("igds", {})).toEqual(guidanceDefaults);
    // Named only where it is not the default: the hashes of sets made before it could be chosen stay.
    expect(guidanceOf("igds", { setFeatures: "learners" })).toEqual(guidanceDefaults);
    expect(guidanceOf("igds", { setFeatures: "mixed" })).toEqual({
      ...guidanceDefaults,
      setFeatures: "mixed",
    });
    expect(() => guidanceOf("diffusion", { setFeatures: "mixed" })).toThrow(/setFeatures is a setting of/);
    expect(guidanceOf("mgd3", { mode: { weight: 2 } })).toMatchObject({
      mode: { weight: 2, window: [510, 999] },
    });
    expect(Object.keys(guidanceOf("igd", { deviation: false, cads: true }) ?? {})).toEqual(
      expect.arrayContaining(["influence", "cads"]),
    );
    expect(guidanceOf("igd", { deviation: false })).not.toHaveProperty("deviation");
    expect(guidanceOf("diffusion", { mode: true, gradient: "exact" })).toMatchObject({ gradient: "exact" });
  });

  it("ask 500 real images of each class, or as many as are given, where the set's term guides", () => {
    const images = (ipc: number, options: object = {}) => {
      const once = byRule(guidanceOf("igds", options), ipc);
      // A run begins from settings that have been settled before.
      expect(byRule(once, ipc)).toEqual(once);
      return once?.setImages;
    };
    expect([1, 50].map((ipc) => images(ipc))).toEqual([500, 500]);
    expect(images(50, { setImages: 100 })).toBe(100);
    expect(images(10, { setImages: 300 })).toBe(300);
    expect(images(50, { setWeight: 0 })).toBeUndefined();
  });

  it("of sampling name what has no default only where it is chosen", () => {
    expect(samplingOf({})).toEqual(samplingDefaults);
    expect(samplingOf({ guidanceInterval: [82, 578] })).toEqual({
      ...samplingDefaults,
      guidanceInterval: [82, 578],
    });
    expect(() => samplingOf({ guidanceInterval: [578, 82] })).toThrow(/guidanceInterval.*low <= high/);
  });

  it.each<[string, SamplingMethod | "random", object, RegExp]>([
    [
      "information in another method",
      "mgd3",
      { beta: 2 },
      /beta is a setting of information guidance.*mgd3 has mode/,
    ],
    [
      "information in none",
      "diffusion",
      { weight: 2, beta: 1 },
      /weight, beta are settings.*no terms of its own/,
    ],
    ["movement of nothing", "cads", { gradient: "exact" }, /gradient: expected terms.*method cads has cads/],
    [
      "guidance of real images",
      "random",
      { mode: true },
      /picks real images, which .* cannot be guided; found mode/,
    ],
    [
      "sampling of real images",
      "random",
      { steps: 9, guidanceScale: 3 },
      /not sampled.*found steps, guidanceScale/,
    ],
    ["lengths through the denoiser", "igds", { norm: "unit", gradient: "exact" }, /Leave out one of the two/],
    ["a window upside down", "igds", { window: [900, 100] }, /window \(\[900,100\]\): expected low <= high/],
    ["an unknown setting of a part", "mgd3", { mode: { strength: 1 } }, /strength/],
    ["a strength of nothing", "d4m", { start: { strength: 0 } }, /strength/],
  ])("refuse %s", (_, method, options, message) => {
    expect(() => guidanceOf(method, options)).toThrow(message);
  });

  it("are the defaults of a part where they are undefined", () => {
    const mode = { weight: undefined, window: [600, 999] };
    expect(guidanceOf("mgd3", { mode } as never)).toEqual(
      guidanceOf("mgd3", { mode: { window: [600, 999] } }),
    );
  });

  it("are explained with their papers", () => {
    for (const method of samplingMethods)
      expect(methodHelp()).toMatch(new RegExp(`^ {2}${method} +\\w.*20\\d\\d|2507`, "m"));
  });
});

describe("the methods, with the shipped models", () => {
  const quick = { classes: ["Trouser", "Bag"], ipc: 2, seed: 3, steps: 8 } as const;
  let distiller: Distiller;
  let plain: Float32Array;
  beforeAll(async () => {
    distiller = await open();
    plain = (await distiller.start({ ...quick, method: "diffusion" }).finish()).data;
  });

  const variants: [string, StartOptions][] = [
    ["mgd3", { method: "mgd3" }],
    ["particle", { method: "particle" }],
    ["cads", { method: "cads" }],
    ["igd", { method: "igd" }],
    ["d4m", { method: "d4m" }],
    ["igds with modes and CADS, exact", { method: "igds", mode: true, cads: true, gradient: "exact" }],
    ["igds by unit gradients with ddim", { method: "igds", norm: "unit", weight: 0.3, sampler: "ddim" }],
  ];
  it.each(variants)(
    "%s samples other images than plain diffusion, the same each time",
    async (_, options) => {
      const run = distiller.start({ ...quick, ...options });
      const images = await run.finish();
      expect(images.data).not.toEqual(plain);
      expect(images.data.every((value) => Math.abs(value) <= 1)).toBe(true);
      run.back(2);
      expect((await run.finish()).data).toEqual(images.data);
    },
  );

  it("cao2 keeps the surest half of a pool, whose first images share their noise with other methods", async () => {
    const options = { ...quick, method: "cao2" } as const;
    const run = distiller.start(options);
    const images = await run.finish();
    expect(images.shape[0]).toBe(8);
    const size = images.data.length / 8;
    // Another batch, the same noise: equal up to the order of additions.
    const difference = images.data.subarray(0, size).map((value, i) => Math.abs(value - plain[i]));
    expect(Math.max(...difference)).toBeLessThan(0.02);
    const chosen = distiller.chosen(run);
    const sure = run.last.bounds!.prototype;
    for (const [from, kept] of [
      [0, chosen.subarray(0, 2)],
      [4, chosen.subarray(2)],
    ] as const) {
      const best = [0, 1, 2, 3].map((i) => from + i).sort((a, b) => sure[b] - sure[a]);
      expect([...kept].map((i) => sure[i])).toEqual(
        [...best.slice(0, 2)].sort((a, b) => a - b).map((i) => expect.closeTo(sure[i], 3)),
      );
    }
    const set = await distill(distiller, { method: "cao2", ipc: 1, seed: 3, steps: 2 });
    expect(set.images.shape).toEqual([10, 28, 28, 1]);
    expect([...set.labels]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("a part that is left out stays out of a distilled set", async () => {
    const options = { ipc: 1, seed: 3, steps: 2 } as const;
    const without = await distill(distiller, { ...options, method: "cads", cads: false });
    const noised = await distill(distiller, { ...options, method: "cads" });
    const run = distiller.start({ ...options, method: "diffusion" });
    expect(without.images.data).toEqual((await run.finish()).data);
    expect(noised.images.data).not.toEqual(without.images.data);
  });

  it("a fork into another method takes nothing of the first along", async () => {
    const run = distiller.start({ ...quick, method: "cads", start: true, pool: false });
    await run.step();
    const fork = run.fork({ method: "diffusion" });
    const { index, x } = run.last;
    expect(fork.options).toMatchObject({ conditionNoise: undefined, from: { index, x } });
    await fork.finish();
    expect(fork.records).toHaveLength(run.last.count - index);
  });

  it("a fork into d4m starts as d4m does, at the first step alone", async () => {
    const run = distiller.start({ ...quick, method: "diffusion" });
    await run.step();
    const fork = run.fork({ method: "d4m" });
    expect((await fork.finish()).data).toEqual(
      (await distiller.start({ ...quick, method: "d4m" }).finish()).data,
    );
    await run.step();
    const message = /keeps its start: expected noise, found images noised for step 3/;
    expect(() => run.fork({ method: "d4m" })).toThrow(message);
    expect(() => run.change({ start: { strength: 0.7 } })).toThrow(message);
    expect(run.settings.start).toBe(false);
  });

  it("a beta of zero keeps the contextual term in the record, without weight", async () => {
    const [a, b] = [0.5, 0].map((beta) => distiller.start({ ...quick, beta }));
    await a.finish();
    await b.finish();
    expect(b.records[0].guidance.terms.map(({ name }) => name)).toEqual(["prototype", "mixture", "set"]);
    expect(b.records[0].guidance.terms[1].weight).toBe(0);
    expect(a.images.data).not.toEqual(b.images.data);
  });
});
