import { describe, expect, it } from "vitest";
import { classMeansOf, cmiInformation, cmiOfSets } from "../../src/information/cmi";
import { compile } from "../../src/tensor/compile";
import { type Tensor, type Tensor1D, type Tensor2D, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { gradientError } from "./gradientError";

const seed = new Seed("cmi");
const number = (tensor: Tensor): number => tensor.dataSync()[0]!;
const int32 = (values: ArrayLike<number>): Tensor1D => tf.tensor1d(Array.from(values), "int32");

describe("classMeansOf", () => {
  it("is the mean softmax of each class", () => {
    const logits = Float32Array.of(Math.log(3), 0, 0, 0, 0, Math.log(4), 900, 0);
    const means = classMeansOf(logits, [0, 0, 1, 1]);
    expect([...means].map((value) => Number(value.toFixed(5)))).toEqual([0.625, 0.375, 0.6, 0.4]);
    const uneven = classMeansOf(Float32Array.of(Math.log(3), 0, 0, 0, 0, Math.log(4)), [0, 0, 1]);
    expect([...uneven].map((value) => Number(value.toFixed(5)))).toEqual([0.625, 0.375, 0.2, 0.8]);
    const softer = classMeansOf(logits.slice(0, 4), [0, 1], 2);
    expect(softer[0]).toBeCloseTo(Math.sqrt(3) / (1 + Math.sqrt(3)), 6);
  });

  it("refuses a class without images, and labels that are no class", () => {
    expect(() => classMeansOf(new Float32Array(4), [0, 0])).toThrow(/none of class 1/);
    expect(() => classMeansOf(new Float32Array(4), [0, 7])).toThrow(/found 7 at 1/);
    expect(() => classMeansOf(new Float32Array(5), [0, 1])).toThrow(/found 5 logits/);
  });
});

describe("cmiInformation", () => {
  const classes = 4;
  const count = 200;
  const labels = Int32Array.from({ length: count }, (_, i) => i % classes);
  const logits = seed
    .child("logits")
    .normal(count * classes)
    .map((value) => 1.5 * value);

  it("averaged over the images that made Q, is the exact information I(X;Yhat|Y): at most ln C", () => {
    tf.tidy(() => {
      const means = tf.tensor2d(classMeansOf(logits, labels), [classes, classes]);
      const perImage = cmiInformation(tf.tensor2d(logits, [count, classes]), int32(labels), means);
      expect(number(tf.min(perImage))).toBeGreaterThanOrEqual(0);
      // H(Yhat|Y) - H(Yhat|X), in float64.
      const plogp = (p: number) => (p > 0 ? p * Math.log(p) : 0);
      let truth = 0;
      const mean = new Float64Array(classes * classes);
      for (let i = 0; i < count; i++) {
        const weights = Array.from(logits.subarray(i * classes, (i + 1) * classes), Math.exp);
        const sum = weights.reduce((a, b) => a + b);
        for (let c = 0; c < classes; c++) {
          truth += plogp(weights[c]! / sum) / count;
          mean[labels[i]! * classes + c]! += weights[c]! / sum / (count / classes);
        }
      }
      for (const p of mean) truth -= plogp(p) / classes;
      expect(number(tf.mean(perImage))).toBeCloseTo(truth, 5);
      expect(truth).toBeLessThan(Math.log(classes));

      const grouped = tf.stack(
        Array.from({ length: classes }, (_, y) =>
          tf.stack(tf.unstack(tf.tensor2d(logits, [count, classes])).filter((_, i) => labels[i] === y)),
        ),
      );
      expect(number(tf.mean(cmiOfSets(grouped)))).toBeCloseTo(truth, 5);
    });
  });

  it("on other images exceeds the information of their set by KL(mean P || Q)", () => {
    tf.tidy(() => {
      const means = tf.tensor2d(classMeansOf(logits, labels), [classes, classes]);
      const set = tf.tensor2d(seed.child("set").normal(6 * classes), [6, classes]);
      const perImage = cmiInformation(set, int32([2, 2, 2, 2, 2, 2]), means);
      const mean = tf.mean(tf.softmax(set), 0);
      const q = tf.unstack(means)[2]!;
      const shift = tf.sum(tf.mul(mean, tf.log(tf.div(mean, q))));
      expect(number(tf.mean(perImage))).toBeCloseTo(number(tf.add(cmiOfSets(set), shift)), 5);
      expect(number(shift)).toBeGreaterThan(0.01);
    });
  });

  it("stays finite where Q is zero", () => {
    tf.tidy(() => {
      const means = tf.tensor2d([
        [1, 0],
        [0, 1],
      ]);
      const value = number(cmiInformation(tf.tensor2d([[0, 0]]), int32([0]), means));
      expect(value).toBeGreaterThan(10);
      expect(Number.isFinite(value)).toBe(true);
    });
  });

  it("has the gradient of finite differences, also in a compiled graph with the labels as an input", () => {
    const means = tf.tensor2d(classMeansOf(logits, labels), [classes, classes]);
    const value = (x: Tensor, y: Tensor1D) => cmiInformation(x as Tensor2D, y, means, 1.4).sum();
    tf.tidy(() => {
      const x = tf.tensor2d(seed.child("x").normal(12), [3, 4]);
      const y = int32([3, 0, 1]);
      expect(gradientError((input) => value(input, y), x)).toBeLessThan(1e-3);
      const step = compile((input: Tensor, z: Tensor1D) => tf.grad((v: Tensor) => value(v, z))(input));
      step(x, int32([0, 0, 0]));
      const difference = tf.sub(step(x, y) as Tensor, tf.grad((v: Tensor) => value(v, y))(x));
      expect(number(tf.max(tf.abs(difference)))).toBeLessThan(1e-5);
      step.dispose();
    });
    means.dispose();
  });
});

describe("cmiOfSets", () => {
  it("is zero for one image and for equal images, ln min(N, C) for certain and different ones", () => {
    tf.tidy(() => {
      const one = cmiOfSets(tf.tensor3d(seed.child("one").normal(15), [5, 1, 3]));
      expect([...one.dataSync()]).toEqual([0, 0, 0, 0, 0]);
      expect(number(cmiOfSets(tf.tile(tf.tensor2d([[1, 2, 3]]), [4, 1])))).toBeCloseTo(0, 6);
      expect(number(cmiOfSets(tf.mul(tf.eye(3), 80)))).toBeCloseTo(Math.log(3), 5);
      const two = tf.tensor2d([
        [80, 0, 0, 0],
        [0, 80, 0, 0],
      ]);
      expect(number(cmiOfSets(two))).toBeCloseTo(Math.log(2), 5);
    });
  });

  it("lies in [0, min(ln N, ln C)], whatever the order of images, and has the right gradient", () => {
    for (let index = 0; index < 15; index++) {
      const own = seed.child("sets", index);
      const n = 1 + own.child("n").integers(1, 8)[0]!;
      const c = 2 + own.child("c").integers(1, 6)[0]!;
      tf.tidy(() => {
        const x = tf.mul(tf.tensor2d(own.normal(n * c), [n, c]), index) as Tensor2D;
        const value = number(cmiOfSets(x));
        expect(value).toBeGreaterThanOrEqual(-1e-6);
        expect(value).toBeLessThanOrEqual(Math.min(Math.log(n), Math.log(c)) + 1e-6);
        expect(number(cmiOfSets(tf.gather(x, int32(own.permutation(n)))))).toBeCloseTo(value, 5);
      });
    }
    tf.tidy(() => {
      const x = tf.tensor3d(seed.child("gradient").normal(24), [2, 4, 3]);
      expect(gradientError((input) => tf.sum(cmiOfSets(input, 0.8)), x)).toBeLessThan(1e-3);
    });
  });
});
