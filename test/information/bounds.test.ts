// The promises about the bounds, on the first of the randomised cases of test/bench/information.ts with fewer points,
// and the properties that hold whatever the data.
import { describe, expect, it } from "vitest";
import { prototypeInformationOf } from "../../src/information/barberAgakov";
import { cmiOfContexts } from "../../src/information/cmiOfContexts";
import { compareBounds } from "../../src/information/compareBounds";
import { criticsOnBatches } from "../../src/information/criticsOnBatches";
import { drawMixture } from "../../src/information/randomMixture";
import { contextOfSet } from "../../src/information/setContext";
import { Seed } from "../../src/tensor/random";
import { compareCase, informationCase } from "../bench/informationCases";

const seed = new Seed("bounds");

describe("16 randomised cases", () => {
  const cases = Array.from({ length: 16 }, (_, index) => {
    const settings = informationCase(index, [1500, 6000]);
    return { settings, bounds: compareCase(settings, 0, true).bounds };
  });
  const named = (name: string) =>
    cases.map(({ settings, bounds }) => ({ settings, bound: bounds.find((one) => one.name === name)! }));

  it("lower bounds never lie above the truth beyond sampling error", () => {
    for (const { settings, bounds } of cases) {
      for (const { name, value, truth, standardError, truthStandardError, side } of bounds) {
        expect(side).toBe("lower");
        const slack = 4 * Math.hypot(standardError, truthStandardError, 1e-3);
        expect(value, `${name} in case ${settings.index}`).toBeLessThan(truth + slack);
      }
    }
    // Nor in the mean over the cases, where the errors average out.
    for (const name of ["barber-agakov", "context", "cmi", "mixture", "context of the set"]) {
      const excess = named(name).map(({ bound }) => bound.value - bound.truth);
      const errors = named(name).map(({ bound }) => bound.standardError ** 2 + bound.truthStandardError ** 2);
      const mean = excess.reduce((sum, one) => sum + one, 0) / excess.length;
      const error = Math.sqrt(errors.reduce((sum, one) => sum + one, 0)) / errors.length;
      expect(mean, name).toBeLessThan(3 * error);
    }
  });

  it("Barber-Agakov is within 2 % of I(X;Y) or 0.02 nat wherever there are 100 points for each dimension and class", () => {
    const enough = named("barber-agakov").filter(
      ({ settings: { dimension, classes, samples } }) => samples >= 100 * dimension * classes,
    );
    expect(enough.length).toBeGreaterThanOrEqual(5);
    for (const { settings, bound } of enough) {
      const allowed = Math.max(0.02, 0.02 * bound.truth);
      expect(bound.gap!.value, `case ${settings.index}`).toBeLessThan(allowed);
      const slack = 4 * Math.hypot(bound.standardError, bound.truthStandardError);
      expect(bound.value, `case ${settings.index}`).toBeGreaterThan(bound.truth - allowed - slack);
    }
  });

  it("the better bound of a set of 50 images or more is within 10 % of its information", () => {
    const large = named("mixture").filter(({ settings }) => settings.ipc >= 50);
    expect(large.length).toBeGreaterThanOrEqual(4);
    for (const { settings, bound } of large) {
      const context = named("context of the set")[settings.index]!.bound;
      expect(Math.max(bound.value, context.value)).toBeGreaterThan(0.9 * bound.truth);
    }
  });
});

describe("properties", () => {
  it("all bounds of sets are zero at IPC 1, and at most ln IPC", () => {
    const law = drawMixture({ dimension: 5, classes: 2, separation: 6 }, seed);
    for (const ipc of [1, 2, 7]) {
      const { bounds } = compareBounds(law, { samples: 200, ipc, blur: 0.3 }, seed);
      const sets = bounds.filter(({ quantity }) => quantity === "set");
      expect(sets).toHaveLength(4);
      for (const { name, value, truth } of sets) {
        expect(value, name).toBeLessThanOrEqual(Math.log(ipc) + 1e-6);
        expect(value, name).toBeGreaterThanOrEqual(ipc === 1 ? -1e-6 : 0.01);
        if (ipc === 1) expect(Math.abs(value) + Math.abs(truth), name).toBeLessThan(1e-6);
      }
    }
  });

  it("a single class has no prototype information, a single context no context information", () => {
    const law = drawMixture({ dimension: 3, classes: 1, contexts: 1, separation: 2 }, seed);
    const { bounds, truth } = compareBounds(law, { samples: 100 }, seed);
    expect(truth["I(X;Y)"].value).toBe(0);
    expect(truth["I(X;Z|Y)"].value).toBe(0);
    for (const { name, value } of bounds)
      if (["barber-agakov", "context", "cmi"].includes(name))
        expect(Math.abs(value), name).toBeLessThan(1e-6);
  });

  it("the bounds of a set come in order: lower, truth, upper", () => {
    for (let index = 0; index < 8; index++) {
      const own = seed.child("order", index);
      const law = drawMixture({ dimension: 1 + 3 * index, classes: 1, separation: 1 + index }, own);
      const { bounds } = compareBounds(law, { samples: 50, ipc: 12, blur: 2 ** (index - 4) }, own);
      const at = (name: string) => bounds.find((one) => one.name === name)!;
      const slack = 4 * at("mixture").truthStandardError + 1e-4;
      expect(at("mixture").value).toBeLessThan(at("mixture").truth + slack);
      for (const upper of ["mixture (upper bound)", "vendi (upper bound)"])
        expect(at(upper).value, upper).toBeGreaterThan(at(upper).truth - slack);
    }
  });

  it("contextOfSet does not change when points are moved, turned or scaled with s, for the same noise", () => {
    const [n, s2] = [9, 0.4];
    const points = seed.child("set").normal(2 * n);
    const { value, standardError } = contextOfSet(points, 2, s2, seed, 200);
    const variants: Record<string, [Float32Array, number]> = {
      moved: [points.map((x, k) => x + (k % 2 === 0 ? 5 : -3)), s2],
      scaled: [points.map((x) => 3 * x), 9 * s2],
      turned: [points.map((_, k) => (k % 2 === 0 ? points[k + 1]! : -points[k - 1]!)), s2],
    };
    for (const [name, [other, variance]] of Object.entries(variants)) {
      const bound = contextOfSet(other, 2, variance, seed, 200);
      // The same noise meets the moved and scaled points; turned, it is another draw.
      const slack = name === "turned" ? 4 * Math.SQRT2 * standardError : 1e-3;
      expect(Math.abs(bound.value - value), name).toBeLessThan(slack);
    }
    expect(() => contextOfSet(points, 4, 1, seed)).toThrow(/rows of 4 numbers/);
    expect(() => contextOfSet(points, 2, 0, seed)).toThrow(/s2 = 0/);
  });

  it("NWJ lies below DV on the same batches, InfoNCE below the logarithm of the batch", () => {
    const law = drawMixture({ dimension: 4, classes: 5, separation: 9 }, seed);
    const { points, labels } = law.sample(600, seed.child("critics"));
    const logits = Float32Array.from(law.labelLogits(points));
    const { nwj, dv, infonce } = criticsOnBatches(logits, labels, seed);
    expect(nwj.value).toBeLessThanOrEqual(dv.value + 1e-5);
    expect(infonce.value).toBeLessThan(Math.log(128));
    expect(Math.abs(infonce.value - prototypeInformationOf(logits, labels).bound)).toBeLessThan(0.15);
    expect(() => criticsOnBatches(logits.subarray(0, 15), labels.subarray(0, 3), seed)).toThrow(/4 points/);
  });

  it("cmiOfContexts: all of H(Z|Y) where the label tells the context, nothing where it does not", () => {
    const count = 2000;
    const labels = new Int32Array(count);
    const contexts = seed.child("contexts").integers(count, 3);
    const sure = new Float32Array(count * 3);
    contexts.forEach((z, i) => {
      sure[3 * i + z] = 50;
    });
    const told = cmiOfContexts({ logits: sure, labels, contexts }, 3);
    expect(told.value).toBeCloseTo(Math.log(3), 1.5);
    const noise = seed.child("no context").normal(count * 3);
    const idle = cmiOfContexts({ logits: noise, labels, contexts }, 3);
    expect(Math.abs(idle.value)).toBeLessThan(4 * idle.standardError + 0.01);
    expect(() => cmiOfContexts({ logits: noise, labels: [0, 0, 0, 0, 0, 0, 0], contexts }, 3)).toThrow(
      /C logits for each of 7/,
    );
  });

  it("drawMixture is as separated and as uneven as asked, and refuses what makes no sense", () => {
    const law = drawMixture({ dimension: 256, classes: 6, contexts: 3, separation: 5, imbalance: 4 }, seed);
    let squares = 0;
    let pairs = 0;
    for (const components of law.classes) {
      expect(components[0]!.weight / components[2]!.weight).toBeCloseTo(4, 6);
      for (let a = 0; a < 3; a++)
        for (let b = 0; b < a; b++) {
          squares += Array.from(components[a]!.mean).reduce(
            (sum, m, c) => sum + (m - components[b]!.mean[c]!) ** 2,
            0,
          );
          pairs++;
        }
    }
    expect(Math.sqrt(squares / pairs)).toBeCloseTo(5, 0.5);
    const settings = { dimension: 2, classes: 2, separation: 1 };
    expect(() => drawMixture({ ...settings, dimension: 0 }, seed)).toThrow(/dimension .* found 0/);
    expect(() => drawMixture({ ...settings, classes: 1.5 }, seed)).toThrow(/classes .* found 1.5/);
    expect(() => drawMixture({ ...settings, separation: -1 }, seed)).toThrow(/separation .* found -1/);
    expect(() => drawMixture({ ...settings, imbalance: 0.5 }, seed)).toThrow(/imbalance .* found 0.5/);
  });
});
