import { describe, expect, it } from "vitest";
import { crossedMean } from "../../src/evaluate/crossedMean";
import { studentT, studentTail } from "../../src/evaluate/statistics";
import { Seed } from "../../src/tensor/random";

/** A table of sets and networks, each with a share of its own, and a rest. */
function table(seed: Seed, sets: number, networks: number, [ofSet, ofNetwork, rest]: readonly number[]) {
  const a = seed.child("sets").normal(sets);
  const b = seed.child("networks").normal(networks);
  const e = seed.child("rest").normal(sets * networks);
  return Array.from(a, (own, i) =>
    Array.from(b, (other, j) => ofSet * own + ofNetwork * other + rest * e[i * networks + j]),
  );
}

describe("crossedMean", () => {
  it("is Student's interval of the sets where there is one network, or networks that agree", () => {
    const one = crossedMean([[71], [73], [72]]);
    expect(one.mean).toMatchObject({ mean: 72, values: [71, 73, 72] });
    expect(one.mean.ci95).toBeCloseTo((studentT(0.95, 2) * 1) / Math.sqrt(3), 12);
    expect(one.pT).toBeCloseTo(studentTail(72 * Math.sqrt(3), 2), 12);
    expect(
      crossedMean([
        [71, 71],
        [73, 73],
        [72, 72],
      ]).mean.ci95,
    ).toBeCloseTo(one.mean.ci95, 12);
  });

  it("has the mean squares of a table by hand", () => {
    // Sets 1, 2, 3 and networks -1, +1, and a rest of +-0.5 that sums to zero along both.
    const { mean, betweenSets } = crossedMean([
      [0.5, 1.5],
      [0.5, 3.5],
      [2, 4],
    ]);
    const [bySet, byNetwork, rest] = [2, 6, 0.5];
    const variance = bySet + byNetwork - rest;
    const degrees = variance ** 2 / (bySet ** 2 / 2 + byNetwork ** 2 / 1 + rest ** 2 / 2);
    expect(mean.values).toEqual([1, 2, 3]);
    expect(mean.ci95).toBeCloseTo(studentT(0.95, degrees) * Math.sqrt(variance / 6), 10);
    expect(betweenSets).toBeCloseTo(Math.sqrt((bySet - rest) / 2), 12);
  });

  it("holds the true mean as often as it says, which the interval over sets does not", () => {
    const held = { both: 0, sets: 0 };
    const trials = 600;
    for (let i = 0; i < trials; i++) {
      const rows = table(new Seed("crossed").child(i), 5, 3, [0.6, 1, 0.5]);
      const { mean } = crossedMean(rows);
      if (Math.abs(mean.mean) < mean.ci95) held.both++;
      const sets = crossedMean(mean.values.map((value) => [value])).mean;
      if (Math.abs(sets.mean) < sets.ci95) held.sets++;
    }
    expect(held.both / trials).toBeGreaterThan(0.93);
    expect(held.sets / trials).toBeLessThan(0.8);
  });

  it("finds what sets and networks were given", () => {
    const { betweenSets, mean } = crossedMean(table(new Seed("parts"), 3000, 20, [2, 3, 0.5]));
    expect(betweenSets).toBeCloseTo(2, 1);
    // With so many sets the interval is that of 20 networks.
    expect(mean.ci95).toBeGreaterThan((2 * 3) / Math.sqrt(20) / 1.5);
  });

  it("is certain where nothing varies, and says what it cannot know", () => {
    expect(
      crossedMean([
        [1, 1],
        [1, 1],
      ]),
    ).toMatchObject({ pT: 0, mean: { mean: 1, ci95: 0 } });
    expect(crossedMean([[0], [0]]).pT).toBe(1);
    expect(crossedMean([[70, 71]]).mean.ci95).toBeNaN();
    expect(() => crossedMean([[1, 2], [3]])).toThrow(/found 2, 1/);
  });
});

describe("Student's t", () => {
  // By scipy 1.16.
  it.each([
    [1, 12.706204736174694],
    [1.578, 5.6173108476681275],
    [4, 2.7764451051977934],
    [1000, 1.9623390808264083],
  ])("has the quantile of %s degrees of freedom", (degrees, t) => {
    expect(studentT(0.95, degrees)).toBeCloseTo(t, 10);
    expect(studentTail(t, degrees)).toBeCloseTo(0.05, 11);
  });

  it("keeps the digits of small p-values", () => {
    expect(studentTail(30, 4) / 7.352856097661319e-6).toBeCloseTo(1, 10);
    expect(studentTail(50, 30) / 1.871541765922271e-30).toBeCloseTo(1, 10);
    expect(() => studentTail(1, 0)).toThrow(/above zero, found 0/);
  });
});
