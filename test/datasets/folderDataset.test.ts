import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { folderDataset } from "../../src/datasets/folderDataset";
import { loadDataset } from "../../src/datasets/load";

describe("folderDataset", () => {
  let folder: string;

  const picture = async (file: string, grey: number, width: number, height: number) => {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await sharp({ create: { width, height, channels: 3, background: { r: grey, g: grey, b: grey } } })
      .toColourspace("b-w")
      .toFile(path.join(folder, file));
  };

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), "igds-folder-"));
    for (let i = 0; i < 6; i++) {
      await picture(`dark/${i}.png`, 10, 30 + i, 20);
      await picture(`bright/${i}.jpg`, 240, 20, 40);
    }
    writeFileSync(path.join(folder, "notes.txt"), "passed over");
    writeFileSync(path.join(folder, "dark", "notes.txt"), "passed over");
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("reads pictures of any size and format, classes in alphabetical order, a part kept for tests", async () => {
    const dataset = await folderDataset(folder, { size: 8 });
    expect(dataset.classes).toEqual(["bright", "dark"]);
    expect(dataset.shape).toEqual([8, 8, 1]);
    expect([dataset.train.count, dataset.test.count]).toEqual([10, 2]);
    expect(dataset.train.images).toHaveLength(10 * 64);
    dataset.train.labels.forEach((label, i) => {
      const level = dataset.train.images[i * 64]!;
      expect(Math.abs(level - (label === 0 ? 240 : 10))).toBeLessThan(3);
    });
    expect([...dataset.test.labels].sort()).toEqual([0, 1]);
  });

  it("gives colours where asked, and the same split again", async () => {
    const first = await folderDataset(folder, { size: 4, channels: 3, seed: 5 });
    expect(first.shape).toEqual([4, 4, 3]);
    expect(await folderDataset(folder, { size: 4, channels: 3, seed: 5 })).toEqual(first);
  });

  it("is grey only if all pictures are", async () => {
    const mixed = mkdtempSync(path.join(os.tmpdir(), "igds-mixed-"));
    for (const [label, name, from] of [
      ["a", "0.png", "dark/0.png"],
      ["a", "1.png", "dark/1.png"],
      ["b", "0.png", "dark/2.png"],
      ["b", "1.png", ""],
    ] as const) {
      await mkdir(path.join(mixed, label), { recursive: true });
      const to = path.join(mixed, label, name);
      if (from) await copyFile(path.join(folder, from), to);
      else await sharp({ create: { width: 9, height: 9, channels: 3, background: "red" } }).toFile(to);
    }
    expect((await folderDataset(mixed, { size: 4 })).shape).toEqual([4, 4, 3]);
    expect((await folderDataset(mixed, { size: 4, channels: 1 })).shape).toEqual([4, 4, 1]);
    rmSync(mixed, { recursive: true });
  });

  it("refuses classes that no set can have as folders", async () => {
    const alike = mkdtempSync(path.join(os.tmpdir(), "igds-alike-"));
    for (const label of ["a cat", "a-cat"])
      for (const name of ["0.png", "1.png"]) {
        await mkdir(path.join(alike, label), { recursive: true });
        await copyFile(path.join(folder, "dark", "0.png"), path.join(alike, label, name));
      }
    await expect(folderDataset(alike, { size: 4 })).rejects.toThrow('"a cat" and "a-cat" both give "a-cat"');
    rmSync(alike, { recursive: true });
  });

  it("takes folders train and val as the two splits", async () => {
    const divided = mkdtempSync(path.join(os.tmpdir(), "igds-divided-"));
    for (const split of ["train", "val"])
      for (const label of ["bright", "dark"]) {
        await mkdir(path.join(divided, split, label), { recursive: true });
        await copyFile(path.join(folder, "dark", "0.png"), path.join(divided, split, label, "0.png"));
      }
    await copyFile(path.join(folder, "dark", "0.png"), path.join(divided, "train", "dark", "1.png"));
    const { train, test, classes } = await loadDataset("image-folder", { folder: divided, size: 8 });
    expect([classes, [...train.labels], [...test.labels]]).toEqual([
      ["bright", "dark"],
      [0, 1, 1],
      [0, 1],
    ]);
    rmSync(path.join(divided, "val", "dark"), { recursive: true });
    await mkdir(path.join(divided, "val", "grey"));
    await copyFile(path.join(folder, "dark", "0.png"), path.join(divided, "val", "grey", "0.png"));
    await expect(folderDataset(divided, { size: 8 })).rejects.toThrow(
      /same classes in train and val, found bright, dark/,
    );
    rmSync(divided, { recursive: true });
  });

  it("says what is wrong with a folder", async () => {
    await expect(folderDataset(path.join(folder, "none"), { size: 8 })).rejects.toThrow("no such folder");
    await expect(folderDataset(path.join(folder, "dark"), { size: 8 })).rejects.toThrow("found 0 folders");
    await expect(folderDataset(folder, { size: 0 })).rejects.toThrow("whole number of pixels");
    const damaged = path.join(folder, "dark", "6.png");
    writeFileSync(damaged, "no picture");
    await expect(folderDataset(folder, { size: 8 })).rejects.toThrow("6.png: not a readable image");
    rmSync(damaged);
  });
});
