import { describe, expect, it } from "vitest";
import { imageGrid } from "../../src/plot/grid";
import { decode, images } from "./images";

const inked = (pixel: readonly number[]) => pixel[3]! > 128;

describe("imageGrid", () => {
  it("copies every pixel of grey images exactly, as sharp squares", async () => {
    const batch = images(6, 4, 1, (i, y, x) => ((i * 16 + y * 4 + x) / 95) * 2 - 1);
    const picture = await decode(await imageGrid(batch, { columns: 3, scale: 5, gap: 2 }));
    expect([picture.width, picture.height]).toEqual([3 * 20 + 2 * 2, 2 * 20 + 2]);
    for (let i = 0; i < 6; i++) {
      for (let y = 0; y < 20; y++) {
        for (let x = 0; x < 20; x++) {
          const level = Math.round(((i * 16 + Math.floor(y / 5) * 4 + Math.floor(x / 5)) / 95) * 255);
          const place = [(i % 3) * 22 + x, Math.floor(i / 3) * 22 + y] as const;
          expect(picture.at(...place)).toEqual([level, level, level, 255]);
        }
      }
    }
    expect(picture.at(20, 5)[3]).toBe(0);
  });

  it("keeps the three channels of colour images apart", async () => {
    const batch = images(1, 2, 3, (_, y, x, c) => (c === y + x ? 1 : -1));
    const picture = await decode(await imageGrid(batch, { scale: 1 }));
    expect(picture.at(0, 0)).toEqual([255, 0, 0, 255]);
    expect(picture.at(1, 0)).toEqual([0, 255, 0, 255]);
    expect(picture.at(1, 1)).toEqual([0, 0, 255, 255]);
  });

  it("cuts off values outside the range and stretches the range that it is given", async () => {
    const batch = images(1, 2, 1, (_, y, x) => [-3, 0, 0.25, 7][y * 2 + x]!);
    const usual = await decode(await imageGrid(batch, { scale: 1 }));
    expect([usual.at(0, 0)[0], usual.at(1, 0)[0], usual.at(1, 1)[0]]).toEqual([0, 128, 255]);
    const narrow = await decode(await imageGrid(batch, { scale: 1, range: [0, 0.5] }));
    expect([narrow.at(1, 0)[0], narrow.at(0, 1)[0], narrow.at(1, 1)[0]]).toEqual([0, 128, 255]);
  });

  it("puts one caption under each image, none on it", async () => {
    const batch = images(2, 8, 1, () => -1);
    const picture = await decode(await imageGrid(batch, { scale: 8, labels: ["Bag", "Coat"], gap: 4 }));
    expect(picture.height).toBeGreaterThan(64 + 14);
    for (const left of [0, 68]) {
      const under = { left, right: left + 64, top: 65, bottom: picture.height };
      expect(picture.count(inked, under)).toBeGreaterThan(40);
    }
    expect(picture.count(([grey, , , alpha]) => grey === 0 && alpha === 255)).toBe(2 * 64 * 64);
  });

  it("puts one caption to the left of each row", async () => {
    const batch = images(6, 8, 1, () => 1);
    const picture = await decode(
      await imageGrid(batch, { scale: 4, columns: 3, labels: ["plain", "IGDS β = 0.5"], title: "Two runs" }),
    );
    const tiles = 3 * 32 + 2 * 4;
    const left = picture.width - tiles;
    expect(left).toBeGreaterThan(60);
    expect(picture.count(inked, { right: left, top: 30, bottom: 62 })).toBeGreaterThan(40);
    expect(picture.count(inked, { right: left, top: 66 })).toBeGreaterThan(80);
    expect(picture.count(inked, { bottom: 24 })).toBeGreaterThan(80);
  });

  it("gives each class a column under its name, in whatever order the images come", async () => {
    const batch = images(6, 8, 1, (i) => i / 5);
    const grey = (i: number) => Math.round(i * 51);
    const inOrder = await decode(
      await imageGrid(batch, { classes: ["cat", "dog", "owl"], scale: 4, gap: 0 }),
    );
    expect([inOrder.at(16, 40)[0], inOrder.at(48, 40)[0], inOrder.at(48, 72)[0]]).toEqual(
      [0, 2, 3].map((i) => Math.round((i / 5 + 1) * 127.5)),
    );
    for (const column of [0, 1, 2]) {
      expect(
        inOrder.count(inked, { left: 32 * column, right: 32 * column + 32, bottom: 20 }),
      ).toBeGreaterThan(15);
    }
    const mixed = await decode(
      await imageGrid(batch, {
        classes: ["cat", "dog", "owl"],
        labelled: [2, 0, 0, 2, 2, 0],
        scale: 4,
        gap: 0,
        range: [0, 1],
      }),
    );
    expect(mixed.at(16, 40)[0]).toBe(grey(1));
    expect(mixed.at(80, 104)[0]).toBe(grey(4));
    expect(mixed.at(48, 40)[3]).toBe(0);
  });

  it("gives each class a row where there are more images per class than classes", async () => {
    const batch = images(6, 8, 1, (i) => i / 5);
    const picture = await decode(
      await imageGrid(batch, { classes: ["a", "b"], scale: 4, gap: 0, range: [0, 1] }),
    );
    const left = picture.width - 96;
    expect([picture.at(left + 80, 16)[0], picture.at(left + 16, 48)[0]]).toEqual([102, 153]);
    expect(picture.height).toBe(64);
  });

  it("says which labels fit no class", async () => {
    const batch = images(5, 2, 1, () => 0);
    await expect(imageGrid(batch, { classes: ["a", "b"] })).rejects.toThrow(
      "5 images do not divide among 2 classes",
    );
    await expect(imageGrid(batch, { classes: ["a", "b"], labelled: [0, 1, 2, 0, 0] })).rejects.toThrow(
      "image 2 has class 2, expected 0 to 1 (a, b)",
    );
    await expect(imageGrid(batch, { classes: ["a"], labelled: [0] })).rejects.toThrow(
      "each of 5 images, found 1",
    );
  });

  it("shortens a caption that is wider than its cell", async () => {
    const batch = images(2, 8, 1, () => 1);
    const long = "a caption that is far too long for its picture";
    const picture = await decode(await imageGrid(batch, { scale: 7, labels: [long, "b"] }));
    expect(picture.width).toBeLessThanOrEqual(2 * 84 + 4);
  });

  it("stays small: a hundred images take less than 100 kB", async () => {
    const batch = images(100, 28, 1, (i, y, x) => Math.cos((y - 14) ** 2 / 30 + (x - 14) ** 2 / (20 + i)));
    expect((await imageGrid(batch)).length).toBeLessThan(100_000);
  });

  it("says which image is of no numbers", async () => {
    const batch = images(3, 2, 1, (i, y) => (i === 1 && y === 1 ? Number.NaN : 0));
    await expect(imageGrid(batch)).rejects.toThrow("expected numbers, found NaN in image 1");
  });

  it("says what is wrong with labels, shapes, scales and ranges", async () => {
    const batch = images(6, 2, 1, () => 0);
    await expect(imageGrid(batch, { columns: 3, labels: ["a"] })).rejects.toThrow(
      "labels: expected 6 (one per image) or 2 (one per row of 3), found 1.",
    );
    await expect(imageGrid(batch, { scale: 1.5 })).rejects.toThrow(
      "scale: expected a whole number >= 1, found 1.5.",
    );
    await expect(imageGrid(batch, { range: [1, 1] })).rejects.toThrow("low < high");
    await expect(imageGrid({ ...batch, shape: [6, 2, 3, 1] })).rejects.toThrow("needs 36 numbers, found 24");
    await expect(imageGrid({ data: new Float32Array(8), shape: [1, 2, 2, 2] })).rejects.toThrow(
      "is the batch NHWC?",
    );
    await expect(imageGrid({ data: new Float32Array(0), shape: [0, 2, 2, 1] })).rejects.toThrow(
      "empty batch",
    );
  });
});
