import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadCifar100 } from "../../src/datasets/cifar";
import { DatasetError } from "../../src/datasets/dataset";
import { loadDataset } from "../../src/datasets/load";
import { temporaryFolder } from "../temporaryFolder";

const PLANE = 1024;

/** Records as the binary versions have them: label bytes, then the red, green and blue plane. */
function records(count: number, classes: number, labelBytes: number, first = 0): Buffer {
  const size = labelBytes + 3 * PLANE;
  const bytes = Buffer.alloc(count * size);
  for (let i = 0; i < count; i++) {
    const label = (first + i) % classes;
    const start = i * size + labelBytes;
    if (labelBytes === 2) bytes[start - 2] = label % 20;
    bytes[start - 1] = label;
    // Pixel 33, in row 1 and column 1, tells planes and rows apart.
    for (const channel of [0, 1, 2]) bytes[start + channel * PLANE + 33] = 10 * (channel + 1) + (label % 10);
  }
  return bytes;
}

const names = (count: number) => Array.from({ length: count }, (_, i) => `class ${i}`).join("\n");

describe("CIFAR", () => {
  let ten: string;
  let hundred: string;

  beforeAll(async () => {
    ten = await mkdtemp(path.join(os.tmpdir(), "cifar-10-"));
    for (const i of [1, 2, 3, 4, 5])
      await writeFile(path.join(ten, `data_batch_${i}.bin`), records(10_000, 10, 1, i));
    await writeFile(path.join(ten, "test_batch.bin"), records(10_000, 10, 1));
    // The real file ends with empty lines.
    await writeFile(path.join(ten, "batches.meta.txt"), `${names(10)}\n\n`);
    hundred = await mkdtemp(path.join(os.tmpdir(), "cifar-100-"));
    await writeFile(path.join(hundred, "train.bin"), records(50_000, 100, 2));
    await writeFile(path.join(hundred, "test.bin"), records(10_000, 100, 2));
    await writeFile(path.join(hundred, "fine_label_names.txt"), names(100));
  });

  afterAll(async () => {
    for (const folder of [ten, hundred]) await rm(folder, { recursive: true, force: true });
  });

  it("10 is read batch by batch, planes as pixels", async () => {
    const { classes, shape, train, test } = await loadDataset("cifar-10", { folder: ten });
    expect([classes[9], classes.length, ...shape]).toEqual(["class 9", 10, 32, 32, 3]);
    expect([train.count, test.count]).toEqual([50_000, 10_000]);
    expect([...train.labels.subarray(0, 3), train.labels[10_000], train.labels[49_999]]).toEqual([
      1, 2, 3, 2, 4,
    ]);
    const pixel = (i: number, at: number) => [
      ...train.images.subarray((i * PLANE + at) * 3, (i * PLANE + at + 1) * 3),
    ];
    expect(pixel(0, 33)).toEqual([11, 21, 31]);
    expect(pixel(10_000, 33)).toEqual([12, 22, 32]);
    expect([...pixel(0, 32), ...pixel(0, 34)]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("100 is read with its fine labels", async () => {
    const { classes, train, test } = await loadDataset("cifar-100", { folder: hundred });
    expect(classes).toHaveLength(100);
    expect([train.labels[99], train.labels[100], test.labels[55]]).toEqual([99, 0, 55]);
    expect([...test.images.subarray((55 * PLANE + 33) * 3, (55 * PLANE + 34) * 3)]).toEqual([15, 25, 35]);
  });

  it("says what is missing, and where to get it", async () => {
    const folder = await temporaryFolder();
    await expect(loadDataset("cifar-10", { folder })).rejects.toThrow(DatasetError);
    await expect(loadDataset("cifar-100", { folder })).rejects.toThrow(
      /CIFAR-100: .*no fine_label_names\.txt.*cifar-100-binary\.tar\.gz of https:.*MD5 03b5dce0/,
    );
  });

  it("refuses files that are cut short, other labels, counts and names", async () => {
    const file = path.join(hundred, "test.bin");
    // Not `loadDataset`, which remembers; and no dataset may end in a message.
    const refused = () => loadCifar100({ folder: hundred }).then(({ name }) => name);
    await truncate(file, 10_000 * 3074 - 1);
    await expect(refused()).rejects.toThrow(
      /test\.bin: expected 30740000 bytes \(10000 records of 3074\), found 30739999: it is cut short/,
    );
    const wrong = records(10_000, 100, 2);
    wrong[3074 + 1] = 100;
    await writeFile(file, wrong);
    await expect(refused()).rejects.toThrow(/expected labels below 100, found 100 in record 1/);
    wrong[3074 + 1] = 2;
    await writeFile(file, wrong);
    await expect(refused()).rejects.toThrow(/expected 100 images of each class, found 99 with label 1/);
    await writeFile(path.join(hundred, "fine_label_names.txt"), names(20));
    await expect(refused()).rejects.toThrow(
      /fine_label_names\.txt: expected 100 class names, one on each line, found 20/,
    );
  });
});
