import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { type Dataset, DatasetError } from "../../src/datasets/dataset";
import { loadFashionMnist } from "../../src/datasets/fashionMnist";
import { fashionMnistFiles } from "../../src/datasets/fashionMnistFiles";
import { fetchFashionMnist, mirrors } from "../../src/datasets/fashionMnistSources";
import { loadDataset } from "../../src/datasets/load";
import type { ProgressEvent } from "../../src/tensor/progress";
import { temporaryFolder } from "../temporaryFolder";
import { fashionMnistIdxFiles } from "./fashionMnistIdxFiles";
import { serve, unreachableAddress } from "./localServer";

const noPackage = "no-such-package-of-igds";
let dataset: Dataset;
let packed: Map<string, Buffer>;

beforeAll(async () => {
  dataset = await loadDataset("fashion-mnist"); // on a fresh machine this fetches 30 MB
  packed = new Map(
    [...fashionMnistIdxFiles(dataset)].map(([name, bytes]) => [`/${name}.gz`, gzipSync(bytes, { level: 1 })]),
  );
}, 300_000);

describe("fetchFashionMnist", () => {
  it("goes on to the next mirror, keeps checked files and reports progress in bytes", async () => {
    const folder = await temporaryFolder();
    const empty = await serve(() => ({ status: 404 }));
    const good = await serve((url) => ({ body: packed.get(url) }));
    const events: ProgressEvent[] = [];
    const { contents, source } = await fetchFashionMnist([], (event) => events.push(event), {
      folder,
      mirrors: [await unreachableAddress(), empty, good],
    });
    expect(contents.trainImages.length).toBe(47_040_016);
    expect(source).toBe(`${good}, kept in ${folder}`);
    expect((await readdir(folder)).sort()).toEqual([...packed.keys()].map((url) => url.slice(1)).sort());
    expect(events.every(({ label }) => label === `Fashion-MNIST from ${good}`)).toBe(true);
    const done = events.map((event) => event.done);
    expect(done).toEqual(done.slice().sort((a, b) => a - b));
    expect(done.at(-1)).toBe([...packed.values()].reduce((sum, bytes) => sum + bytes.length, 0));

    const loaded = await loadFashionMnist({ folder });
    expect(Buffer.compare(loaded.train.images, dataset.train.images)).toBe(0);
  });

  it("lets two runs fetch into one folder at once", async () => {
    const folder = await temporaryFolder();
    const good = await serve((url) => ({ body: packed.get(url) }));
    await Promise.all([1, 2].map(() => fetchFashionMnist([], undefined, { folder, mirrors: [good] })));
    expect(await readdir(folder)).toHaveLength(4);
    expect((await loadFashionMnist({ folder })).test.count).toBe(10_000);
  });

  it("keeps nothing with the wrong SHA-256, and names every source, fault and remedy", async () => {
    const folder = await temporaryFolder();
    const wrong = await serve(() => ({ body: gzipSync(Buffer.from("a captive portal's page")) }));
    const dead = await unreachableAddress();
    const failure = await fetchFashionMnist(["/some/folder: no file train-images-idx3-ubyte"], undefined, {
      folder,
      mirrors: [wrong, dead],
      debianPackage: noPackage,
    }).catch((error: Error) => error.message);
    expect(failure).toContain("  - /some/folder: no file train-images-idx3-ubyte\n");
    expect(failure).toMatch(
      new RegExp(
        `- ${wrong}: .*should be ${fashionMnistFiles.trainImages.sha256}, found [0-9a-f]{64} \\(23 bytes\\)`,
      ),
    );
    expect(failure).toMatch(new RegExp(`- ${dead}: .*ECONNREFUSED`));
    expect(failure).toMatch(new RegExp(`- apt-get download ${noPackage}: .+`));
    for (const way of [
      "train-labels-idx1-ubyte.gz",
      "IGDS_FASHION_MNIST",
      "IGDS_FASHION_MNIST_MIRROR",
      "apt-get install",
    ]) {
      expect(failure).toContain(way);
    }
    expect(await readdir(folder)).toEqual([]);
  }, 120_000);

  it("clears away what a killed run left, but not the files of a run at work", async () => {
    const folder = await temporaryFolder();
    await mkdir(path.join(folder, ".apt-old", "download"), { recursive: true });
    await writeFile(path.join(folder, ".old.gz.1-a.tmp"), "");
    await writeFile(path.join(folder, ".new.gz.2-b.tmp"), "");
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    for (const name of [".apt-old", ".old.gz.1-a.tmp"])
      await utimes(path.join(folder, name), longAgo, longAgo);
    const good = await serve((url) => ({ body: packed.get(url) }));
    await fetchFashionMnist([], undefined, { folder, mirrors: [good] });
    expect((await readdir(folder)).filter((name) => name.startsWith("."))).toEqual([".new.gz.2-b.tmp"]);
  });

  it("says what to do where nothing can be kept", async () => {
    const file = path.join(await temporaryFolder(), "file");
    await writeFile(file, "");
    const folder = path.join(file, "fashion-mnist");
    const refused = fetchFashionMnist([], undefined, { folder, mirrors: [] });
    await expect(refused).rejects.toThrow(DatasetError);
    await expect(refused).rejects.toThrow(
      /cannot be kept in .*fashion-mnist \(.*\)\. Set IGDS_DATA to a folder/,
    );
  });

  it("asks the user's own mirror first", () => {
    process.env.IGDS_FASHION_MNIST_MIRROR = "http://mirror.example/fashion/";
    try {
      expect(mirrors()).toEqual([
        "http://mirror.example/fashion",
        expect.stringContaining("fashion-mnist.s3-website"),
        expect.stringContaining("zalandoresearch/fashion-mnist"),
      ]);
    } finally {
      delete process.env.IGDS_FASHION_MNIST_MIRROR;
    }
  });
});
