import { describe, expect, it } from "vitest";
import { augmentImages, cutMix, noAugmentation } from "../../src/evaluate/augment";
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
