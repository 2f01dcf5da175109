// The promises about the bounds, on the first of the randomised cases of test/bench/information.ts with fewer points;
// that lower bounds lie below on some more with fewest points, where fits err most; and the properties that hold whatever
// the data.
import { describe, expect, it } from "vitest";
import { prototypeInformationOf } from "../../src/information/barberAgakov";
import type { BoundReport } from "../../src/information/boundReport";
import { cmiOfContexts } from "../../src/information/cmiOfContexts";
import { compareBounds } from "../../src/information/compareBounds";
import { contextAsItGuides } from "../../src/information/contextAsItGuides";
import { criticsOnBatches } from "../../src/information/criticsOnBatches";
import { estimators } from "../../src/information/estimators";
import { GaussianMixture } from "../../src/information/groundTruth";
import { drawMixture } from "../../src/information/randomMixture";
import { contextOfSet } from "../../src/information/setContext";
import { Seed } from "../../src/tensor/random";
import {
  compareCase,
  contextCase,
  type InformationCase,
  informationCase,
  lowerBounds,
} from "../bench/informationCases";

const seed = new Seed("bounds");

interface Case {
  readonly settings: InformationCase;
  readonly bounds: readonly BoundReport[];
}

function caseOf(settings: InformationCase): Case {
  const comparison = compareCase(settings, 0, true);
  return { settings, bounds: [...comparison.bounds, contextCase(settings, comparison)] };
}

/** That no bound lies above the truth beyond sampling error, in no case and not in the mean over them. */
function expectBelow(cases: readonly Case[]): void {
  for (const { settings, bounds } of cases) {
    expect(bounds.map(({ name }) => name).sort()).toEqual([...lowerBounds].sort());
    for (const { name, value, truth, standardError, truthStandardError, side } of bounds) {
      expect(side).toBe("lower");
      const slack = 4 * Math.hypot(standardError, truthStandardError, 1e-3);
      expect(value, `${name} in case ${settings.index}`).toBeLessThan(truth + slack);
    }
  }
  for (const name of lowerBounds) {
    const own = cases.map(({ bounds }) => bounds.find((one) => one.name === name)!);
    const excess = own.map(({ value, truth }) => value - truth);
    const errors = own.map((one) => one.standardError ** 2 + one.truthStandardError ** 2);
    const mean = excess.reduce((sum, one) => sum + one, 0) / excess.length;
    const error = Math.sqrt(errors.reduce((sum, one) => sum + one, 0)) / errors.length;
    expect(mean, name).toBeLessThan(3 * error);
  }
}

describe("24 randomised cases with few points", () => {
  it("lower bounds never lie above the truth beyond sampling error", () => {
    // Small sets: the truth of large ones takes longest, and does not depend on the points.
    expectBelow(
      Array.from({ length: 24 }, (_, i) => {
        const settings = informationCase(16 + i, [400, 1500]);
        return caseOf({ ...settings, ipc: Math.min(20, settings.ipc) });
      }),
    );
  });
});

describe("16 randomised cases", () => {
  const cases = Array.from({ length: 16 }, (_, index) => caseOf(informationCase(index, [1500, 6000])));
  const named = (name: string) =>
    cases.map(({ settings, bounds }) => ({ settings, bound: bounds.find((one) => one.name === name)! }));

  it("lower bounds never lie above the truth beyond sampling error", () => {
    expectBelow(cases);
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

  it("the context bound of a set of 50 images or more, about its own finite mixture, is within 10 % of its information", () => {
    const large = named("mixture").filter(({ settings }) => settings.ipc >= 50);
    expect(large.length).toBeGreaterThanOrEqual(4);
    for (const { settings, bound } of large) {
      const context = named("context of the set")[settings.index]!.bound;
      expect(context.value).toBeGreaterThan(0.9 * bound.truth);
    }
  });
});

describe("what a comparison says of its estimators", () => {
  const law = drawMixture({ dimension: 3, classes: 2, separation: 4 }, seed);
  const { truth, bounds } = compareBounds(law, { samples: 300, ipc: 5 }, seed.child("says"));

  it("each in words; as it guides only what guidance itself makes", () => {
    expect(bounds.map(({ name }) => name).sort()).toEqual(Object.keys(estimators).sort());
    for (const { name, says, guides, asItGuides, side } of bounds) {
      expect(says, name).toMatch(/^[A-Zl].{20,}\.$/);
      if (asItGuides) expect(guides, name).toBe(true);
      if (guides) expect(side, name).toBe("lower");
    }
    const marked = (flag: "guides" | "asItGuides") =>
      bounds.flatMap((bound) => (bound[flag] ? [bound.name] : [])).sort();
    // Cross-fitted to the true labels or clusters: no classifier that guides.
    expect(marked("asItGuides")).toEqual(["context, as it guides", "mixture"]);
    // As the stored rows of the figures have it.
    expect(marked("guides")).toEqual(["barber-agakov", "context", "context, as it guides", "mixture"]);
  });

  it("the truth of sets counts its draws, not its sets", () => {
    expect(truth.set.samples).toBeGreaterThanOrEqual(2 * 4096);
    expect(compareBounds(law, { samples: 300, ipc: 1 }, seed).truth.set).toEqual({
      value: 0,
      standardError: 0,
      samples: 0, // exact
    });
  });
});

describe("contextAsItGuides", () => {
  it("finds the clusters of the truth where there are as many of them, and no more than X tells of them", () => {
    const law = drawMixture(
      { dimension: 12, classes: 2, contexts: 3, separation: 8 },
      seed.child("clusters"),
    );
    const truth = law.contextualEntropy(seed.child("clusters"));
    const { value, standardError } = contextAsItGuides(law, 4000, 3, seed.child("as it guides"));
    const slack = 4 * Math.hypot(standardError, truth.standardError);
    expect(value).toBeLessThan(truth.value + slack);
    // A tenth of a nat is inside the Gaussians.
    expect(value).toBeGreaterThan(truth.value - 0.1 - 0.05 - slack);
  });

  it("lies below the truth for any number of clusters, and where variances differ", () => {
    const law = new GaussianMixture([
      [
        { mean: [0, 0], variance: 1 },
        { mean: [4, 0], variance: 3, weight: 2 },
      ],
      [{ mean: [0, 9], variance: 0.5 }],
    ]);
    const truth = law.contextualEntropy(seed.child("uneven"));
    for (const ipc of [1, 2, 8, 60]) {
      const { value, standardError } = contextAsItGuides(law, 2000, ipc, seed.child("uneven", ipc));
      expect(value, `${ipc}`).toBeLessThan(truth.value + 4 * Math.hypot(standardError, truth.standardError));
    }
    expect(() => contextAsItGuides(law, 7, 2, seed)).toThrow(/4 points of each class, found 3/);
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
