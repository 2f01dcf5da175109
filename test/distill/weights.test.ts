// What guides in each method, how strongly and when: by the guide of a set, which is asked at time steps without any sampling.
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { alphaBar } from "../../src/diffusion/schedule";
import type { Distiller, StartOptions } from "../../src/distill/distiller";
import { setWeightOfIpc } from "../../src/distill/setTerm";
import * as learners from "../../src/guidance/learners";
import * as references from "../../src/guidance/setReference";
import * as termGraph from "../../src/guidance/termGraph";
import * as trainingNetwork from "../../src/guidance/trainingNetwork";
import { engineReady } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { smallDistiller } from "./smallDistiller";

let distiller: Distiller;
beforeAll(async () => {
  await engineReady();
  distiller = smallDistiller();
  // Networks as they begin: what the set term and influence guidance see by them does not matter here.
  const begun = () => {
    const network = trainingNetwork.networkToTrain(distiller.dataset, 2);
    return { network, weights: network.parameters.initialise(0) };
  };
  // biome-ignore lint/correctness/useYield: they are taught in no time.
  vi.spyOn(trainingNetwork, "trainingSteps").mockImplementation(function* () {
    const { network, weights } = begun();
    return [{ network, moments: [weights] }];
  });
  // biome-ignore lint/correctness/useYield: so are these.
  vi.spyOn(learners, "learnerFeatures").mockImplementation(function* () {
    return [[begun()]];
  });
  // Nor does what terms answer, and compiling them takes seconds.
  vi.spyOn(termGraph, "compileTerms").mockImplementation(({ bounds: _, ...options }) => {
    const images = options.labels.length;
    const nothing = { value: new Float32Array(images), gradient: new Float32Array(images * 64) };
    const at = () => ({ terms: options.terms.map(() => nothing), bound: () => nothing.value });
    return { options, images, at, dispose: () => {} };
  });
});
afterAll(() => {
  vi.restoreAllMocks();
  distiller.dispose();
});

/** Two of the four classes, so many images of each. */
const some = { classes: ["disc", "cross"], ipc: 2 } as const;

/** Names and weights of the terms at a time step. */
async function weightsAt(options: StartOptions, times: readonly number[]) {
  const { labels, guide } = distiller.sampleOptions(options);
  await guide!.prepare?.();
  const x0 = new Seed("x0").normal(labels.length * 64).map((value) => Math.tanh(value));
  return times.map((t) => {
    const input = { t, alphaBar: alphaBar[t]!, x: x0, x0, epsilon: x0, bounds: [-1, 1] as const };
    return guide!.at(input).terms.map(({ name, weight }) => [name, weight] as const);
  });
}

const always = [0, 999] as const;
const igd = [612, 917] as const;

describe("the terms of a method", () => {
  // beta(2) = 2 ln 2 / ln 10; the set term is a mean over the four classes that are told apart, of which two are sampled.
  const beta = (2 * Math.log(2)) / Math.log(10);
  const own = { weight: 10, beta: 0.5, setWeight: 100, contextual: "context" } as const;
  const middle: [number, number] = [300, 700];
  type Row = readonly [
    string,
    StartOptions,
    readonly (readonly [string, number, readonly [number, number]])[],
  ];
  const rows: readonly Row[] = [
    ["diffusion", { ...some, method: "diffusion" }, []],
    [
      "igds",
      some,
      [
        ["prototype", 50, always],
        ["mixture", 50 * beta, always],
        ["set", (2 * 1000) / Math.SQRT2, always],
      ],
    ],
    [
      "igds of all classes",
      { ...some, classes: ["disc", "square", "cross", "ring"] },
      [
        ["prototype", 50, always],
        ["mixture", 50 * beta, always],
        ["set", 1000 / Math.SQRT2, always],
      ],
    ],
    [
      "igds of one image per class",
      { ...some, ipc: 1 },
      [
        ["prototype", 50, always],
        ["set", 2000, always],
      ],
    ],
    [
      "igds with settings of one's own",
      { ...some, ...own, window: middle },
      [
        ["prototype", 10, middle],
        ["context", 5, middle],
        ["set", 200, middle],
      ],
    ],
    [
      "igds without the set term, by cmi",
      { ...some, ipc: 1, setWeight: 0, contextual: "cmi", beta: 0.1 },
      [
        ["prototype", 50, always],
        ["cmi", 5, always],
      ],
    ],
    ["mgd3", { ...some, method: "mgd3" }, [["mode", 4, [510, 999]]]],
    ["particle", { ...some, method: "particle" }, [["particle", 50, [259, 999]]]],
    [
      "igd",
      { ...some, method: "igd" },
      [
        ["influence", 1000, igd],
        ["deviation", 1000, igd],
      ],
    ],
    ["cads", { ...some, method: "cads" }, []],
    ["d4m", { ...some, method: "d4m" }, []],
    ["cao2", { ...some, method: "cao2" }, []],
    [
      "mgd3 with another window, and particles beside it",
      { ...some, method: "mgd3", mode: { weight: 2, window: [100, 200] }, particle: true },
      [
        ["mode", 2, [100, 200]],
        ["particle", 50, [259, 999]],
      ],
    ],
  ];

  it.each(rows)(
    "of %s have their weights inside of their windows, and none outside",
    async (_, options, terms) => {
      const edges = terms.flatMap(([, , [low, high]]) => [low - 1, low, high, high + 1]);
      const times = [...new Set([500, ...edges])].filter((t) => t >= 0 && t <= 999);
      const found = await weightsAt(options, times);
      times.forEach((t, i) => {
        const expected = terms.map(([name, weight, [low, high]]) => [
          name,
          t >= low && t <= high ? expect.closeTo(weight, 6) : 0,
        ]);
        expect(found[i], `t = ${t}`).toEqual(expected);
      });
    },
  );
});

describe("the set term", () => {
  it("counts 1000 / sqrt(IPC)", () => {
    expect([1, 4, 100].map(setWeightOfIpc)).toEqual([1000, 500, 100]);
  });

  it("is held against real images of all classes, and stand-ins of those that are not sampled", async () => {
    const held = vi.spyOn(references, "setReference");
    await weightsAt({ ...some, ipc: 3, classes: ["ring"], setImages: 20 }, [500]);
    expect(held).toHaveBeenCalledTimes(1);
    const [, { classes, real, standIns }] = held.mock.calls[0]!;
    expect(classes).toEqual([0, 1, 2, 3]);
    const { classContext } = distiller;
    const images = (purpose: string, label: number, most: number) =>
      classContext.realImages(label, purpose, most).data;
    expect(real.map(({ data }) => data)).toEqual([0, 1, 2, 3].map((label) => images("set", label, 20)));
    expect(standIns!.map(({ label }) => label)).toEqual([0, 1, 2]);
    for (const { label, images: standing } of standIns!)
      expect(standing.data).toEqual(images("stand-ins", label, 3));
  });
});

describe("methods without terms", () => {
  it("cads changes the class embedding in the paper's stretch of time", () => {
    const { conditionNoise } = distiller.sampleOptions({ ...some, method: "cads" });
    const embedding = Float32Array.of(1, -1, 0.5, 0);
    const noise = () => Float32Array.of(0.3, 0.1, -2, 1);
    const changed = [0, 600, 601, 899, 999].map((t) => conditionNoise!.noised(embedding, t, noise) !== null);
    expect(changed).toEqual([false, false, true, true, true]);
    for (const method of ["diffusion", "mgd3", "d4m"] as const)
      expect(distiller.sampleOptions({ ...some, method }).conditionNoise).toBeUndefined();
  });

  it("d4m takes the last seven tenths of the steps, from noised centres of its classes", () => {
    const { from, steps } = distiller.sampleOptions({ ...some, method: "d4m", steps: 10 });
    expect([from!.index, steps]).toEqual([3, 10]);
    expect(from!.x.shape).toEqual([4, 8, 8, 1]);
    expect(distiller.sampleOptions({ ...some, method: "diffusion" }).from).toBeUndefined();
    const prototypes = vi.spyOn(distiller.classContext, "prototypes");
    distiller.sampleOptions({ ...some, method: "d4m" });
    expect(prototypes).toHaveBeenCalledWith([0, 2], 2);
    prototypes.mockRestore();
  });

  it("cao2 samples twice as many images as it keeps", () => {
    expect(distiller.sampleOptions({ ...some, method: "cao2" }).labels).toEqual([0, 0, 0, 0, 2, 2, 2, 2]);
    expect(distiller.sampleOptions({ ...some, method: "diffusion" }).labels).toEqual([0, 0, 2, 2]);
  });
});
