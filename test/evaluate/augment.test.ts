import { describe, expect, it } from "vitest";
import { augmentImages, cutMix, noAugmentation } from "../../src/evaluate/augment";
import { warped } from "../../src/evaluate/warp";
import type { ImageBatch } from "../../src/tensor/batch";
import { Seed } from "../../src/tensor/random";

const [height, width, channels] = [5, 4, 2];
const size = height * width * channels;

/** Every value of every image is different, and none is the blank -1. */
function images(count: number): ImageBatch {
  const data = Float32Array.from({ length: count * size }, (_, i) => i / (count * size));
  return { data, shape: [count, height, width, channels] };
}

describe("augmentImages", () => {
  it("does nothing when everything is off, and never changes its input", () => {
    const batch = images(6);
    const before = batch.data.slice();
    expect(augmentImages(batch, noAugmentation, new Seed(0)).data).toEqual(before);
    augmentImages(batch, { shift: 2, flip: true, cutout: 3, cutMix: 0 }, new Seed(0));
    expect(batch.data).toEqual(before);
  });

  it("shifts each image as a whole by every distance up to the limit, padded with black", () => {
    const count = 300;
    const batch = images(count);
    const { data } = augmentImages(batch, { ...noAugmentation, shift: 1 }, new Seed("shift"));
    const seen = new Set<string>();
    for (let n = 0; n < count; n++) {
      const at = (y: number, x: number, c: number) => n * size + (y * width + x) * channels + c;
      // Where the first channel of an inner pixel went tells the shift.
      const target = data.subarray(n * size, (n + 1) * size).indexOf(batch.data[at(2, 2, 0)]);
      const down = Math.floor(target / (width * channels)) - 2;
      const right = Math.floor((target % (width * channels)) / channels) - 2;
      seen.add(`${down} ${right}`);
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          const [fromY, fromX] = [y - down, x - right];
          const inside = fromY >= 0 && fromY < height && fromX >= 0 && fromX < width;
          expect(data[at(y, x, 1)]).toBe(inside ? batch.data[at(fromY, fromX, 1)] : -1);
        }
    }
    expect(seen.size).toBe(9);
  });

  it("mirrors about half of the images", () => {
    const count = 200;
    const batch = images(count);
    const { data } = augmentImages(batch, { ...noAugmentation, flip: true }, new Seed("flip"));
    let mirrored = 0;
    for (let n = 0; n < count; n++)
      for (let y = 0; y < height; y++) {
        const row = (of: Float32Array, x: number) => of[n * size + (y * width + x) * channels];
        const isMirrored = row(data, 0) === row(batch.data, width - 1);
        if (!isMirrored) expect(row(data, 0)).toBe(row(batch.data, 0));
        if (y === 0 && isMirrored) mirrored++;
      }
    expect(mirrored).toBeGreaterThan(70);
    expect(mirrored).toBeLessThan(130);
  });

  it("blanks one square per image", () => {
    const batch = images(50);
    const { data } = augmentImages(batch, { ...noAugmentation, cutout: 3 }, new Seed("cutout"));
    const blanks = Array.from(
      { length: 50 },
      (_, n) => data.subarray(n * size, (n + 1) * size).filter((value) => value === -1).length,
    );
    expect(Math.max(...blanks)).toBe(3 * 3 * channels);
    expect(Math.min(...blanks)).toBeGreaterThanOrEqual(2 * 2 * channels);
    for (const [i, value] of data.entries()) if (value !== -1) expect(value).toBe(batch.data[i]);
  });

  it("is the same for the same seed and another for another", () => {
    const of = (seed: number) =>
      augmentImages(images(8), { shift: 2, flip: true, cutout: 2, cutMix: 0 }, new Seed(seed)).data;
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
  });
});

describe("stretching and turning", () => {
  /** One image of one channel, black but for what is set. */
  const image = (side: number, lit: [number, number][]): ImageBatch => {
    const data = new Float32Array(side * side).fill(-1);
    for (const [y, x] of lit) data[y * side + x] = 1;
    return { data, shape: [1, side, side, 1] };
  };
  /** Centre of mass and spread of the light, from the middle of the image: y down, x right. */
  const moments = ({ data, shape: [, side] }: ImageBatch) => {
    const weights = Array.from(data, (value) => value + 1);
    const total = weights.reduce((a, b) => a + b);
    const mean = (of: (y: number, x: number) => number) =>
      weights.reduce(
        (sum, w, i) => sum + w * of(Math.floor(i / side) - (side - 1) / 2, (i % side) - (side - 1) / 2),
        0,
      ) / total;
    const [y, x] = [mean((v) => v), mean((_, v) => v)];
    return { total, y, x };
  };

  it("turns about the middle, by up to the angle either way", () => {
    // A spot at distance 8 to the right of the middle of 25 x 25.
    const spot = image(25, [[12, 20]]);
    const many: ImageBatch = { data: new Float32Array(100 * 625), shape: [100, 25, 25, 1] };
    for (let n = 0; n < 100; n++) many.data.set(spot.data, n * 625);
    const turned = warped(many, 1, 30, new Seed("turn"), -1);
    const angles: number[] = [];
    for (let n = 0; n < 100; n++) {
      const { y, x, total } = moments({
        data: turned.data.subarray(n * 625, (n + 1) * 625),
        shape: [1, 25, 25, 1],
      });
      expect(Math.hypot(x, y)).toBeCloseTo(8, 0);
      expect(Math.abs(total - 2)).toBeLessThan(1);
      angles.push((Math.atan2(-y, x) * 180) / Math.PI);
    }
    expect(Math.max(...angles)).toBeGreaterThan(25);
    expect(Math.min(...angles)).toBeLessThan(-25);
    expect(Math.max(...angles.map(Math.abs))).toBeLessThan(31);
  });

  it("stretches height and width by own factors within the limits", () => {
    // Two channels, y and x: bilinear interpolation keeps ramps exact, and their slope tells the factor.
    const ramps: ImageBatch = { data: new Float32Array(60 * 1250), shape: [60, 25, 25, 2] };
    for (let i = 0; i < 60 * 625; i++) {
      ramps.data[2 * i] = (Math.floor((i % 625) / 25) - 12) / 24;
      ramps.data[2 * i + 1] = ((i % 25) - 12) / 24;
    }
    const { data } = warped(ramps, 1.5, 0, new Seed("scale"), -1);
    const factors = Array.from({ length: 60 }, (_, n) => {
      const at = (y: number, x: number, c: number) => data[n * 1250 + (y * 25 + x) * 2 + c];
      expect(at(12, 12, 0)).toBeCloseTo(0, 6);
      expect(at(12, 15, 0)).toBeCloseTo(0, 6);
      return [4 / 24 / (at(14, 12, 0) - at(10, 12, 0)), 4 / 24 / (at(12, 14, 1) - at(12, 10, 1))];
    });
    for (const axis of [0, 1]) {
      const values = factors.map((pair) => pair[axis]);
      expect(Math.min(...values)).toBeGreaterThan(1 / 1.5 - 1e-5);
      expect(Math.min(...values)).toBeLessThan(0.75);
      expect(Math.max(...values)).toBeLessThan(1.5 + 1e-5);
      expect(Math.max(...values)).toBeGreaterThan(1.35);
    }
    expect(factors.some(([tall, wide]) => Math.abs(tall - wide) > 0.3)).toBe(true);
  });

  it("keeps an image that is neither stretched nor turned, and does one kind at a time", () => {
    const batch = images(6);
    expect(warped(batch, 1, 0, new Seed(0), -1).data).toEqual(batch.data);
    const all = { ...noAugmentation, flip: true, shift: 1, scale: 1.3, rotate: 20, oneKind: true };
    const alone = [{ flip: true }, { shift: 1 }, { scale: 1.3 }, { rotate: 20 }].map((kind) => ({
      ...noAugmentation,
      ...kind,
    }));
    const seen = new Set<number>();
    for (let i = 0; i < 40; i++) {
      const seed = new Seed("kinds").child(i);
      const found = augmentImages(batch, all, seed).data;
      const which = alone.findIndex((kind) =>
        augmentImages(batch, kind, seed).data.every((v, j) => v === found[j]),
      );
      expect(which).toBeGreaterThanOrEqual(0);
      seen.add(which);
    }
    expect(seen.size).toBe(4);
  });
});

describe("cutMix", () => {
  it("mixes labels in the proportion of the areas", () => {
    const count = 8;
    for (const seed of [0, 1, 2, 3]) {
      const constant: ImageBatch = {
        data: Float32Array.from({ length: count * size }, (_, i) => Math.floor(i / size)),
        shape: [count, height, width, channels],
      };
      const targets = Float32Array.from({ length: count * count }, (_, i) => (i % (count + 1) === 0 ? 1 : 0));
      cutMix(constant, targets, new Seed(seed));
      for (let n = 0; n < count; n++)
        for (let c = 0; c < count; c++) {
          const pixels = constant.data.subarray(n * size, (n + 1) * size);
          const share = pixels.filter((value) => value === c).length / size;
          expect(targets[n * count + c]).toBeCloseTo(share, 5);
        }
    }
  });
});
