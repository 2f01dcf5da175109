import { describe, expect, it } from "vitest";
import { prototypeInformationOf } from "../../src/information/barberAgakov";
import { GaussianMixture } from "../../src/information/groundTruth";
import { prototypeInformationOfSet } from "../../src/information/prototypeOfSet";
import { Seed } from "../../src/tensor/random";

const seed = new Seed("prototype of a set");

/** 20 images of class 1, one of each other of ten. */
const uneven = Int32Array.from({ length: 29 }, (_, i) => (i < 20 ? 1 : [0, 2, 3, 4, 5, 6, 7, 8, 9][i - 20]!));
const entropy = -(20 / 29) * Math.log(20 / 29) - (9 / 29) * Math.log(1 / 29);

describe("prototypeInformationOfSet", () => {
  it("never exceeds the entropy of the labels, however sure the classifier is", () => {
    const logits = new Float32Array(29 * 10);
    uneven.forEach((y, i) => {
      logits[10 * i + y] = i < 20 ? 20 : 4; // trousers are easy
    });
    // Y taken as uniform, easy images of the large class count as more than there are labels to tell.
    expect(prototypeInformationOf(logits, uneven).bound).toBeGreaterThan(entropy + 0.9);
    const { bound, ceiling } = prototypeInformationOfSet(logits, uneven);
    expect(ceiling).toBeCloseTo(entropy, 12);
    expect(bound).toBeLessThan(entropy);
    expect(bound).toBeGreaterThan(0.6 * entropy);
    for (const draw of [0, 1, 2, 3]) {
      const scores = seed.child("scores", draw).normal(290);
      for (const temperature of [0.1, 1, 10])
        expect(prototypeInformationOfSet(scores, uneven, temperature).bound).toBeLessThan(entropy);
    }
  });

  it("is that of uniform labels, bit for bit, where all classes have equally many images", () => {
    const labels = Int32Array.from({ length: 60 }, (_, i) => i % 10);
    const logits = seed.child("even").normal(600);
    const even = prototypeInformationOf(logits, labels, 1.7);
    const set = prototypeInformationOfSet(logits, labels, 1.7);
    expect(set.bound).toBe(even.bound);
    expect(set.standardError).toBe(even.standardError);
    expect(set.ceiling).toBe(Math.log(10));
  });

  it("is the true information, in the mean, of uneven labels by the true posterior of even ones", () => {
    // Two Gaussians, the first nine times as likely in the set. The same law as one class with two contexts of weights
    // 9 : 1, whose I(X;Z|Y) is known.
    const [a, b] = [{ mean: [-1], variance: 1 } as const, { mean: [1], variance: 1 } as const];
    const even = new GaussianMixture([[a], [b]]);
    const law = new GaussianMixture([
      [
        { ...a, weight: 9 },
        { ...b, weight: 1 },
      ],
    ]);
    const truth = law.contextInformation(seed.child("truth"), { tolerance: 0.002 });
    const { points, contexts } = law.sample(40_000, seed.child("set"));
    const logits = Float32Array.from(even.labelLogits(points));
    const { bound, standardError, ceiling } = prototypeInformationOfSet(logits, contexts);
    expect(Math.abs(bound - truth.value)).toBeLessThan(4 * Math.hypot(standardError, truth.standardError));
    expect(ceiling).toBeCloseTo(-0.9 * Math.log(0.9) - 0.1 * Math.log(0.1), 1.5);
    // Any other classifier tells less.
    const worse = prototypeInformationOfSet(
      logits.map((score) => 3 * score),
      contexts,
    );
    expect(worse.bound).toBeLessThan(truth.value);
    // And with the labels taken as even, the same number is none below the truth.
    expect(prototypeInformationOf(logits, contexts).bound).toBeGreaterThan(truth.value + 0.1);
  });

  it("tells a missing class from nothing, a single class nothing, and says what is wrong", () => {
    const logits = Float32Array.of(5, 0, 9, 0, 5, 9);
    const { bound, ceiling } = prototypeInformationOfSet(logits, [0, 1]);
    expect(ceiling).toBeCloseTo(Math.log(2), 12);
    expect(bound).toBeCloseTo(Math.log(2) - Math.log1p(Math.exp(-5)), 6);
    expect(prototypeInformationOfSet(logits, [2, 2])).toEqual({ bound: 0, standardError: 0, ceiling: 0 });
    expect(() => prototypeInformationOfSet(logits, [0, 1, 2, 0])).toThrow(/each of 4 labels, found 6/);
    expect(() => prototypeInformationOfSet(logits, [])).toThrow(/each of 0 labels/);
    expect(() => prototypeInformationOfSet(logits, [0, 3])).toThrow(/0..2, found 3 at 1/);
  });
});
