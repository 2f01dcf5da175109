import { describe, expect, it } from "vitest";
import { overSeeds } from "../../src/evaluate/overSeeds";
import { pairedTest } from "../../src/evaluate/pairedTest";
import { augmentationRobustScore, labelRobustScore } from "../../src/evaluate/robustScores";
import { studentTail } from "../../src/evaluate/statistics";
import { Seed } from "../../src/tensor/random";

describe("pairedTest", () => {
  it("has the p-values of the t table", () => {
    for (const [t, degrees, p] of [
      [12.706, 1, 0.05],
      [2.776, 4, 0.05],
      [4.604, 4, 0.01],
      [2.262, 9, 0.05],
      [3.25, 9, 0.01],
    ])
      expect(Math.abs(studentTail(-t, degrees) - p)).toBeLessThan(2e-4 * p * 10);
    expect(studentTail(0, 3)).toBe(1);
  });

  it("agrees with Student's own data, and with the exact signs", () => {
    // Student 1908, hours of sleep gained with two drugs: t = 4.0621 with 9 degrees of freedom, p = 0.002833.
    const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
    const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    const { difference, pT, pSignFlip } = pairedTest(second, first);
    expect(difference.mean).toBeCloseTo(1.58, 10);
    expect(pT).toBeCloseTo(0.002833, 6);
    // Nine differences above zero and one zero: only the pattern found and its mirror, each twice.
    expect(pSignFlip).toBe(4 / 1024);
    expect(pairedTest([1, 2, 3], [0, 0, 4])).toMatchObject({ pSignFlip: 6 / 8 });
    expect(pairedTest([5, 5], [5, 5])).toMatchObject({ pT: 1, pSignFlip: 1 });
    expect(pairedTest([3, 4, 5, 6, 7, 8], [2, 3, 4, 5, 6, 7])).toMatchObject({ pT: 0, pSignFlip: 2 / 64 });
    expect(() => pairedTest([1], [0])).toThrow(/at least 2 pairs, found 1/);
  });

  it("is right about as often as it says when there is no difference", () => {
    let [t, flip] = [0, 0];
    for (let i = 0; i < 1000; i++) {
      const draws = [...new Seed("null").child(i).normal(16)];
      const { pT, pSignFlip } = pairedTest(draws.slice(0, 8), draws.slice(8));
      if (pT < 0.05) t++;
      if (pSignFlip < 0.05) flip++;
    }
    // Binomial deviation: 6.9 of 50.
    for (const count of [t, flip]) expect(Math.abs(count - 50)).toBeLessThan(22);
  });

  it("draws signs where there are too many to try them all", () => {
    const b = new Array<number>(24).fill(0);
    expect(
      pairedTest(
        [...new Seed("many").normal(24)].map((v) => v + 2),
        b,
      ).pSignFlip,
    ).toBeLessThan(1e-3);
    const zeroMean = b.map((_, i) => (i % 2 === 0 ? 1 : -1));
    expect(pairedTest(zeroMean, b).pSignFlip).toBe(1);
  }, 20_000);
});

describe("overSeeds", () => {
  it("splits the variance into that of sets and that of networks", () => {
    const { mean, betweenSets, withinSets } = overSeeds([
      [70, 72],
      [74, 76],
    ]);
    expect(mean.mean).toBe(73);
    expect(mean.values).toEqual([71, 75]);
    expect(withinSets).toBeCloseTo(Math.SQRT2, 12);
    // The networks differ by 2 on both sets: all of it is theirs, none of it chance.
    expect(betweenSets).toBeCloseTo(Math.sqrt(8), 12);
  });

  it("finds the parts that were put in", () => {
    const sets = Array.from({ length: 3000 }, (_, i) => {
      const seed = new Seed("parts").child(i);
      const centre = 70 + 2 * seed.child("set").normal(1)[0];
      return Array.from(seed.normal(3), (value) => centre + 0.5 * value);
    });
    const { betweenSets, withinSets } = overSeeds(sets);
    expect(betweenSets).toBeCloseTo(2, 1);
    expect(withinSets).toBeCloseTo(0.5, 1);
  });

  it("says what it cannot know, and refuses uneven rows", () => {
    expect(overSeeds([[70, 71]]).betweenSets).toBeNaN();
    expect(overSeeds([[70], [72]]).withinSets).toBeNaN();
    expect(overSeeds([[70], [72]]).betweenSets).toBeCloseTo(Math.SQRT2, 12);
    expect(() => overSeeds([[1, 2], [3]])).toThrow(/found 2, 1/);
    expect(() => overSeeds([])).toThrow(/no set/);
  });
});

describe("DD-Ranking's scores", () => {
  it("have the values of their formulas", () => {
    // IOR = 0, HLR = 0: alpha = 0, (1 - 1/e) / (e - 1/e) = 1 / (e + 1).
    const even = { wholeHard: 90, setHard: 90, setAny: 90, randomAny: 90 };
    expect(labelRobustScore(even)).toBeCloseTo(1 / (Math.E + 1), 12);
    const set = { wholeHard: 90, setHard: 60, setAny: 75, randomAny: 65 };
    const alpha = 0.5 * 0.1 - 0.5 * 0.3;
    expect(labelRobustScore(set)).toBeCloseTo((Math.exp(alpha) - Math.exp(-1)) / (Math.E - Math.exp(-1)), 12);
    expect(labelRobustScore({ wholeHard: 0, setHard: 100, setAny: 100, randomAny: 0 })).toBeCloseTo(1, 12);
    expect(labelRobustScore({ wholeHard: 100, setHard: 0, setAny: 0, randomAny: 100 })).toBeCloseTo(0, 12);
    const augmented = { setAugmented: 80, randomAugmented: 70, setPlain: 60, randomPlain: 62 };
    const beta = 0.25 * 0.1 + 0.75 * -0.02;
    expect(augmentationRobustScore(augmented, 0.25)).toBeCloseTo(
      (Math.exp(beta) - Math.exp(-1)) / (Math.E - Math.exp(-1)),
      12,
    );
    expect(() => labelRobustScore({ ...even, setAny: 101 })).toThrow(/setAny.*101/);
    expect(() => augmentationRobustScore(augmented, 2)).toThrow(/\[0, 1\], found 2/);
  });
});
