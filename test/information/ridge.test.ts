import { describe, expect, it } from "vitest";
import { ridgeInformation, ridgeScores } from "../../src/information/ridge";
import { solveSymmetric } from "../../src/tensor/conjugateGradient";
import { type Tensor, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { drawnSet } from "./drawnSet";

const seed = new Seed("ridge");
const classes = 3;

/** What `size` random points of each class teach of 3,000 others of a mixture. */
function told(index: number, size: number) {
  const own = seed.child(index);
  const { mixture, points: set } = drawnSet(own, index, size);
  const { points, labels } = mixture.sample(3000, own.child("test"));
  const bounds = tf.tidy(() => {
    const real = tf.tensor2d(points, [3000, 4]);
    const places = tf.tensor1d(Int32Array.from({ length: classes * size }, (_, i) => Math.floor(i / size)));
    const targets = tf.sub(tf.oneHot(places.cast("int32"), classes), 1 / classes);
    const s2 = tf.mul(2, tf.mean(tf.sum(tf.squaredDifference(real, tf.mean(real, 0)), 1)));
    const view = { real, set: tf.tensor2d(set, [classes * size, 4]), s2 };
    const twice = ridgeScores([view, view], targets);
    return ridgeInformation(twice, tf.tensor1d(Array.from(labels), "int32"));
  });
  const [bound, again] = bounds.dataSync();
  expect(again).toBeCloseTo(bound, 5);
  return { mixture, own, bound };
}

describe("ridgeInformation", () => {
  it("is never above I(X;Y), and a larger set tells more", () => {
    for (let index = 0; index < 8; index++) {
      const few = told(index, 2);
      const many = told(index, 40);
      const truth = few.mixture.prototypeInformation(few.own.child("truth"), { tolerance: 0.01 });
      // 3,000 points, values with a standard deviation below ln 3.
      const error = Math.hypot(Math.log(3) / Math.sqrt(3000), truth.standardError);
      for (const { bound } of [few, many]) expect(bound).toBeLessThan(truth.value + 3 * error);
      expect(many.bound).toBeGreaterThan(few.bound);
      expect(many.bound).toBeGreaterThan(0.4 * truth.value);
    }
  });

  it("is ln C at most, and nothing for scores that do not tell the classes apart", () => {
    const labels = tf.tensor1d([0, 1, 2], "int32");
    const sure = tf.mul(100, tf.eye(3)).expandDims(0);
    expect(ridgeInformation(sure, labels).dataSync()[0]).toBeCloseTo(Math.log(3), 5);
    expect(ridgeInformation(tf.zeros([1, 3, 3]), labels).dataSync()[0]).toBeCloseTo(0, 6);
  });
});

describe("solveSymmetric", () => {
  /** A kernel of many points with a ridge, as sets have it: its largest eigenvalue is some thousand times its least. */
  const kernel = (size: number, own: Seed): Tensor => {
    const points = tf.tensor2d(own.normal(size * 20), [size, 20]);
    const distances = tf.sum(tf.squaredDifference(points.expandDims(0), points.expandDims(1)), 2);
    return tf.add(tf.exp(tf.div(distances, -80)), tf.mul(0.1, tf.eye(size)));
  };

  it.each([300, 1500])("solves systems of %s images to 1e-3", (size) => {
    const error = tf.tidy(() => {
      const a = tf.stack([0, 1].map((k) => kernel(size, seed.child("kernel", k))));
      const x = tf.tensor3d(seed.child("solution").normal(2 * size * 3), [2, size, 3]);
      const found = solveSymmetric(a, tf.matMul(a, x));
      return tf.div(tf.norm(tf.sub(found, x)), tf.norm(x)).dataSync()[0];
    });
    expect(error).toBeLessThan(1e-3);
  });

  it("has the gradients of the solution by the matrix and by the right-hand side", () => {
    const a = kernel(6, seed.child("small")).expandDims(0);
    const y = tf.tensor3d(seed.child("right").normal(12), [1, 6, 2]);
    const weights = tf.tensor3d(seed.child("weights").normal(12), [1, 6, 2]);
    const f = (matrix: Tensor, right: Tensor) => tf.sum(tf.mul(weights, solveSymmetric(matrix, right)));
    const [byA, byY] = tf.grads(f)([a, y]);
    const v = seed.child("direction a").normal(36);
    const raw = tf.tensor3d(v, [1, 6, 6]);
    const symmetric = tf.add(raw, tf.transpose(raw, [0, 2, 1]));
    const right = tf.tensor3d(seed.child("direction y").normal(12), [1, 6, 2]);
    const h = 1e-2;
    const along = (da: Tensor, dy: Tensor) => {
      const at = (s: number) => f(tf.add(a, tf.mul(s, da)), tf.add(y, tf.mul(s, dy))).dataSync()[0];
      return (8 * (at(h / 2) - at(-h / 2)) - (at(h) - at(-h))) / (6 * h);
    };
    const none = (like: Tensor) => tf.zerosLike(like);
    const small = tf.mul(0.02, symmetric);
    expect(along(small, none(y))).toBeCloseTo(tf.sum(tf.mul(byA, small)).dataSync()[0], 2);
    expect(along(none(a), right)).toBeCloseTo(tf.sum(tf.mul(byY, right)).dataSync()[0], 2);
  });
});
