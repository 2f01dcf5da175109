import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Dataset } from "../../src/datasets/dataset";
import { loadFashionMnist } from "../../src/datasets/fashionMnist";
import { fashionMnistFiles } from "../../src/datasets/fashionMnistFiles";
import { findDataset, loadDataset } from "../../src/datasets/load";
import { temporaryFolder } from "../temporaryFolder";
import { fashionMnistIdxFiles } from "./fashionMnistIdxFiles";

let dataset: Dataset;
const environment = process.env.IGDS_FASHION_MNIST;

beforeAll(async () => {
  dataset = await loadDataset("fashion-mnist"); // on a fresh machine this fetches 30 MB
}, 300_000);

afterEach(() => {
  if (environment === undefined) delete process.env.IGDS_FASHION_MNIST;
  else process.env.IGDS_FASHION_MNIST = environment;
});

describe("Fashion-MNIST", () => {
  it("has the published counts, classes and pixels", () => {
    expect(dataset.shape).toEqual([28, 28, 1]);
    for (const [split, count] of [
      [dataset.train, 60_000],
      [dataset.test, 10_000],
    ] as const) {
      expect([split.count, split.images.length, split.labels.length]).toEqual([count, count * 784, count]);
      const perClass = new Array(10).fill(0);
      for (const label of split.labels) perClass[label] += 1;
      expect(perClass).toEqual(new Array(10).fill(count / 10));
    }
    expect(Array.from(dataset.train.labels.slice(0, 6)).map((label) => dataset.classes[label])).toEqual([
      "Ankle boot",
      "T-shirt/top",
      "T-shirt/top",
      "Dress",
      "T-shirt/top",
      "Pullover",
    ]);
    // The mean by which the literature normalises the images: 0.2860 on a scale of 0 to 1.
    const sum = dataset.train.images.reduce((total, byte) => total + byte, 0);
    expect(sum / dataset.train.images.length / 255).toBeCloseTo(0.286, 4);
  });

  it.each([
    ["train-images-idx3-ubyte", 1504176606, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"],
    ["train-labels-idx1-ubyte", 1504176606, "25c81989df183df01b3e8a0aad5dffbe"],
    ["t10k-images-idx3-ubyte", 1504176627, "bef4ecab320f06d8554ea6380940ec79"],
    ["t10k-labels-idx1-ubyte", 1504176627, "bb300cfdad3c16e7a12a480ee83cd310"],
  ])("%s is the authors' own file, by the MD5 that they publish", async (name, time, md5) => {
    const file = path.join((await findDataset("fashion-mnist"))!, `${name}.gz`);
    if (!existsSync(file)) return expect(existsSync(file.slice(0, -3))).toBe(true); // plain files have no gzip MD5
    const bytes = await readFile(file);
    // Debian strips the name and the time of packing from the gzip header: put them back.
    const header = Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]);
    header.writeUInt32LE(time, 4);
    const hasName = (bytes[3]! & 8) !== 0;
    const original = hasName ? bytes : Buffer.concat([header, Buffer.from(`${name}\0`), bytes.subarray(10)]);
    expect(createHash("md5").update(original).digest("hex")).toBe(md5);
  });

  it("is shared between loads, and says where it is", async () => {
    expect(await loadDataset("fashion-mnist")).toBe(dataset);
    // As `open` hands its options on.
    const others = { denoiser: "dit", onProgress: () => {} };
    expect(await loadDataset("fashion-mnist", others)).toBe(dataset);
    expect(dataset.source).toContain((await findDataset("fashion-mnist"))!);
  });
});

describe("a folder that the user names", () => {
  it("is read whether its files are plain or gzip", async () => {
    const folder = await temporaryFolder();
    let plain = false;
    for (const [name, bytes] of fashionMnistIdxFiles(dataset)) {
      await writeFile(
        path.join(folder, plain ? name : `${name}.gz`),
        plain ? bytes : gzipSync(bytes, { level: 1 }),
      );
      plain = !plain;
    }
    process.env.IGDS_FASHION_MNIST = folder;
    const loaded = await loadFashionMnist();
    expect(loaded.source).toBe(folder);
    expect(Buffer.compare(loaded.train.images, dataset.train.images)).toBe(0);
    expect(loaded.test.labels).toEqual(dataset.test.labels);
    expect(await findDataset("fashion-mnist")).toBe(folder);
    await expect(loadFashionMnist({ folder: path.join(folder, "other") })).rejects.toThrow(
      /named by the folder option/,
    );
  });

  it("is refused with the file, both sums and the remedy when a file has other contents", async () => {
    const folder = await temporaryFolder();
    for (const [name, bytes] of fashionMnistIdxFiles(dataset)) {
      if (name === fashionMnistFiles.testLabels.name) bytes[bytes.length - 1]! ^= 1;
      await writeFile(path.join(folder, name), bytes);
    }
    await expect(loadDataset("fashion-mnist", { folder })).rejects.toThrow(
      /t10k-labels-idx1-ubyte is not Fashion-MNIST's.*should be 0402a96d.*found [0-9a-f]{64} \(10008 bytes\)/,
    );
  });

  it("is not passed over silently when files are missing", async () => {
    const folder = await temporaryFolder();
    process.env.IGDS_FASHION_MNIST = folder;
    await expect(loadFashionMnist()).rejects.toThrow(
      /no file t\w+-\w+-idx\d-ubyte or .*\.gz in .*\n.*named by IGDS_FASHION_MNIST; it must hold train-images-idx3-ubyte,/,
    );
    expect(await findDataset("fashion-mnist")).toBeNull();
  });
});

describe("loadDataset", () => {
  it("names the datasets it knows when asked for another", async () => {
    const message = /Unknown dataset "emnist": expected one of fashion-mnist/;
    await expect(loadDataset("emnist")).rejects.toThrow(message);
    await expect(findDataset("emnist")).rejects.toThrow(message);
  });
});
