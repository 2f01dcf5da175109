import { describe, expect, it } from "vitest";
import { medianBandwidth } from "../../src/information/bandwidth";
import { GaussianMixture } from "../../src/information/groundTruth";
import {
  mixtureEntropy,
  mixtureInformation,
  mixtureInformationOf,
  mixtureInformationPerImage,
} from "../../src/information/mixture";
import { compile } from "../../src/tensor/compile";
import { type Tensor, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { gradientError } from "./gradientError";
import { pointSets } from "./pointSets";

const seed = new Seed("mixture");
const number = (tensor: Tensor): number => tensor.dataSync()[0]!;

/** The same bounds, in float64 and by plain loops. */
function reference(points: Float32Array, d: number, s2: number, c: number): number {
  const n = points.length / d;
  let total = 0;
  for (let i = 0; i < n; i++) {
    let row = 0;
    for (let j = 0; j < n; j++) {
      let distance = 0;
      for (let k = 0; k < d; k++) distance += (points[i * d + k]! - points[j * d + k]!) ** 2;
      row += Math.exp(-distance / (c * s2));
    }
    total -= Math.log(row / n);
  }
  return total / n;
}

describe("mixtureInformation", () => {
  // Values found in an independent computation, each for one draw of 10 points from N(0, I).
  it.each([
    { d: 2, s: 0.3, low: 1.512, truth: 1.713, high: 2.023 },
    { d: 2, s: 1, low: 0.291, truth: 0.482, high: 0.85 },
    { d: 16, s: 1, low: 1.953, truth: 2.152, high: 2.301 },
    { d: 16, s: 3, low: 0.385, truth: 0.683, high: 1.239 },
    { d: 64, s: 3, low: 1.217, truth: 1.697, high: 2.278 },
  ])("agrees with the checked values for 10 points, d = $d, s = $s", ({ d, s, low, truth, high }) => {
    const draws = Array.from({ length: 60 }, (_, i) => {
      const own = seed.child("checked", d, s, i);
      const points = own.normal(10 * d);
      const bounds = mixtureInformationOf(points, d, s * s);
      const exact = GaussianMixture.aroundPoints(points, d, s * s).contextInformation(own, {
        tolerance: 0.05,
      });
      expect(bounds.low).toBeLessThan(exact.value + 4 * exact.standardError);
      expect(bounds.high).toBeGreaterThan(exact.value - 4 * exact.standardError);
      return { ...bounds, truth: exact.value };
    });
    const checked = { low, truth, high };
    for (const name of ["low", "truth", "high"] as const) {
      const values = draws.map((draw) => draw[name]);
      const mean = values.reduce((a, b) => a + b) / values.length;
      const spread = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - 1));
      expect(Math.abs(checked[name] - mean), name).toBeLessThan(3 * spread);
    }
  });

  it("encloses the truth for random sets, and equals the formula in float64", () => {
    for (const { own, d, n, s2, points } of pointSets(40)) {
      const { low, high } = mixtureInformationOf(points, d, s2);
      expect(low).toBeCloseTo(reference(points, d, s2, 8), 4);
      expect(high).toBeCloseTo(reference(points, d, s2, 2), 4);
      const truth = GaussianMixture.aroundPoints(points, d, s2).contextInformation(own, { tolerance: 0.01 });
      const slack = 4 * truth.standardError + 1e-5;
      expect(low).toBeLessThanOrEqual(truth.value + slack);
      expect(high).toBeGreaterThanOrEqual(truth.value - slack);
      expect(low).toBeGreaterThanOrEqual(-1e-6);
      expect(high).toBeLessThanOrEqual(Math.log(n) + 1e-6);
    }
  });

  it("does not change when points are permuted, moved, turned, or scaled with s", () => {
    for (const { own, d, n, s2, points } of pointSets(10)) {
      tf.tidy(() => {
        const x = tf.tensor2d(points, [n, d]);
        const basis = tf.linalg.gramSchmidt(
          tf.tensor2d(own.child("rotation").normal(d * d), [d, d]),
        ) as Tensor;
        const order = tf.tensor1d(own.permutation(n), "int32");
        const variants: [string, Tensor, number][] = [
          ["permuted", tf.gather(x, order), s2],
          ["moved", tf.add(x, tf.tensor1d(own.child("shift").normal(d))), s2],
          ["turned", tf.matMul(x, basis), s2],
          ["scaled", tf.mul(x, 3), 9 * s2],
        ];
        const { low, high } = mixtureInformation(x, s2);
        for (const [name, other, variance] of variants) {
          const bounds = mixtureInformation(other, variance);
          expect(number(bounds.low), name).toBeCloseTo(number(low), 4);
          expect(number(bounds.high), name).toBeCloseTo(number(high), 4);
        }
      });
    }
  });

  it("is exactly zero, with no gradient, for one image per class", () => {
    tf.tidy(() => {
      const x = tf.tensor3d(seed.normal(4 * 30), [4, 1, 30]);
      const { low, high } = mixtureInformation(x, medianBandwidth(x));
      expect([...low.dataSync(), ...high.dataSync()]).toEqual(new Array(8).fill(0));
      const gradient = tf
        .grad((input: Tensor) => mixtureInformation(input, 0.1).low.sum())(x)
        .dataSync();
      expect(gradient.every((value) => value === 0)).toBe(true);
    });
  });

  it("reaches its ceiling ln N for distant images and zero for equal ones", () => {
    tf.tidy(() => {
      const distant = mixtureInformation(tf.tensor2d([0, 100, 200, 300], [4, 1]), 1);
      expect(number(distant.low)).toBeCloseTo(Math.log(4), 6);
      expect(number(distant.high)).toBeCloseTo(Math.log(4), 6);
      const equal = mixtureInformation(tf.fill([5, 784], 0.7), 1e-8);
      expect(number(equal.low)).toBeCloseTo(0, 6);
      expect(number(equal.high)).toBeCloseTo(0, 6);
    });
  });

  it("keeps small distances between images of large norm, as a Gram matrix in float32 would not", () => {
    // Two pairs, 1e-3 apart inside, 28 apart across: exactly ln 2 of information between the pairs at s = 0.05.
    tf.tidy(() => {
      const rows = [1, 1 + 1e-3 / 28, -1, -1 - 1e-3 / 28].map((value) => new Array(784).fill(value));
      expect(number(mixtureInformation(tf.tensor2d(rows), 0.05 ** 2).low)).toBeCloseTo(Math.log(2), 4);
      expect(number(mixtureInformation(tf.tensor2d(rows), 1e-4 ** 2).low)).toBeCloseTo(Math.log(4), 3);
    });
  });

  it("treats classes apart, each with its own bandwidth", () => {
    tf.tidy(() => {
      const x = tf.tensor3d(seed.normal(3 * 6 * 4), [3, 6, 4]);
      const s2 = [0.2, 0.7, 2];
      const all = mixtureInformation(x, tf.tensor1d(s2));
      const perImage = mixtureInformationPerImage(x, tf.tensor1d(s2));
      expect(perImage.low.shape).toEqual([3, 6]);
      tf.unstack(x).forEach((own, k) => {
        const one = mixtureInformation(own, s2[k]!);
        expect(all.low.dataSync()[k]).toBeCloseTo(number(one.low), 6);
        expect(all.high.dataSync()[k]).toBeCloseTo(number(one.high), 6);
        expect(number(tf.mean(tf.unstack(perImage.high)[k]!))).toBeCloseTo(number(one.high), 6);
      });
    });
  });

  it("has the gradient of finite differences, in the points and in s2", () => {
    tf.tidy(() => {
      const x = tf.tensor3d(seed.child("gradient").normal(2 * 5 * 3), [2, 5, 3]);
      const side = (name: "low" | "high") => (input: Tensor) => mixtureInformation(input, 0.6)[name].sum();
      expect(gradientError(side("low"), x)).toBeLessThan(1e-3);
      expect(gradientError(side("high"), x)).toBeLessThan(1e-3);
      const bandwidth = (s2: Tensor) => mixtureEntropy(x, s2).low.sum();
      expect(gradientError(bandwidth, tf.tensor1d([0.6, 1.1]))).toBeLessThan(1e-3);
    });
  });

  it("pushes the images of a class apart", () => {
    tf.tidy(() => {
      const x = tf.tensor2d([0, 1, 3], [3, 1]);
      const [left, , right] = tf
        .grad((input: Tensor) => mixtureInformation(input, 1).low)(x)
        .dataSync();
      expect(left).toBeLessThan(0);
      expect(right).toBeGreaterThan(0);
    });
  });

  it("runs inside a compiled graph, gradient and median rule included", () => {
    const low = (x: Tensor) => mixtureInformation(x, medianBandwidth(x)).low.sum();
    const step = compile((x: Tensor) => [low(x), tf.grad(low)(x)]);
    tf.tidy(() => {
      for (const name of ["first", "second"]) {
        const x = tf.tensor3d(seed.child(name).normal(2 * 4 * 6), [2, 4, 6]);
        const [value, gradient] = step(x) as [Tensor, Tensor];
        expect(number(value)).toBeCloseTo(number(low(x)), 5);
        const difference = tf.max(tf.abs(tf.sub(gradient, tf.grad(low)(x))));
        expect(number(difference)).toBeLessThan(1e-5);
      }
    });
    step.dispose();
  });

  it("gives the same in slices as at once", () => {
    // 40 x 40 x 4096 differences do not fit in one slice.
    tf.tidy(() => {
      const x = tf.tensor2d(seed.child("slices").normal(40 * 4096), [40, 4096]);
      const s2 = medianBandwidth(x);
      const weights = tf.tensor1d(seed.child("direction").normal(40));
      const f = (input: Tensor) =>
        tf.sum(tf.mul(mixtureInformationPerImage(input, s2).low, weights)).asScalar();
      const parts = [0, 1024, 2048, 3072].map((start) => tf.slice(x, [0, start], [40, 1024]));
      const distances = parts.map((part) => {
        const rows = tf.squaredDifference(tf.expandDims(part, 1), tf.expandDims(part, 0));
        return tf.sum(rows, 2);
      });
      const whole = tf.logSumExp(tf.div(tf.addN(distances), tf.mul(s2, -8)), 1);
      const expected = number(tf.sum(tf.mul(tf.sub(Math.log(40), whole), weights)));
      expect(number(f(x))).toBeCloseTo(expected, 3);
      const gradient = tf.grad(f)(x);
      const direction = tf.tensor2d(seed.child("step").normal(40 * 4096), [40, 4096]);
      const along = number(tf.sum(tf.mul(gradient, direction)));
      const h = 0.05;
      const ahead = number(f(tf.add(x, tf.mul(direction, h)) as Tensor));
      const behind = number(f(tf.sub(x, tf.mul(direction, h)) as Tensor));
      expect((ahead - behind) / (2 * h) / along).toBeCloseTo(1, 2);
    });
  });

  it("refuses what is not a set of rows", () => {
    expect(() => mixtureInformation(tf.zeros([2, 3, 4, 1]), 1)).toThrow(/Flatten/);
    expect(() => mixtureInformation(tf.zeros([2, 3, 4]), tf.ones([3]))).toThrow(/one per class \(2\)/);
    for (const s2 of [-1, 0, Number.NaN])
      expect(() => mixtureInformation(tf.zeros([3, 4]), s2)).toThrow(`s2 > 0, found ${s2}`);
    expect(() => mixtureInformationOf(new Float32Array(7), 2, 1)).toThrow(/rows of 2/);
    expect(() => mixtureInformationOf(new Float32Array(8), 2, 0)).toThrow(/medianBandwidthOf/);
  });
});

describe("mixtureEntropy", () => {
  it("is the exact entropy of a Gaussian for one point, and encloses the truth for several", () => {
    tf.tidy(() => {
      const one = mixtureEntropy(tf.zeros([1, 3]), 0.5);
      const gaussian = 1.5 * Math.log(2 * Math.PI * Math.E * 0.5);
      expect(number(one.low)).toBeCloseTo(gaussian, 5);
      expect(number(one.high)).toBeCloseTo(gaussian, 5);
      const points = seed.child("entropy").normal(8 * 3);
      const truth = GaussianMixture.aroundPoints(points, 3, 0.5).contextualEntropy(seed);
      const { low, high } = mixtureEntropy(tf.tensor2d(points, [8, 3]), 0.5);
      expect(number(low)).toBeLessThan(truth.value);
      expect(number(high)).toBeGreaterThan(truth.value);
    });
  });
});
