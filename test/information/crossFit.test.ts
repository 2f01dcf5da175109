import { describe, expect, it } from "vitest";
import { prototypeInformationOf } from "../../src/information/barberAgakov";
import { crossFitClassifier, crossFitContext } from "../../src/information/crossFit";
import { componentLogits, fitMixture } from "../../src/information/mixtureFit";
import { drawMixture } from "../../src/information/randomMixture";
import { principalBasis, project, withMeans } from "../../src/information/subspace";
import { Seed } from "../../src/tensor/random";

const seed = new Seed("crossFit");

describe("the subspace", () => {
  it.each([40, 128])("holds the directions that stand out of noise in %d dimensions, and few others", (d) => {
    const count = 2000;
    const points = seed.child("noise", d).normal(count * d);
    const spread = seed.child("signal", d).normal(count * 3);
    for (let i = 0; i < count; i++) for (let c = 0; c < 3; c++) points[i * d + c]! += 3 * spread[3 * i + c]!;
    const basis = principalBasis(points, d, seed)!;
    const rank = basis.length / d;
    expect(rank).toBeGreaterThanOrEqual(3);
    expect(rank).toBeLessThanOrEqual(3 + d / 10);
    let inside = 0; // of the three axes that hold the signal
    for (let k = 0; k < rank; k++) for (let c = 0; c < 3; c++) inside += basis[k * d + c]! ** 2;
    expect(inside).toBeGreaterThan(2.97);
  });

  it("keeps all distances: what the coordinates lose is in the residual", () => {
    const d = 30;
    const points = seed.child("points").normal(50 * d);
    const basis = withMeans(principalBasis(points, d, seed), points, d, [
      Int32Array.of(0, 1, 2),
      Int32Array.of(7),
    ]);
    const { rank, coordinates, residual } = project(points, d, basis);
    for (let i = 0; i < 50; i++) {
      let length = residual[i]!;
      for (let c = 0; c < rank; c++) length += coordinates[i * rank + c]! ** 2;
      const whole = points.subarray(i * d, (i + 1) * d).reduce((sum, value) => sum + value * value, 0);
      expect(length / whole).toBeCloseTo(1, 4);
    }
    expect(residual[7]).toBeCloseTo(0, 4); // its own mean is in the basis
    expect(principalBasis(points.subarray(0, 60), 6, seed)).toBeNull();
  });
});

describe("fitMixture", () => {
  it("finds the Gaussians of a class", () => {
    const law = drawMixture({ dimension: 4, classes: 1, contexts: 3, separation: 8, imbalance: 2 }, seed);
    const { points } = law.sample(4000, seed.child("class"));
    const rows = Int32Array.from({ length: 4000 }, (_, i) => i);
    const fit = fitMixture(project(points, 4, null), rows, 3, seed);
    for (const { mean } of law.classes[0]!) {
      const distances = [0, 1, 2].map((z) =>
        Math.hypot(...Array.from(mean, (m, c) => m - fit.means[z * 4 + c]!)),
      );
      expect(Math.min(...distances)).toBeLessThan(0.15);
    }
    for (const variance of fit.variances) expect(variance).toBeCloseTo(1, 1);
  });

  it("gives the density of what it fitted", () => {
    const points = seed
      .child("one")
      .normal(3000)
      .map((value) => 2 + 3 * value);
    const seen = project(points, 1, null);
    const fit = fitMixture(
      seen,
      Int32Array.from({ length: 3000 }, (_, i) => i),
      1,
      seed,
    );
    const x = points[0]!;
    const expected = -((x - 2) ** 2) / 18 - Math.log(3 * Math.sqrt(2 * Math.PI));
    expect(componentLogits(seen, 0, fit, new Float64Array(1))).toBeCloseTo(expected, 1);
  });
});

describe("crossFitClassifier", () => {
  it("learns nothing by heart: labels without meaning have no information", () => {
    // Scored on the points it was fitted to, such a classifier claims about (free parameters) / N = 0.27 nat.
    const bounds = Array.from({ length: 10 }, (_, i) => {
      const own = seed.child("idle", i);
      const points = own.normal(300 * 40);
      const labels = own.integers(300, 3);
      const { logits } = crossFitClassifier({ points, labels }, 40, 3, own);
      return prototypeInformationOf(logits, labels).bound;
    });
    const mean = bounds.reduce((sum, bound) => sum + bound, 0) / bounds.length;
    expect(mean).toBeLessThan(0.01);
    expect(mean).toBeGreaterThan(-0.1);
  });

  it("never claims to be certain, however few errors the part that calibrates it has", () => {
    const law = drawMixture({ dimension: 3, classes: 2, contexts: 1, separation: 7 }, seed);
    const { points, labels } = law.sample(200, seed.child("certain"));
    const { logits, temperatures } = crossFitClassifier({ points, labels }, 3, 2, seed);
    expect(Math.min(...temperatures)).toBeGreaterThanOrEqual(1);
    const truth = law.prototypeInformation(seed).value;
    expect(truth).toBeGreaterThan(0.4);
    expect(prototypeInformationOf(logits, labels).bound).toBeGreaterThan(truth - 0.15);
  });

  it("refuses too small a sample, and labels that are none", () => {
    const points = new Float32Array(18);
    expect(() => crossFitClassifier({ points, labels: new Int32Array(9) }, 2, 1, seed)).toThrow(
      /at least 10 points of every class for 5 folds, found 9/,
    );
    expect(() => crossFitClassifier({ points, labels: new Int32Array(9).fill(4) }, 2, 2, seed)).toThrow(
      /labels in 0..1, found 4/,
    );
    expect(() => crossFitClassifier({ points, labels: new Int32Array(9) }, 2, 1, seed, { folds: 2 })).toThrow(
      /at least 3 folds/,
    );
  });
});

describe("crossFitContext", () => {
  it("is as sure of the contexts as the sample allows", () => {
    const law = drawMixture({ dimension: 24, classes: 3, contexts: 4, separation: 4 }, seed);
    const data = law.sample(3000, seed.child("contexts"));
    const { logits } = crossFitContext(data, 24, 3, 4, seed);
    const truth = law.contextLogits(data.points, data.labels, 4);
    const best = (scores: ArrayLike<number>, i: number) => {
      const row = Array.from({ length: 4 }, (_, z) => scores[4 * i + z]!);
      return row.indexOf(Math.max(...row));
    };
    const right = (scores: ArrayLike<number>) =>
      [...data.contexts].filter((z, i) => best(scores, i) === z).length / 3000;
    expect(right(logits)).toBeGreaterThan(right(truth) - 0.02);
    expect(right(truth)).toBeLessThan(0.999);
  });
});
