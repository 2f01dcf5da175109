import { describe, expect, it } from "vitest";
import {
  fitSetBandwidth,
  kernelLogits,
  rowDistances,
  setInformation,
} from "../../src/information/setInformation";
import { type Tensor2D, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { drawnSet } from "./drawnSet";

const seed = new Seed("set information");
const classes = 3;

/** What `size` random points of each class tell of 3,000 others of a mixture, s fitted on yet others. */
function told(index: number, size: number) {
  const own = seed.child(index);
  const { mixture, points: set } = drawnSet(own, index, size);
  const images = tf.tensor2d(set, [classes * size, 4]);
  const real = (name: string, count: number) => {
    const { points, labels } = mixture.sample(count, own.child(name));
    const distances = rowDistances(tf.tensor2d(points, [count, 4]), images);
    return {
      distances: tf.reshape(distances, [count, classes, size]),
      labels: tf.tensor1d(Array.from(labels), "int32"),
    };
  };
  const fit = real("fit", 500);
  const { s2 } = fitSetBandwidth(
    (tried) => kernelLogits(fit.distances, tried),
    fit.labels,
    tf.mean(fit.distances).dataSync()[0],
  );
  const test = real("test", 3000);
  const perImage = setInformation(kernelLogits(test.distances, s2), test.labels).dataSync() as Float32Array;
  const bound = perImage.reduce((a, b) => a + b, 0) / 3000;
  const variance = perImage.reduce((a, b) => a + (b - bound) ** 2, 0) / 2999;
  return { mixture, own, bound, error: Math.sqrt(variance / 3000), largest: Math.max(...perImage) };
}

describe("setInformation", () => {
  it("is never above I(X;Y), and a larger set tells more", () => {
    let more = 0;
    for (let index = 0; index < 12; index++) {
      const few = told(index, 2);
      const many = told(index, 40);
      const truth = few.mixture.prototypeInformation(few.own.child("truth"), { tolerance: 0.01 });
      for (const { bound, error, largest } of [few, many]) {
        expect(bound).toBeLessThan(truth.value + 3 * Math.hypot(error, truth.standardError));
        expect(largest).toBeLessThanOrEqual(Math.log(classes) + 1e-5);
      }
      if (many.bound > few.bound) more++;
      expect(many.bound).toBeGreaterThan(0.5 * truth.value);
    }
    expect(more).toBe(12);
  });

  it("is the Nadaraya-Watson classifier of the formula", () => {
    const real = [
      [0.1, 0.4],
      [1, -1],
    ];
    const set = [
      [
        [0, 0],
        [1, 1],
      ],
      [
        [2, -1],
        [0.5, -0.5],
      ],
    ];
    const s2 = 0.3;
    const expected = real.map((x, i) => {
      const k = set.map((points) =>
        points.reduce(
          (sum, p) => sum + Math.exp(-((x[0] - p[0]) ** 2 + (x[1] - p[1]) ** 2) / (2 * s2)) / 2,
          0,
        ),
      );
      return Math.log(2) + Math.log(k[i] / (k[0] + k[1]));
    });
    const distances = rowDistances(tf.tensor2d(real), tf.tensor2d(set.flat()) as Tensor2D).reshape([2, 2, 2]);
    const found = setInformation(kernelLogits(distances, s2), tf.tensor1d([0, 1], "int32")).dataSync();
    expected.forEach((value, i) => {
      expect(found[i]).toBeCloseTo(value, 5);
    });
  });

  it("refuses real images that are all equal", () => {
    expect(() => fitSetBandwidth(() => tf.zeros([2, 2]), tf.tensor1d([0, 1], "int32"), 0)).toThrow(
      /all equal/,
    );
  });
});
