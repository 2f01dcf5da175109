import { cp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { classList } from "../../src/datasets/classLists";
import { DatasetError } from "../../src/datasets/dataset";
import { listDataset, loadDataset } from "../../src/datasets/load";
import { openParquet } from "../../src/datasets/parquetShards";
import { streamBatches } from "../../src/datasets/stream";
import { Seed } from "../../src/tensor/random";
import { temporaryFolder } from "../temporaryFolder";

const fixtures = path.join(__dirname, "fixtures", "parquet");
const level = (images: Uint8Array, i: number) => images[i * 12]!;

describe("Parquet shards", () => {
  it("give the wanted classes in the order of the class list, matched by name", async () => {
    const dataset = await loadDataset("imagenette", { folder: path.join(fixtures, "nette"), size: 2 });
    expect(dataset.classes).toEqual(classList("imagenette").map(({ wnid }) => wnid));
    expect([dataset.train.count, dataset.test.count]).toEqual([30, 10]);
    // Label 2 of the file (tabby) and label 11 (bookcase) are of no wanted class.
    const labelOf = (row: number) => [0, 1, -1, 2, 3, 4, 5, 6, 7, 8, 9, -1][row % 12]!;
    const rows = Array.from({ length: 36 }, (_, row) => row).filter((row) => labelOf(row) >= 0);
    rows.forEach((row, i) => {
      expect(dataset.train.labels[i]).toBe(labelOf(row));
      expect(Math.abs(level(dataset.train.images, i) - row)).toBeLessThanOrEqual(1);
    });
    expect(Math.abs(level(dataset.test.images, 9) - 110)).toBeLessThanOrEqual(1);
    // As files with the same counts: the test split is the one with labels.
    expect(dataset.source).toContain("miniature");
  });

  it("are streamed with few row groups at a time, every image once", async () => {
    const pictures = await listDataset("imagenette", { folder: path.join(fixtures, "nette"), size: 2 });
    const blocks = pictures.train.blocks!;
    // Groups of 5 and 7 rows, 18 in each shard: 0, 5, 10, 15 and 18, 25, 32, less the rows that are not
    // wanted.
    expect([...blocks.starts]).toEqual([0, 4, 9, 12, 15, 21, 27]);
    expect(blocks.together).toBeGreaterThan(7);
    const seen: number[] = [];
    for await (const { indices, images, labels } of streamBatches(pictures, { batchSize: 7, seed: 1 }))
      indices.forEach((index, i) => {
        seen.push(index);
        expect(labels[i]).toBe(pictures.train.labels[index]);
        expect(images.data[i * 12]! * 127.5 + 127.5).toBeLessThan(40);
      });
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(seen).not.toEqual([...seen].sort((a, b) => a - b));
  });

  it("have Tiny ImageNet by its ids, sorted, and own datasets with what names they have", async () => {
    const tiny = await loadDataset("tiny-imagenet", { folder: path.join(fixtures, "tiny"), size: 2 });
    expect(tiny.classes).toEqual(["n01443537", "n02124075", "n04067472"]);
    expect([...tiny.train.labels]).toEqual([1, 0, 2, 1, 0, 2]);
    expect([...tiny.test.labels]).toEqual([2, 0, 1]);
    const own = await loadDataset("image-folder", { folder: path.join(fixtures, "nette"), size: 2 });
    expect(own.classes[2]).toBe("tabby, tabby cat");
    expect(own.train.count).toBe(36);
    const { names, labels } = await openParquet([path.join(fixtures, "plain", "train.parquet")]);
    expect([names, [...labels]]).toEqual([null, [1, 0, 1, 0]]);
  });

  it("are refused if a shard or a class is missing, or a file is damaged or unknown", async () => {
    const folder = await temporaryFolder();
    await cp(path.join(fixtures, "nette"), folder, { recursive: true });
    const refused = (name = "imagenette") => loadDataset(name, { folder, size: 2 }).then((one) => one.name);
    await expect(refused("imagewoof")).rejects.toThrow(
      /found no n02096294 \(Australian terrier\).*its 12 classes \(tench/,
    );
    const shard = path.join(folder, "data", "train-00001-of-00002.parquet");
    const whole = await readFile(shard);
    await rm(shard);
    await expect(refused()).rejects.toThrow(
      /expected 2 shards as the name .*train-00000-of-00002.* says, found 1/,
    );
    await writeFile(shard, "no parquet");
    await expect(refused()).rejects.toThrow(
      /train-00001-of-00002\.parquet: cannot be read as Parquet \(.*\)\. Fetch it again/,
    );
    await writeFile(shard, whole);
    await truncate(shard, whole.length - 200);
    await expect(refused()).rejects.toThrow(/train-00001-of-00002\.parquet: cannot be read as Parquet/);
    // A picture that is none: the first JPEG's first bytes, in the shard that is not compressed.
    await writeFile(shard, whole);
    const validation = path.join(folder, "data", "validation-00000-of-00001.parquet");
    const bytes = await readFile(validation);
    bytes.fill(
      0,
      bytes.indexOf(Buffer.from([0xff, 0xd8, 0xff])),
      bytes.indexOf(Buffer.from([0xff, 0xd8, 0xff])) + 8,
    );
    await writeFile(validation, bytes);
    await expect(refused()).rejects.toThrow(
      /validation-00000-of-00001\.parquet, row 0 \(100\.jpg\): not a readable image/,
    );
    // Without the labelled split only the one without labels is left.
    await rm(validation);
    await expect(refused()).rejects.toThrow(/test-00000.*found -1 in row 0: this split has no labels/);
  });

  it("are read again where reading failed for a moment", async () => {
    const file = path.join(await temporaryFolder(), "train.parquet");
    const whole = await readFile(path.join(fixtures, "nette", "data", "train-00000-of-00002.parquet"));
    await writeFile(file, whole);
    const split = await openParquet([file]);
    await truncate(file, 10);
    await expect(split.picture(0)).rejects.toThrow(/train\.parquet: cannot be read as Parquet/);
    await writeFile(file, whole);
    expect((await split.picture(0)).bytes.length).toBeGreaterThan(0);
  });

  it("with any byte changed are read or refused in words", async () => {
    const whole = await readFile(path.join(fixtures, "nette", "data", "train-00000-of-00002.parquet"));
    const file = path.join(await temporaryFolder(), "train.parquet");
    const seed = new Seed("damage");
    let refused = 0;
    for (let i = 0; i < 150; i++) {
      const bytes = Buffer.from(whole);
      const [place, value] = seed.child(i).integers(2, 1 << 16);
      bytes[bytes.length - 1 - (place! % 3000)] = value! & 255; // the footer and the last pages
      await writeFile(file, bytes);
      try {
        const split = await openParquet([file]);
        for (let row = 0; row < split.count; row++) await split.picture(row);
      } catch (error) {
        expect(error).toBeInstanceOf(DatasetError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(10);
  });

  it("say so where compression is unknown", async () => {
    const folder = path.join(fixtures, "plain");
    await expect(loadDataset("image-folder", { folder, size: 2 })).rejects.toThrow(
      /plain\/test\.parquet: cannot be read .*Write it anew with Snappy, gzip or no compression/,
    );
  });
});
