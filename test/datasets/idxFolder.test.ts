import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { loadMnist } from "../../src/datasets/idxFolder";
import { loadDataset } from "../../src/datasets/load";
import { temporaryFolder } from "../temporaryFolder";

function idx(dimensions: readonly number[], data: ArrayLike<number>): Buffer {
  const header = Buffer.alloc(4 + 4 * dimensions.length);
  header.set([0, 0, 8, dimensions.length]);
  dimensions.forEach((dimension, i) => {
    header.writeUInt32BE(dimension, 4 + 4 * i);
  });
  return Buffer.concat([header, Uint8Array.from(Array.from(data))]);
}

const count = (n: number) => Array.from({ length: n }, (_, i) => i % 256);

async function write(folder: string, prefix = ""): Promise<void> {
  const files = {
    "train-images-idx3-ubyte": idx([4, 2, 3], count(24)),
    "train-labels-idx1-ubyte": idx([4], [2, 0, 1, 2]),
    "t10k-images-idx3-ubyte": idx([3, 2, 3], count(18)),
    "t10k-labels-idx1-ubyte": idx([3], [0, 1, 2]),
  };
  for (const [i, [name, bytes]] of Object.entries(files).entries())
    await writeFile(
      path.join(folder, `${prefix}${name}${i % 2 === 0 ? ".gz" : ""}`),
      i % 2 === 0 ? gzipSync(bytes) : bytes,
    );
}

describe("a folder of IDX files", () => {
  it("is read whatever stands before the names, plain or gzip, with sizes from the files", async () => {
    const folder = await temporaryFolder();
    await write(folder, "emnist-digits-");
    const dataset = await loadDataset("mnist", { folder });
    expect(dataset).toMatchObject({ classes: ["0", "1", "2"], shape: [2, 3, 1], source: folder });
    expect([...dataset.train.labels]).toEqual([2, 0, 1, 2]);
    expect([...dataset.train.images.subarray(6, 12)]).toEqual([6, 7, 8, 9, 10, 11]);
    expect([...dataset.test.labels]).toEqual([0, 1, 2]);
  });

  it("is refused if files are missing, there twice, or do not fit together", async () => {
    const folder = await temporaryFolder();
    const refused = () => loadMnist({ folder }).then(({ name }) => name);
    await expect(refused()).rejects.toThrow(/expected \{train,t10k\}-\{images-idx3.*found nothing/);
    await write(folder);
    await write(folder, "kmnist-");
    await expect(refused()).rejects.toThrow(/found kmnist-train-images.*only one can be meant/);
    for (const name of ["train-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte.gz"])
      await rm(path.join(folder, `kmnist-${name}`));
    for (const name of ["train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"])
      await rm(path.join(folder, `kmnist-${name}`));
    const labels = path.join(folder, "train-labels-idx1-ubyte");
    await writeFile(labels, idx([3], [0, 1, 2]));
    await expect(refused()).rejects.toThrow(/a label for each of the 4 images .* found 3/);
    await writeFile(labels, idx([4], [0, 1, 1, 1]));
    await expect(refused()).rejects.toThrow(
      /train-labels-idx1-ubyte: expected images of each class from 0 to 2, found none of 2$/,
    );
    await writeFile(labels, idx([4], [1, 2, 1, 2]));
    await expect(refused()).rejects.toThrow(
      /found none of 0\. Labels that count from 1, as .* EMNIST letters/,
    );
    await write(folder);
    const images = path.join(folder, "t10k-images-idx3-ubyte.gz");
    await writeFile(images, idx([3, 3, 2], count(18)));
    await expect(refused()).rejects.toThrow(/images of one size, found 2 x 3 x 1 and 3 x 2/);
    await writeFile(images, idx([18], count(18)));
    await expect(refused()).rejects.toThrow(/expected images as count x height x width .* found 18/);
  });
});
