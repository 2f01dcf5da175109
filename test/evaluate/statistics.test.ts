import { describe, expect, it } from "vitest";
import { holm } from "../../src/evaluate/holm";
import {
  mean,
  meanInterval,
  pairedDifference,
  standardDeviation,
  studentT,
} from "../../src/evaluate/statistics";
import { Seed } from "../../src/tensor/random";

describe("studentT", () => {
  // Abramowitz & Stegun 1964, table 26.10, columns A = 0.95 and 0.99.
  it.each([
    [0.95, 1, 12.706],
    [0.95, 2, 4.303],
    [0.95, 3, 3.182],
    [0.95, 4, 2.776],
    [0.95, 9, 2.262],
    [0.95, 30, 2.042],
    [0.95, 120, 1.98],
    [0.99, 2, 9.925],
    [0.99, 5, 4.032],
  ])("has the table's value for %s and %i degrees of freedom", (confidence, degrees, expected) => {
    expect(Math.abs(studentT(confidence, degrees) - expected)).toBeLessThan(5.1e-4);
  });

  it("approaches the normal distribution", () => {
    expect(studentT(0.95, 100_001)).toBeCloseTo(1.95996, 4);
  });

  it("refuses what has no quantile", () => {
    expect(() => studentT(1, 3)).toThrow(/between 0 and 1, found 1/);
    expect(() => studentT(0.95, 0)).toThrow(/found 0/);
    expect(() => studentT(0.95, Number.NaN)).toThrow(/found NaN/);
  });
});

describe("means", () => {
  it("gives mean, sample deviation and interval", () => {
    const values = [2, 4, 4, 4, 5, 5, 7, 9];
    expect(mean(values)).toBe(5);
    expect(standardDeviation(values)).toBeCloseTo(Math.sqrt(32 / 7), 12);
    const interval = meanInterval(values);
    expect(interval.mean).toBe(5);
    expect(interval.ci95).toBeCloseTo((2.36462425 * Math.sqrt(32 / 7)) / Math.sqrt(8), 6);
    expect(interval.values).toEqual(values);
  });

  it("covers the true mean in 95 of 100 cases", () => {
    let covered = 0;
    for (let i = 0; i < 4000; i++) {
      const { mean: found, ci95 } = meanInterval([...new Seed("coverage").child(i).normal(3)]);
      if (Math.abs(found) <= ci95) covered++;
    }
    // Binomial deviation of the share: 0.0034.
    expect(Math.abs(covered / 4000 - 0.95)).toBeLessThan(0.011);
  });

  it("has no interval for a single value, and no mean for none", () => {
    expect(meanInterval([3])).toMatchObject({ mean: 3, values: [3] });
    expect(meanInterval([3]).ci95).toBeNaN();
    expect(() => meanInterval([])).toThrow(/at least one value/);
  });

  it("takes differences pair by pair", () => {
    const difference = pairedDifference([72, 65, 80], [70, 62, 79]);
    expect(difference.values).toEqual([2, 3, 1]);
    expect(difference.mean).toBe(2);
    expect(difference.ci95).toBeCloseTo(4.30265273 / Math.sqrt(3), 6);
    expect(() => pairedDifference([1, 2], [1])).toThrow(/2 and 1/);
  });
});

describe("holm", () => {
  it("refuses what is no probability: sorting by NaN is in no order", () => {
    expect(() => holm([0.01, Number.NaN, 0.03])).toThrow(/0 to 1, found NaN at place 1: leave out/);
    for (const wrong of [2, -1]) expect(() => holm([wrong])).toThrow(RangeError);
  });
});
