import { describe, expect, it } from "vitest";
import {
  bandwidthBySize,
  medianBandwidth,
  medianBandwidthOf,
  noiseVariance,
} from "../../src/information/bandwidth";
import { mixtureInformation, mixtureInformationOf } from "../../src/information/mixture";
import { type Tensor, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { pointSets } from "./pointSets";

const seed = new Seed("mixture");
const number = (tensor: Tensor): number => tensor.dataSync()[0]!;

describe("bandwidths", () => {
  it("the median rule is the same in a graph and on plain numbers", () => {
    for (const { d, n, points } of pointSets(20)) {
      const inside = tf.tidy(() => number(medianBandwidth(tf.tensor2d(points, [n, d]))));
      expect(inside / medianBandwidthOf(points, d)).toBeCloseTo(1, 5);
    }
    expect(medianBandwidthOf([0, 1, 3], 1)).toBeCloseTo(4 / (8 * Math.log(3)), 12); // distances 1, 4, 9
    expect(medianBandwidthOf([0, 1, 3, 7], 1)).toBeCloseTo(12.5 / (8 * Math.log(4)), 12); // 1 4 9 16 36 49
  });

  it("by the size of sets, from many images: that of the images themselves at their own number", () => {
    const points = seed.child("many").normal(40 * 6);
    const bySize = bandwidthBySize(points, 6);
    expect(bySize(40)).toBeCloseTo(medianBandwidthOf(points, 6), 12);
    expect(bySize(10) / bySize(40)).toBeCloseTo(Math.log(40) / Math.log(10), 12);
    expect(bySize(1)).toBe(bySize(2));
    expect(() => bandwidthBySize([1, 2, 3], 2)).toThrow(/rows of 2/);
  });

  it("the median rule keeps the bound away from both ends at any scale and dimension", () => {
    for (const scale of [1e-2, 1, 1e2]) {
      for (const d of [2, 64, 784]) {
        const points = seed
          .child("scale", d)
          .normal(10 * d)
          .map((value) => value * scale);
        const { low } = mixtureInformationOf(points, d, medianBandwidthOf(points, d));
        expect(low).toBeGreaterThan(0.3 * Math.log(10));
        expect(low).toBeLessThan(0.95 * Math.log(10));
      }
    }
  });

  it("handles one image, equal images and mostly equal images", () => {
    expect(medianBandwidthOf([3, 4], 2)).toBe(1);
    expect(medianBandwidthOf([3, 3, 3], 1)).toBe(1e-12);
    expect(medianBandwidthOf([0, 0, 0, 0, 1], 1)).toBeCloseTo(0.4 / (8 * Math.log(5)), 12);
    tf.tidy(() => {
      expect(number(medianBandwidth(tf.zeros([1, 4])))).toBe(1);
      const mixed = tf.tensor3d([3, 3, 3, 0, 1, 3], [2, 3, 1]);
      const s2 = medianBandwidth(mixed);
      expect(s2.shape).toEqual([2]);
      const { low } = mixtureInformation(mixed, s2);
      expect(low.dataSync()[0]).toBeCloseTo(0, 6);
      const gradient = tf.grad((x: Tensor) => mixtureInformation(x, medianBandwidth(x)).low.sum())(mixed);
      expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
    });
  });

  it("no gradient flows through the median rule", () => {
    tf.tidy(() => {
      const x = tf.tensor2d(seed.child("cut").normal(12), [6, 2]);
      const s2 = medianBandwidthOf(x.dataSync() as Float32Array, 2);
      const through = tf.grad((input: Tensor) => mixtureInformation(input, medianBandwidth(input)).low)(x);
      const fixed = tf.grad((input: Tensor) => mixtureInformation(input, s2).low)(x);
      expect(number(tf.max(tf.abs(tf.sub(through, fixed))))).toBeLessThan(1e-6);
    });
  });

  it("the noise level is that of x_t on the scale of x0", () => {
    expect(noiseVariance(0.5)).toBe(1);
    expect(noiseVariance(1)).toBe(0);
    expect(tf.tidy(() => number(noiseVariance(tf.scalar(0.2))))).toBeCloseTo(4, 5);
    expect(() => noiseVariance(0)).toThrow(/\(0, 1\]/);
  });
});
