import { describe, expect, it } from "vitest";
import { ddpm } from "../../src/diffusion/samplers";
import { alphaBar } from "../../src/diffusion/schedule";
import { context } from "../../src/guidance/context";
import { type GuideOptions, makeGuide } from "../../src/guidance/guide";
import { mixture } from "../../src/guidance/mixture";
import type { Term, WeightedTerm } from "../../src/guidance/term";
import { imagesPerClass } from "../../src/guidance/termGraph";
import { fitContext } from "../../src/information/contextModel";
import { type Tensor1D, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";

const shape = [2, 2, 1] as const;
const labels = [3, 3, 3, 5, 5, 5];
const seed = new Seed("guide");
const x0 = seed
  .child("x0")
  .normal(labels.length * 4)
  .map((value) => value * 0.4);
const epsilon = seed.child("epsilon").normal(labels.length * 4);

const inputAt = (t: number) => {
  const a = alphaBar[t];
  return {
    t,
    alphaBar: a,
    x0,
    epsilon,
    x: x0.map((v, i) => Math.sqrt(a) * v + Math.sqrt(1 - a) * epsilon[i]),
    bounds: null,
  };
};

/** A term whose value and gradient are known: -|v - target|^2 / 2 of x0 or of x_t. */
const pull = (by: "x0" | "xt", target = 1): Term => ({
  name: `pull-${by}`,
  by,
  tensors: { target: tf.scalar(target) },
  value: (tensors, image, { xt }) =>
    tf.mul(
      tf.sum(tf.squaredDifference(by === "x0" ? image : xt, tensors.target), [1, 2, 3]),
      -0.5,
    ) as Tensor1D,
});

const guideOf = (terms: readonly WeightedTerm[], extra: { largestChange?: number } = {}) =>
  makeGuide({ labels, shape, terms, imageVariance: 0.25, largestChange: 100, ...extra });

describe("a guide", () => {
  it("moves x0hat by weight r_t^2 times the gradient by x0hat", () => {
    const t = 400;
    const guide = guideOf([{ term: pull("x0"), weight: 3 }]);
    const { change, terms } = guide.at(inputAt(t));
    const s2 = (1 - alphaBar[t]) / alphaBar[t];
    const r2 = (0.25 * s2) / (0.25 + s2);
    change!.forEach((value, i) => {
      expect(value).toBeCloseTo(3 * r2 * (1 - x0[i]), 4);
    });
    const first = x0.subarray(0, 4);
    expect(terms[0].value[0]).toBeCloseTo(-0.5 * first.reduce((sum, v) => sum + (v - 1) ** 2, 0), 4);
    expect(terms[0].gradientNorm[0]).toBeCloseTo(Math.hypot(...first.map((v) => 1 - v)), 4);
    guide.dispose();
  });

  it("moves epsilon by weight sqrt(1 - alphaBar) times the gradient by x_t, the rule of DDIM", () => {
    const t = 300;
    const input = inputAt(t);
    const guide = guideOf([{ term: pull("xt"), weight: 2 }]);
    const { change } = guide.at(input);
    const a = alphaBar[t];
    change!.forEach((value, i) => {
      const guidedEpsilon = epsilon[i] - 2 * Math.sqrt(1 - a) * (1 - input.x[i]);
      const guidedX0 = (input.x[i] - Math.sqrt(1 - a) * guidedEpsilon) / Math.sqrt(a);
      expect(value).toBeCloseTo(guidedX0 - x0[i], 3);
    });
    guide.dispose();
  });

  it("adds terms up, respects windows and zero weights, and limits the change", () => {
    const both = guideOf([
      { term: pull("x0"), weight: 1 },
      { term: { ...pull("x0", -1), name: "other" }, weight: 2, window: [100, 200] },
    ]);
    const one = guideOf([{ term: pull("x0"), weight: 1 }]);
    expect(both.at(inputAt(400)).change).toEqual(one.at(inputAt(400)).change);
    expect(both.at(inputAt(400)).terms[1].weight).toBe(0);
    expect(both.at(inputAt(150)).change).not.toEqual(one.at(inputAt(150)).change);
    expect(guideOf([{ term: pull("x0"), weight: 0 }]).at(inputAt(400)).change).toBeNull();
    const limited = guideOf([{ term: pull("x0"), weight: 1000 }], { largestChange: 0.1 });
    const { change } = limited.at(inputAt(400));
    for (let i = 0; i < labels.length; i++)
      expect(Math.hypot(...change!.subarray(4 * i, 4 * i + 4)) / 2).toBeCloseTo(0.1, 5);
  });

  it("names the term whose gradient is not finite", () => {
    const bad: Term = {
      name: "bad",
      by: "x0",
      tensors: {},
      value: (_, image) => tf.log(tf.mul(tf.sum(image, [1, 2, 3]), 0)) as Tensor1D,
    };
    expect(() => guideOf([{ term: bad, weight: 1 }]).at(inputAt(400))).toThrow(
      /term "bad" is not finite at t = 400/,
    );
  });

  it("refuses labels that do not lie class after class, terms given twice, and nothing to do", () => {
    expect(imagesPerClass([4, 4, 1, 1])).toEqual({ ipc: 2, groups: 2 });
    expect(() => imagesPerClass([0, 1, 0, 1])).toThrow(/class after class/);
    expect(() => imagesPerClass([0, 0, 1])).toThrow(/class after class/);
    expect(() =>
      guideOf([
        { term: pull("x0"), weight: 1 },
        { term: pull("x0"), weight: 1 },
      ]),
    ).toThrow(/once/);
    expect(() => guideOf([])).toThrow(/at least one term/);
  });

  it("refuses labels that are none, of no class that a term knows, and numbers that would turn it round", () => {
    const one = [{ term: pull("x0"), weight: 1 }];
    const options = { labels, shape, terms: one, imageVariance: 0.25 };
    const wrong: [Partial<GuideOptions>, RegExp][] = [
      [{ labels: [] }, /such as 0 0 1 1; found no labels/],
      [{ labels: [0.5, 0.7] }, /found 0.5 at 0/],
      [{ labels: ["Bag"] as unknown as number[] }, /found Bag at 0/],
      [
        { terms: [{ term: { ...pull("x0"), classes: [3, 4] }, weight: 1 }] },
        /classes 3 4; found images of class 5/,
      ],
      [{ imageVariance: -1 }, /imageVariance: expected a number > 0.*found -1/],
      [{ largestChange: -0.3 }, /largestChange: expected a number > 0.*found -0.3/],
      [{ largestChange: Number.NaN }, /largestChange.*found NaN/],
      [{ gradient: "exakt" as "exact" }, /expected "x0" or "exact", found "exakt"/],
      [{ norm: "units" as "unit" }, /expected "potential" or "unit", found "units"/],
      [{ norm: "unit", gradient: "exact" }, /Leave out one of the two/],
      [
        { terms: [{ ...one[0], weight: Number.NaN }] },
        /finite weight of the guidance term "pull-x0", found NaN/,
      ],
      [{ terms: [{ ...one[0], window: [900, 100] }] }, /low <= high, found \[900, 100\]/],
    ];
    for (const [change, message] of wrong)
      expect(() => makeGuide({ ...options, ...change })).toThrow(message);
  });
});

describe("a shift of x0hat in DDPM", () => {
  it("moves the mean by beta sqrt(b / a) s grad U, where the rule s Sigma grad U moves it by less", () => {
    for (const [t, next] of [
      [800, 799],
      [400, 380],
      [20, 0],
    ] as const) {
      const [a, b] = [alphaBar[t], alphaBar[next]];
      const beta = 1 - a / b;
      // U = -|x_t - 1|^2 / 2, whose gradient by x_t is 1 - x_t.
      const input = inputAt(t);
      const { change } = guideOf([{ term: pull("xt"), weight: 0.1 }]).at(input);
      const noise = () => new Float32Array(x0.length);
      const mean = (image: Float32Array) => ddpm().step({ ...input, next, x0: image, noise });
      const before = mean(x0);
      mean(x0.map((v, i) => v + change![i])).forEach((value, i) => {
        const gradient = 0.1 * (1 - input.x[i]);
        expect(value - before[i]).toBeCloseTo(beta * Math.sqrt(b / a) * gradient, 5);
        const bySigma = ((beta * (1 - b)) / (1 - a)) * gradient;
        expect(Math.abs(value - before[i]) + 1e-6).toBeGreaterThan(Math.abs(bySigma));
      });
    }
  });
});

describe("contextual terms", () => {
  it("mixture pushes the images of a class apart, and those of other classes not at all", () => {
    const near = Float32Array.from(x0, (v, i) => (i < 12 ? 0.1 * v : v));
    const guide = guideOf([{ term: mixture([0.02, 0.02]), weight: 1 }]);
    const { change, terms } = guide.at({ ...inputAt(400), x0: near });
    const distance = (values: Float32Array, i: number, j: number) =>
      Math.hypot(...Array.from({ length: 4 }, (_, k) => values[4 * i + k] - values[4 * j + k]));
    const moved = near.map((v, i) => v + 1e-3 * change![i]);
    for (const [i, j] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ])
      expect(distance(moved, i, j)).toBeGreaterThan(distance(near, i, j));
    for (const value of terms[0].value) expect(value).toBeLessThanOrEqual(Math.log(3) + 1e-5);
    const alone = makeGuide({
      labels: [3, 5],
      shape,
      terms: [{ term: mixture([0.02, 0.02]), weight: 1 }],
      imageVariance: 0.25,
    }).at({ ...inputAt(400), x0: near.slice(0, 8), epsilon: epsilon.slice(0, 8) });
    expect(Math.max(...alone.change!.map(Math.abs))).toBe(0);
    expect([...alone.terms[0].value].map(Math.abs)).toEqual([0, 0]);
  });

  it("say what each push is worth: together what the whole change adds, to first order, limited and clipped or not", () => {
    const sum = (values: Float32Array) => values.reduce((a, b) => a + b, 0);
    // Half of the pixels at the ends of their range, as those of most images are.
    const atEnds = x0.map((v, i) => (i % 2 === 0 ? Math.sign(v) : v));
    for (const [largestChange, clips] of [
      [100, false],
      [0.001, false],
      [100, true],
      [0.001, true],
    ] as const) {
      const input = clips ? { ...inputAt(400), x0: atEnds, bounds: [-1, 1] as const } : inputAt(400);
      const clipped = (v: number) => (clips ? Math.min(1, Math.max(-1, v)) : v);
      const terms = [
        { term: mixture([0.3, 0.3]), weight: 0.005 },
        { term: pull("x0"), weight: 0.004 },
        { term: pull("xt"), weight: 0.002 },
      ];
      const guide = guideOf(terms, { largestChange });
      const before = guide.at(input);
      const moved = input.x0.map((v, i) => clipped(v + before.change![i]));
      const after = guide.at({ ...input, x0: moved });
      const gained = sum(after.terms[0].value) - sum(before.terms[0].value);
      const worth = before.terms.map((term) => sum(term.worth!.contextual!));
      expect(Math.abs(gained)).toBeGreaterThan(1e-4);
      expect(worth[0]).toBeGreaterThan(0);
      expect(Math.abs(worth.reduce((a, b) => a + b) / gained - 1)).toBeLessThan(0.06);
      expect(before.terms[0].worth).not.toHaveProperty("prototype");
      guide.dispose();
    }
    // Whatever a term is called, the ledger is kept in what says that it is a bound.
    const told = (term: Term) => guideOf([{ term, weight: 1 }]).at(inputAt(400)).terms[0].worth;
    expect(told({ ...pull("x0"), name: "mixture" })).toBeUndefined();
    expect(told({ ...pull("x0"), measures: "prototype" })).toHaveProperty("prototype");
  });

  it("context draws each image to its own cluster", () => {
    const images = seed.child("real").normal(4 * 60);
    const models = [0, 1].map((k) => fitContext(images, 4, 3, seed.child("clusters", k)));
    const guide = guideOf([{ term: context(models, [{ t: 0, temperature: 1 }]), weight: 1 }]);
    const { change, terms } = guide.at(inputAt(300));
    const moved = x0.map((v, i) => v + 0.05 * change![i]);
    const after = guide.at({ ...inputAt(300), x0: moved });
    const sum = (values: Float32Array) => values.reduce((a, b) => a + b, 0);
    expect(sum(after.terms[0].value)).toBeGreaterThan(sum(terms[0].value));
    for (const value of terms[0].value) expect(value).toBeLessThanOrEqual(Math.log(3) + 1e-5);
  });
});
