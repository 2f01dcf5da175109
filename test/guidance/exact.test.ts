import { describe, expect, it } from "vitest";
import { Denoiser } from "../../src/diffusion/denoiser";
import { type GuideInput, sample } from "../../src/diffusion/sample";
import { ddim, ddpm } from "../../src/diffusion/samplers";
import { alphaBar } from "../../src/diffusion/schedule";
import { makeGuide } from "../../src/guidance/guide";
import { mixture } from "../../src/guidance/mixture";
import type { Term } from "../../src/guidance/term";
import type { DenoiserNetwork } from "../../src/nn/denoiserNetwork";
import { dit } from "../../src/nn/dit";
import { unet } from "../../src/nn/unet";
import { type Tensor, type Tensor1D, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { gaussianDenoiser } from "./gaussianDenoiser";

const shape = [2, 2, 1] as const;
const space = { height: 2, width: 2, channels: 1, classes: 2 };
const larger = { ...space, height: 4, width: 4 };
const labels = [0, 0, 0, 1, 1, 1];
const seed = new Seed("exact");

const pull: Term = {
  name: "pull",
  by: "x0",
  tensors: {},
  value: (_, x0) => tf.mul(tf.sum(tf.squaredDifference(x0, 0.7), [1, 2, 3]), -0.5) as Tensor1D,
};

const relative = (a: Float32Array, b: Float32Array) =>
  Math.hypot(...a.map((value, i) => value - b[i])) / Math.hypot(...b);

describe("the gradient through the denoiser", () => {
  it.each([
    ["ddim", ddim()],
    ["ddpm", ddpm()],
  ])(
    "is the cheap one where the denoiser is linear, of images of variance sigma^2 (%s)",
    async (_, sampler) => {
      const denoiser = gaussianDenoiser(space, [-0.3, 0.3], 0.25);
      for (const guidanceScale of [1, 2]) {
        const run = async (gradient: "x0" | "exact") => {
          const guide = makeGuide({
            labels,
            shape,
            terms: [
              { term: pull, weight: 0.5 },
              { term: mixture([0.02, 0.02]), weight: 0.2, window: [100, 900] },
            ],
            imageVariance: 0.25,
            largestChange: 100,
            gradient,
          });
          const { images } = await sample(denoiser, {
            labels,
            seed,
            steps: 8,
            clip: false,
            guidanceScale,
            sampler,
            guide,
          });
          guide.dispose();
          return images.data;
        };
        const [cheap, exact] = [await run("x0"), await run("exact")];
        expect(relative(exact, cheap)).toBeLessThan(1e-4);
      }
      denoiser.dispose();
    },
  );

  const backbones: DenoiserNetwork[] = [
    dit({ kind: "dit", ...larger, patch: 2, dim: 8, depth: 1, heads: 2 }),
    unet({ kind: "unet", ...larger, widths: [4, 8], blocks: [1, 1], heads: 1, groups: 2 }),
  ];
  it.each(backbones)(
    "is that of finite differences through a $config.kind, classifier-free guidance included",
    (network) => {
      const shape = [4, 4, 1] as const;
      const weights = network.parameters.initialise(seed.child("weights"));
      // Gates and the last layer start at zero: give them something to do.
      const awake = Object.fromEntries(
        Object.entries(weights).map(([path, w]) => [
          path,
          tf.add(w, tf.tensor(seed.child("awake", path).normal(w.size), w.shape).mul(0.2)),
        ]),
      ) as Record<string, Tensor>;
      const denoiser = new Denoiser(network, awake);
      const t = 400;
      const a = alphaBar[t];
      const of = new Int32Array(labels);
      const condition = { t, labels: of, guidanceScale: 1.7 };
      const x = seed.child("x").normal(labels.length * 16);
      const batch = (data: Float32Array) => ({ data, shape: [labels.length, ...shape] as const });
      const x0hat = (data: Float32Array) =>
        denoiser
          .epsilon(batch(data), condition)
          .map((e, i) => (data[i] - Math.sqrt(1 - a) * e) / Math.sqrt(a));
      const potential = (data: Float32Array) =>
        x0hat(data).reduce((sum, value) => sum - 0.5 * (value - 0.7) ** 2, 0);
      const plain = x0hat(x);
      const guide = makeGuide({
        labels,
        shape,
        terms: [{ term: pull, weight: 1 }],
        imageVariance: 0.25,
        largestChange: 1e6,
        gradient: "exact",
      });
      const input: GuideInput = {
        t,
        alphaBar: a,
        x,
        x0: plain,
        epsilon: x.map((value, i) => (value - Math.sqrt(a) * plain[i]) / Math.sqrt(1 - a)),
        bounds: null,
        pullback: (v) =>
          denoiser
            .pullback(batch(x), condition, v)
            .map((back, i) => (v[i] - Math.sqrt(1 - a) * back) / Math.sqrt(a)),
      };
      const { change } = guide.at(input);
      const h = 0.04;
      const expected = x.map((_, i) => {
        const at = (step: number) => potential(x.map((value, k) => (k === i ? value + step : value)));
        const wide = (at(h) - at(-h)) / (2 * h);
        const narrow = (at(h / 2) - at(-h / 2)) / h;
        return (((4 * narrow - wide) / 3) * (1 - a)) / Math.sqrt(a);
      });
      expect(relative(change!, expected)).toBeLessThan(1e-3);
      guide.dispose();
      denoiser.dispose();
    },
  );

  it("refuses a loop that cannot go back, and terms of x_t alone", () => {
    const guide = makeGuide({
      labels,
      shape,
      terms: [{ term: pull, weight: 1 }],
      imageVariance: 0.25,
      gradient: "exact",
    });
    const x = new Float32Array(24);
    const input = { t: 400, alphaBar: alphaBar[400], x, x0: x, epsilon: x, bounds: null };
    expect(() => guide.at(input)).toThrow(/pullback/);
    const ofXt: Term = { ...pull, by: "xt" };
    expect(() =>
      makeGuide({
        labels,
        shape,
        terms: [{ term: ofXt, weight: 1 }],
        imageVariance: 0.25,
        gradient: "exact",
      }),
    ).toThrow(/terms of x_t alone/);
  });
});

describe("the norm rule unit", () => {
  it.each(["x0", "xt"] as const)("moves every image by weight r_t, whatever the gradient (by %s)", (by) => {
    const t = 400;
    const a = alphaBar[t];
    const s2 = (1 - a) / a;
    const steep: Term = {
      ...pull,
      by,
      value: (_, x0, { xt }) =>
        tf.mul(tf.sum(tf.squaredDifference(by === "x0" ? x0 : xt, 0.7), [1, 2, 3]), -50) as Tensor1D,
    };
    const guide = makeGuide({
      labels,
      shape,
      terms: [{ term: steep, weight: 0.4 }],
      imageVariance: 0.25,
      largestChange: 10,
      norm: "unit",
    });
    const x0 = seed.child("unit").normal(24);
    const epsilon = seed.child("epsilon").normal(24);
    const x = x0.map((v, i) => Math.sqrt(a) * v + Math.sqrt(1 - a) * epsilon[i]);
    const { change } = guide.at({ t, alphaBar: a, x, x0, epsilon, bounds: null });
    for (let i = 0; i < 6; i++)
      expect(Math.hypot(...change!.subarray(4 * i, 4 * i + 4)) / 2).toBeCloseTo(
        0.4 * Math.sqrt((0.25 * s2) / (0.25 + s2)),
        4,
      );
    guide.dispose();
  });
});
