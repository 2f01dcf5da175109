import { describe, expect, it } from "vitest";
import { classMeanOf, cmiInformation, cmiOfSets } from "../../src/information/cmi";
import { compile } from "../../src/tensor/compile";
import { type Tensor, type Tensor1D, type Tensor2D, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { gradientError } from "./gradientError";

const seed = new Seed("cmi");
const number = (tensor: Tensor): number => tensor.dataSync()[0]!;
const int32 = (values: ArrayLike<number>): Tensor1D => tf.tensor1d(Array.from(values), "int32");

describe("classMeanOf", () => {
  it("is the mean softmax of the images of a class", () => {
    const logits = Float32Array.of(Math.log(3), 0, 0, 0, 900, 0);
    expect([...classMeanOf(logits, 2)].map((value) => Number(value.toFixed(5)))).toEqual([0.75, 0.25]);
    const softer = classMeanOf(logits.subarray(0, 2), 2, 2);
    expect(softer[0]).toBeCloseTo(Math.sqrt(3) / (1 + Math.sqrt(3)), 6);
  });

  it("refuses a class without images, and parts of an image", () => {
    expect(() => classMeanOf(new Float32Array(0), 2)).toThrow(/expected 2 logits.*found 0/);
    expect(() => classMeanOf(new Float32Array(5), 2)).toThrow(/found 5 logits/);
  });
});

describe("cmiInformation", () => {
  const classes = 4;
  const perClass = 50;
  const logits = seed
    .child("logits")
    .normal(classes * perClass * classes)
    .map((value) => 1.5 * value);
  const grouped = (): Tensor => tf.tensor3d(logits, [classes, perClass, classes]);
  const means = (): Tensor =>
    tf.tensor2d(
      Array.from({ length: classes }, (_, y) =>
        Array.from(
          classMeanOf(logits.subarray(y * perClass * classes, (y + 1) * perClass * classes), classes),
        ),
      ),
    );

  it("averaged over the images that made Q, is the exact information I(X;Yhat|Y): at most ln C", () => {
    tf.tidy(() => {
      const perImage = cmiInformation(grouped(), means());
      expect(perImage.shape).toEqual([classes, perClass]);
      expect(number(tf.min(perImage))).toBeGreaterThanOrEqual(0);
      // H(Yhat|Y) - H(Yhat|X), in float64.
      const plogp = (p: number) => (p > 0 ? p * Math.log(p) : 0);
      let truth = 0;
      for (let y = 0; y < classes; y++) {
        const mean = new Float64Array(classes);
        for (let i = y * perClass; i < (y + 1) * perClass; i++) {
          const weights = Array.from(logits.subarray(i * classes, (i + 1) * classes), Math.exp);
          const sum = weights.reduce((a, b) => a + b);
          weights.forEach((weight, c) => {
            truth += plogp(weight / sum) / (classes * perClass);
            mean[c]! += weight / sum / perClass;
          });
        }
        for (const p of mean) truth -= plogp(p) / classes;
      }
      expect(number(tf.mean(perImage))).toBeCloseTo(truth, 5);
      expect(truth).toBeLessThan(Math.log(classes));
      expect(number(tf.mean(cmiOfSets(grouped())))).toBeCloseTo(truth, 5);
    });
  });

  it("on other images exceeds the information of their set by KL(mean P || Q)", () => {
    tf.tidy(() => {
      const q = tf.slice(means(), [2, 0], [1, classes]);
      const set = tf.tensor3d(seed.child("set").normal(6 * classes), [1, 6, classes]);
      const mean = tf.mean(tf.softmax(set), 1);
      const shift = tf.sum(tf.mul(mean, tf.log(tf.div(mean, q))));
      expect(number(tf.mean(cmiInformation(set, q)))).toBeCloseTo(
        number(tf.add(tf.mean(cmiOfSets(set)), shift)),
        5,
      );
      expect(number(shift)).toBeGreaterThan(0.01);
    });
  });

  it("stays finite where Q is zero", () => {
    tf.tidy(() => {
      const value = number(cmiInformation(tf.tensor3d([[[0, 0]]]), tf.tensor2d([[1, 0]])));
      expect(value).toBeGreaterThan(10);
      expect(Number.isFinite(value)).toBe(true);
    });
  });

  it("has the gradient of finite differences, also in a compiled graph", () => {
    const q = means();
    const value = (x: Tensor) => cmiInformation(x, q, 1.4).sum();
    tf.tidy(() => {
      const x = tf.tensor3d(seed.child("x").normal(8 * classes), [classes, 2, classes]);
      expect(gradientError(value, x)).toBeLessThan(1e-3);
      const step = compile((input: Tensor) => tf.grad(value)(input));
      step(x);
      const difference = tf.sub(step(x) as Tensor, tf.grad(value)(x));
      expect(number(tf.max(tf.abs(difference)))).toBeLessThan(1e-5);
      step.dispose();
    });
    q.dispose();
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
