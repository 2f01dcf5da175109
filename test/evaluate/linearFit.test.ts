import { describe, expect, it } from "vitest";
import { principalPlane } from "../../src/evaluate/embedding";
import { linearFit } from "../../src/evaluate/linearFit";
import { standardDeviation } from "../../src/evaluate/statistics";
import { Seed } from "../../src/tensor/random";

describe("a linear fit", () => {
  it("finds slopes, and intervals that hold them 95 times in 100", () => {
    let [inside, all] = [0, 0];
    for (let trial = 0; trial < 300; trial++) {
      const seed = new Seed("linear fit").child(trial);
      const [a, b, noise] = ["a", "b", "noise"].map((name) => [...seed.child(name).normal(12)]);
      const second = b.map((value, i) => value + 0.7 * a[i]);
      const values = a.map((value, i) => 3 + 2 * value - second[i] + 0.5 * noise[i]);
      const { slopes } = linearFit(
        a.map((value, i) => [value, second[i]]),
        values,
      );
      const truth = [2 * standardDeviation(a), -standardDeviation(second)];
      for (const [i, { mean, ci95 }] of slopes.entries()) {
        all++;
        if (Math.abs(mean - truth[i]) <= ci95) inside++;
      }
    }
    // 600 cases in pairs: 0.95 -+ 4 standard errors of about 0.011.
    expect(Math.abs(inside / all - 0.95)).toBeLessThan(0.045);
  });

  it("says what cannot be fitted", () => {
    expect(() => linearFit([[1], [2]], [1, 2])).toThrow(/at least 3 of them, found 2 rows/);
    const same = [1, 2, 3, 5, 8].map((x) => [x, 2 * x]);
    expect(() => linearFit(same, [1, 2, 3, 4, 5])).toThrow(/one follows from the others/);
  });
});

describe("the principal plane", () => {
  it("is that of the largest variances, and keeps distances inside it", () => {
    const seed = new Seed("plane");
    const [u, v, w] = ["u", "v", "w"].map((name) => seed.child(name).normal(500));
    // The plane spanned by (1, 1, 0) / sqrt 2 and the third axis.
    const points = Float32Array.from({ length: 1500 }, (_, k) => {
      const i = Math.floor(k / 3);
      const across = 0.1 * w[i];
      return [3 * u[i] + across, 3 * u[i] - across, 2 * v[i] + 5][k % 3];
    });
    const plane = principalPlane(points, 3);
    expect(plane.share).toBeGreaterThan(0.99);
    const [x0, y0, x1, y1] = plane.place(Float32Array.of(0, 0, 5, 3, 3, 9));
    expect(Math.hypot(x1 - x0, y1 - y0)).toBeCloseTo(Math.hypot(3, 3, 4), 1);
    expect(Math.abs(x1 - x0)).toBeCloseTo(Math.hypot(3, 3), 0);
    expect(() => principalPlane(points.subarray(0, 4), 3)).toThrow(/at least 3 rows/);
    const line = principalPlane(Float32Array.of(0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3), 3);
    expect(line.share).toBeCloseTo(1, 5);
    for (const value of line.place(Float32Array.of(0, 0, 0, 3, 3, 3)))
      expect(Math.abs(value)).toBeLessThan(3);
  });
});
