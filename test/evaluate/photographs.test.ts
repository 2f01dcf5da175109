// Resizing, crops and colours against torchvision, Pillow and PyTorch (fixtures/photographs.json, made by
// makePhotographs.py).
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { roundHalfToEven } from "../../src/datasets/roundHalf";
import { publishedCutMix } from "../../src/evaluate/augment";
import { type Jitter, jitter, lighting, standardise } from "../../src/evaluate/colours";
import {
  augmentPhotographs,
  preparePhotographs,
  randomArea,
  type Treatment,
  testPhotographs,
} from "../../src/evaluate/photographs";
import { minimaxPlan, rdedPlan, tinyPlan } from "../../src/evaluate/publishedPlans";
import { fitted, resampleInto } from "../../src/evaluate/resample";
import { halfCosineRate } from "../../src/nn/adam";
import { multiStepRate } from "../../src/nn/sgd";
import type { ImageBatch } from "../../src/tensor/batch";
import { Seed } from "../../src/tensor/random";

interface Measured {
  readonly box: readonly [top: number, left: number, height: number, width: number];
  readonly amount: number;
  readonly values: readonly number[];
}

type Moments = Readonly<Record<"mean" | "deviation", readonly number[]>>;

const fixture = JSON.parse(
  readFileSync(path.join(__dirname, "fixtures", "photographs.json"), "utf8"),
) as Record<"image" | "smaller" | "smallerInside" | "larger" | "standardised", number[]> & {
  readonly shape: readonly [number, number];
  readonly areas: Readonly<Record<"square" | "whole" | "wide", Moments>>;
  readonly rates: Readonly<Record<"multi-step" | "half-cosine", readonly number[]>>;
} & Record<"crop" | "shrunkCrop" | "brightness" | "contrast" | "saturation", Measured>;

const [height, width] = fixture.shape;
const bytes: ImageBatch = { data: Float32Array.from(fixture.image), shape: [1, height, width, 3] };
const unit = (): Float32Array => bytes.data.map((byte) => byte / 255);
/** The same in [-1, 1], as sets hold their images. */
const image: ImageBatch = { data: bytes.data.map((byte) => byte / 127.5 - 1), shape: bytes.shape };

const gap = (found: ArrayLike<number>, expected: ArrayLike<number>) => {
  expect(found.length).toBe(expected.length);
  return Math.max(...Array.from(found, (value, i) => Math.abs(value - expected[i])));
};

const plain: Treatment = {
  size: 12,
  wideTest: false,
  fitSet: true,
  patches: 1,
  crop: [1, 1],
  jitter: 0,
  lighting: 0,
};

describe("resizing", () => {
  it.each([
    ["smaller", 12, 12],
    ["smallerInside", 14, 12],
    ["larger", 24, 20],
  ] as const)("%s as Pillow does, in whole bytes, the middle cut out", (name, side, size) => {
    const found = fitted(bytes, side, size);
    expect(found.shape).toEqual([1, size, size, 3]);
    expect(gap(found.data, fixture[name])).toBe(0);
  });

  it.each(["crop", "shrunkCrop"] as const)("a %s as torchvision's resized_crop", (name) => {
    const [top, left, tall, wide] = fixture[name].box;
    const into: ImageBatch = { data: new Float32Array(12 * 12 * 3), shape: [1, 12, 12, 3] };
    const from: ImageBatch = { data: unit(), shape: bytes.shape };
    resampleInto(from, 0, { top, left, height: tall, width: wide }, into);
    expect(gap(into.data, fixture[name].values)).toBeLessThan(2e-5);
  });

  it("refuses to cut out more than there is", () => {
    expect(() => fitted(bytes, 10, 12)).toThrow(/at least 12 pixels.*found 10/);
  });

  it("rounds halves as Python does", () => {
    expect([0.5, 1.5, 2.5, 2.4, 2.6, -0.5].map(roundHalfToEven)).toEqual([0, 2, 2, 2, 3, 0]);
  });
});

describe("colours", () => {
  it.each(["brightness", "contrast", "saturation"] as const)("%s as torchvision's", (kind: Jitter) => {
    const pixels = unit();
    jitter(pixels, kind, fixture[kind].amount);
    // Its grey has 0.2989 of red, that of the evaluator 0.299.
    expect(gap(pixels, fixture[kind].values)).toBeLessThan(2e-4);
    expect(gap(pixels, unit())).toBeGreaterThan(0.02);
  });

  it("are not clipped", () => {
    const pixels = Float32Array.of(0.9, 0.8, 0.7);
    jitter(pixels, "brightness", -0.4);
    expect(gap(pixels, [1.26, 1.12, 0.98])).toBeLessThan(1e-6);
  });

  it("standardises as torchvision's normalize", () => {
    const pixels = unit();
    standardise(pixels);
    expect(gap(pixels, fixture.standardised)).toBeLessThan(2e-5);
  });

  it("lights along the principal colours", () => {
    const pixels = new Float32Array(6);
    lighting(pixels, [2, -1, 0.5]);
    const byHand = [
      -0.5675 * 2 * 0.2175 - 0.7192 * 0.0188 + 0.4009 * 0.5 * 0.0045,
      -0.5808 * 2 * 0.2175 + 0.0045 * 0.0188 - 0.814 * 0.5 * 0.0045,
      -0.5836 * 2 * 0.2175 + 0.6948 * 0.0188 + 0.4203 * 0.5 * 0.0045,
    ];
    expect(gap(pixels, [...byHand, ...byHand])).toBeLessThan(1e-6);
  });
});

describe("randomArea", () => {
  it.each([
    ["square", 64, 64, [0.5, 1]],
    ["whole", 64, 64, [1, 1]],
    ["wide", 40, 90, [0.5, 1]],
  ] as const)("%s images: distributed as torchvision's", (name, tall, wide, crop) => {
    const seed = new Seed("areas");
    const areas = Array.from({ length: 4000 }, (_, i) => randomArea(tall, wide, crop, seed.child(i)));
    const { mean, deviation } = fixture.areas[name];
    for (const [k, of] of (["top", "left", "height", "width"] as const).entries()) {
      const values = areas.map((area) => area[of]);
      const own = values.reduce((a, b) => a + b) / values.length;
      const spread = Math.sqrt(values.reduce((sum, v) => sum + (v - own) ** 2, 0) / values.length);
      // Five standard errors of a mean over 4,000 draws.
      expect(Math.abs(own - mean[k])).toBeLessThan(1e-6 + (5 * deviation[k]) / Math.sqrt(4000));
      expect(Math.abs(spread - deviation[k])).toBeLessThan(1e-6 + 0.06 * deviation[k]);
    }
    for (const area of areas) {
      expect(area.top + area.height).toBeLessThanOrEqual(tall);
      expect(area.left + area.width).toBeLessThanOrEqual(wide);
    }
  });
});

describe("photographs", () => {
  it("without anything random are the fitted images, mirrored or not", () => {
    const prepared = preparePhotographs(image, plain);
    expect(
      gap(
        prepared.data,
        Float32Array.from(fixture.smaller, (byte) => byte / 255),
      ),
    ).toBeLessThan(0.005);
    const many: ImageBatch = { data: new Float32Array(40 * 432), shape: [40, 12, 12, 3] };
    for (let n = 0; n < 40; n++) many.data.set(prepared.data, n * 432);
    const batch = augmentPhotographs(many, plain, new Seed(1));
    const straight = prepared.data.slice();
    standardise(straight);
    const turned = Float32Array.from(straight, (_, i) => {
      const [y, x, c] = [Math.floor(i / 36), Math.floor(i / 3) % 12, i % 3];
      return straight[(y * 12 + 11 - x) * 3 + c];
    });
    const kinds = Array.from({ length: 40 }, (_, n) => {
      const own = batch.data.subarray(n * 432, (n + 1) * 432);
      const [plainGap, mirrorGap] = [gap(own, straight), gap(own, turned)];
      expect(Math.min(plainGap, mirrorGap)).toBeLessThan(1e-5);
      return mirrorGap < plainGap;
    });
    expect(new Set(kinds).size).toBe(2);
  });

  it("are tested in the middle of 8/7 of the size where the protocol says so", () => {
    const found = testPhotographs(image, { ...plain, size: 14, wideTest: true });
    const expected = preparePhotographs({ ...image, data: image.data.slice() }, { ...plain, fitSet: false });
    expect(expected.shape).toEqual([1, height, width, 3]);
    const byHand = fitted(bytes, 16, 14).data.map((byte) => byte / 255);
    standardise(byHand);
    expect(gap(found.data, byHand)).toBeLessThan(1e-6);
  });

  it("change in colour each by itself, by the same draws for the same seed", () => {
    const prepared = preparePhotographs(image, plain);
    const two: ImageBatch = {
      data: Float32Array.of(...prepared.data, ...prepared.data),
      shape: [2, 12, 12, 3],
    };
    const treatment = { ...plain, crop: [0.5, 1], jitter: 0.4, lighting: 0.1 } as const;
    const [a, b, other] = [1, 1, 2].map((seed) => augmentPhotographs(two, treatment, new Seed(seed)).data);
    expect(a).toEqual(b);
    expect(gap(a, other)).toBeGreaterThan(0.1);
    expect(gap(a.subarray(0, 432), a.subarray(432))).toBeGreaterThan(0.1);
    expect(two.data.subarray(0, 432)).toEqual(prepared.data);
  });

  it("are mosaics whose patches change places, rows and columns as a whole", () => {
    // 3 x 3 patches of 4 pixels, each of one value: row * 3 + column.
    const mosaic: ImageBatch = {
      data: Float32Array.from({ length: 432 }, (_, i) => {
        const [y, x] = [Math.floor(i / 36), Math.floor(i / 3) % 12];
        return 3 * Math.floor(y / 4) + Math.floor(x / 4);
      }),
      shape: [1, 12, 12, 3],
    };
    const orders = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const { data } = augmentPhotographs(mosaic, { ...plain, patches: 3 }, new Seed(seed));
      const at = (row: number, column: number) =>
        Math.round(data[((row * 4 + 1) * 12 + column * 4 + 1) * 3] * 0.229 + 0.485);
      const values = [0, 1, 2].map((row) => [0, 1, 2].map((column) => at(row, column)));
      for (const row of values) expect(new Set(row.map((v) => Math.floor(v / 3))).size).toBe(1);
      for (const c of [0, 1, 2]) expect(new Set(values.map((row) => row[c] % 3)).size).toBe(1);
      orders.add(values.flat().join());
    }
    expect(orders.size).toBeGreaterThan(20);
  });

  it("must be in colour", () => {
    const grey: ImageBatch = { data: new Float32Array(16), shape: [1, 4, 4, 1] };
    expect(() => preparePhotographs(grey, plain)).toThrow(/3 colours, found 1 channel/);
  });
});

describe("publishedCutMix", () => {
  it("puts an even box of the partner into each image, and labels by its area", () => {
    const sizes = new Set<number>();
    for (let seed = 0; seed < 200; seed++) {
      const images: ImageBatch = { data: new Float32Array(2 * 9 * 9 * 3), shape: [2, 9, 9, 3] };
      images.data.fill(1, 243);
      const targets = Float32Array.of(1, 0, 0, 1);
      publishedCutMix(images, targets, new Seed(seed));
      const lit = images.data.subarray(0, 243).reduce((a, b) => a + b, 0) / 3;
      if (targets[0] < 1 || lit > 0) {
        expect(targets[1]).toBeCloseTo(lit / 81, 6);
        expect(targets[0]).toBeCloseTo(1 - lit / 81, 6);
        expect(targets[2]).toBeCloseTo(lit / 81, 6);
      }
      sizes.add(lit);
    }
    // Sides of 2, 4, 6 and 8 pixels, cut at the edges.
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64);
    expect(sizes.has(64) || sizes.has(56)).toBe(true);
  });
});

describe("plans and schedules", () => {
  it("epochs by images per class and classes, as in the shared evaluator", () => {
    const epochs = (classes: number) =>
      [1, 2, 10, 11, 50, 51, 200, 500, 501].map((ipc) => minimaxPlan(ipc, classes).epochs);
    expect(epochs(10)).toEqual([3000, 2000, 2000, 1500, 1500, 1000, 1000, 500, 300]);
    expect(epochs(100)).toEqual([2000, 1300, 1300, 1000, 1000, 600, 600, 300, 200]);
    expect(minimaxPlan(10, 10)).toEqual({ epochs: 2000, batch: 64 });
    expect(minimaxPlan(10, 1000)).toEqual({ epochs: 2000, batch: 128, rate: 0.1, weightDecay: 1e-4 });
  });

  it("batches by images per class, as in RDED", () => {
    expect([1, 10, 50].map((ipc) => rdedPlan(ipc, 10).batch)).toEqual([10, 50, 100]);
    expect([1, 10, 50].map((ipc) => rdedPlan(ipc, 1000).batch)).toEqual([20, 100, 200]);
    expect(tinyPlan()).toEqual({ epochs: 300, batch: 100 });
  });

  it("rates of every epoch as PyTorch's schedules give them", () => {
    const of = (rateOf: typeof multiStepRate) => Array.from({ length: 12 }, (_, e) => rateOf(0.01, e, 12));
    expect(gap(of(multiStepRate), fixture.rates["multi-step"])).toBeLessThan(1e-12);
    expect(gap(of(halfCosineRate), fixture.rates["half-cosine"])).toBeLessThan(1e-12);
  });
});
