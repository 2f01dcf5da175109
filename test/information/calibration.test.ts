import { describe, expect, it } from "vitest";
import { prototypeInformationOf } from "../../src/information/barberAgakov";
import { fitTemperature, fitTemperatures, temperatureAt } from "../../src/information/calibration";
import { Seed } from "../../src/tensor/random";

const seed = new Seed("calibration");

/** Logits whose softmax is the law of their labels, times a known temperature. */
function tempered(own: Seed, temperature: number, count: number, classes: number) {
  const scores = own
    .child("scores")
    .normal(count * classes)
    .map((value) => 2 * value);
  const draws = own.child("labels").uniform(count);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const row = scores.subarray(i * classes, (i + 1) * classes);
    const weights = Array.from(row, Math.exp);
    let rest = draws[i]! * weights.reduce((a, b) => a + b);
    let label = 0;
    while (label < classes - 1 && rest >= weights[label]!) rest -= weights[label++]!;
    labels[i] = label;
  }
  return { logits: scores.map((value) => value * temperature), labels };
}

describe("fitTemperature", () => {
  it.each([0.05, 0.4, 1, 3, 20])("recovers the temperature %f", (temperature) => {
    const { logits, labels } = tempered(seed.child(temperature), temperature, 20_000, 6);
    const fit = fitTemperature(logits, labels);
    expect(fit.temperature / temperature).toBeGreaterThan(0.95);
    expect(fit.temperature / temperature).toBeLessThan(1.05);
    expect(fit.atLimit).toBe(false);
    expect(fit.nllAfter).toBeLessThanOrEqual(fit.nllBefore);
    expect(fit.eceAfter).toBeLessThan(0.02);
    if (temperature > 2 || temperature < 0.5) expect(fit.eceBefore).toBeGreaterThan(0.1);
  });

  it("finds the minimum of the likelihood, which is the tightest Barber-Agakov bound", () => {
    for (let index = 0; index < 20; index++) {
      const own = seed.child("random", index);
      const classes = 2 + own.integers(1, 8)[0]!;
      const count = 50;
      const logits = own.normal(count * classes).map((value) => 3 * value);
      const labels = own.integers(count, classes);
      // Half of the labels are what the logits say, so that the best temperature is finite.
      for (let i = 0; i < count; i += 2) {
        const row = logits.subarray(i * classes, (i + 1) * classes);
        labels[i] = row.indexOf(Math.max(...row));
      }
      const fit = fitTemperature(logits, labels);
      const bound = (t: number) => prototypeInformationOf(logits, labels, t).bound;
      expect(bound(fit.temperature)).toBeCloseTo(Math.log(classes) - fit.nllAfter, 4);
      expect(bound(1)).toBeCloseTo(Math.log(classes) - fit.nllBefore, 4);
      for (const factor of [0.5, 0.9, 1.1, 2]) {
        expect(bound(fit.temperature * factor)).toBeLessThan(bound(fit.temperature) + 1e-6);
      }
    }
  });

  it("computes the calibration error by hand", () => {
    // Confidence 0.8 in class 0, right 3 times of 4; confidence 0.6, right once of 2. Errors 0.05 and 0.1.
    const a = Math.log(4);
    const b = Math.log(1.5);
    const logits = Float32Array.of(a, 0, a, 0, a, 0, a, 0, b, 0, b, 0);
    const fit = fitTemperature(logits, [0, 0, 0, 1, 0, 1]);
    expect(fit.eceBefore).toBeCloseTo((4 * 0.05 + 2 * 0.1) / 6, 6);
    expect(fit.nllBefore).toBeCloseTo(
      -(3 * Math.log(0.8) + Math.log(0.2) + Math.log(0.6) + Math.log(0.4)) / 6,
      6,
    );
  });

  it("stops at a limit where no temperature is best, and says so", () => {
    const right = Float32Array.of(2, 0, 0, 2, 3, 1);
    const sure = fitTemperature(right, [0, 1, 0]);
    expect(sure).toMatchObject({ temperature: 1, atLimit: true });
    expect(sure.nllAfter).toBe(sure.nllBefore);
    expect(fitTemperature(right, [1, 0, 1])).toMatchObject({ temperature: 100, atLimit: true });
    // Tiny scores with an error among them: the smallest T is nearer to the best than 1 is.
    const tiny = fitTemperature(Float32Array.of(0.002, 0, 0, 0.002, 0.002, 0, 0.002, 0), [0, 1, 0, 1]);
    expect(tiny).toMatchObject({ temperature: 0.01, atLimit: true });
    expect(tiny.nllAfter).toBeLessThan(tiny.nllBefore);
    expect(fitTemperature(new Float32Array(6), [0, 1, 0])).toMatchObject({ temperature: 1, atLimit: false });
  });

  it("survives logits far beyond the range of exp", () => {
    const { logits, labels } = tempered(seed.child("large"), 1, 2000, 4);
    const fit = fitTemperature(
      logits.map((value) => 50 * value + 5000),
      labels,
    );
    expect(fit.temperature).toBeGreaterThan(40);
    expect(fit.temperature).toBeLessThan(60);
    expect(Number.isFinite(fit.nllBefore)).toBe(true);
  });

  it("refuses bad input with a reason", () => {
    expect(() => fitTemperature(new Float32Array(0), [])).toThrow(/found 0 logits/);
    expect(() => fitTemperature(new Float32Array(5), [0, 1])).toThrow(/found 5 logits/);
    expect(() => fitTemperature(new Float32Array(4), [0, 2])).toThrow(/labels in 0..1, found 2 at 1/);
    expect(() => fitTemperature(Float32Array.of(0, Number.NaN), [0])).toThrow(/NaN at 1/);
  });
});

describe("fitTemperatures", () => {
  it("fits each noise level apart and interpolates between them", () => {
    const levels = [
      { t: 800, temperature: 4 },
      { t: 200, temperature: 1 },
    ].map(({ t, temperature }) => ({ t, ...tempered(seed.child("level", t), temperature, 5000, 5) }));
    const fits = fitTemperatures(levels);
    expect(fits.map(({ t }) => t)).toEqual([200, 800]);
    expect(fits[0]!.temperature).toBeCloseTo(1, 0);
    expect(fits[1]!.temperature).toBeGreaterThan(3.6);
    expect(fits[1]!.temperature).toBeLessThan(4.4);
    expect(() => fitTemperatures([levels[0]!, levels[0]!])).toThrow(/t = 800 twice/);
    expect(() => fitTemperatures([])).toThrow(/at least one/);
  });

  it("interpolates ln T and is constant outside", () => {
    const fits = [
      { t: 100, temperature: 1 },
      { t: 300, temperature: 4 },
      { t: 400, temperature: 2 },
    ];
    expect([0, 100, 200, 300, 400, 999].map((t) => temperatureAt(fits, t))).toEqual([
      1,
      1,
      expect.closeTo(2, 12),
      4,
      2,
      2,
    ]);
    expect(temperatureAt(fits, 325)).toBeCloseTo(4 ** 0.75 * 2 ** 0.25, 12);
    expect(() => temperatureAt([], 3)).toThrow(/at least one/);
  });
});
