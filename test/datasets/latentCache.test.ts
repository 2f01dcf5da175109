import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { gather } from "../../src/datasets/batches";
import { classList } from "../../src/datasets/classLists";
import type { Dataset } from "../../src/datasets/dataset";
import { cacheLatents, type LatentCacheOptions } from "../../src/datasets/latentCache";
import { listDataset } from "../../src/datasets/load";
import type { ImageBatch } from "../../src/tensor/batch";
import { temporaryFolder } from "../temporaryFolder";
import { jpeg, writeImageNet } from "./pictures";

/** 23 images of 2 x 2 x 1, all different. */
const dataset: Dataset = {
  name: "few",
  classes: ["a", "b"],
  shape: [2, 2, 1],
  train: {
    images: Uint8Array.from({ length: 92 }, (_, i) => i),
    labels: Uint8Array.from({ length: 23 }, (_, i) => i % 2),
    count: 23,
  },
  test: { images: Uint8Array.of(1, 2, 3, 4), labels: Uint8Array.of(1), count: 1 },
  source: "computed",
};

/** Sum and difference of the first two values of each image, and the images that were encoded. */
function encoder() {
  const seen: number[] = [];
  const encode = ({ data, shape: [count] }: ImageBatch): Float32Array => {
    seen.push(count);
    return Float32Array.from(
      { length: 2 * count },
      (_, i) => data[4 * (i >> 1)]! + (i % 2 ? -1 : 1) * data[4 * (i >> 1) + 1]!,
    );
  };
  const encoded = () => seen.reduce((a, b) => a + b, 0);
  return { encode, encoded, seen };
}

async function options(): Promise<LatentCacheOptions & ReturnType<typeof encoder>> {
  const { encode, encoded, seen } = encoder();
  const folder = await temporaryFolder();
  return {
    folder,
    encode,
    encoded,
    seen,
    latentShape: [1, 1, 2],
    encoder: "v1",
    batchSize: 4,
    shardSize: 10,
  };
}

describe("cacheLatents", () => {
  it("encodes each image once, in batches, and reads any of them back", async () => {
    const given = await options();
    const progress: number[] = [];
    const latents = await cacheLatents(dataset, { ...given, onProgress: ({ done }) => progress.push(done) });
    expect(given.seen).toEqual([4, 4, 2, 4, 4, 2, 3]);
    expect(progress.at(-1)).toBe(23);
    expect(latents).toMatchObject({ count: 23, shape: [1, 1, 2], reused: 0, labels: dataset.train.labels });
    const wanted = [22, 0, 9, 10, 9];
    const direct = encoder().encode(gather(dataset.train, dataset.shape, wanted));
    expect(await latents.read(wanted)).toEqual(direct);
    await expect(latents.read([23])).rejects.toThrow(/0 \.\. 22, found 23/);
    const again = await cacheLatents(dataset, given);
    expect([given.encoded(), again.reused]).toEqual([23, 23]);
    expect(await again.read(wanted)).toEqual(direct);
  });

  it("goes on where it was interrupted, and mends what is damaged", async () => {
    const given = await options();
    let calls = 0;
    const breaks = (batch: ImageBatch) => {
      if (calls++ === 4) throw new Error("power cut");
      return given.encode(batch);
    };
    await expect(cacheLatents(dataset, { ...given, encode: breaks })).rejects.toThrow("power cut");
    expect(given.encoded()).toBe(14);
    const latents = await cacheLatents(dataset, given);
    // The first shard of ten was whole; the four of the second were not kept.
    expect([given.encoded(), latents.reused]).toEqual([14 + 13, 10]);
    const shards = (await readdir(latents.folder)).filter((name) => name.endsWith(".f32")).sort();
    expect(shards).toEqual(["latents-00000.f32", "latents-00001.f32", "latents-00002.f32"]);
    const whole = await Promise.all(shards.map((name) => readFile(path.join(latents.folder, name))));
    const damaged = Buffer.from(whole[1]!);
    damaged[5]! ^= 1;
    await writeFile(path.join(latents.folder, shards[1]!), damaged);
    await truncate(path.join(latents.folder, shards[2]!), 20);
    const mended = await cacheLatents(dataset, given);
    expect(mended.reused).toBe(10);
    for (const [i, name] of shards.entries())
      expect(Buffer.compare(await readFile(path.join(latents.folder, name)), whole[i]!)).toBe(0);
  });

  it("is another cache for other images, another encoder or another size", async () => {
    const given = await options();
    const folders = new Set<string>();
    const other: Dataset = {
      ...dataset,
      train: { ...dataset.train, images: dataset.train.images.with(7, 255) },
    };
    for (const [of, change] of [
      [dataset, {}],
      [other, {}],
      [dataset, { encoder: "v2" }],
      [dataset, { split: "test" as const }],
      [dataset, { latentShape: [2, 1, 1] as const }],
    ] as const) {
      const latents = await cacheLatents(of, { ...given, ...change });
      folders.add(latents.folder);
    }
    expect(folders.size).toBe(5);
    const [first] = folders;
    await writeFile(path.join(first!, "cache.json"), "{}");
    await expect(cacheLatents(dataset, given)).rejects.toThrow(
      /cache\.json: expected the note of this cache/,
    );
  });

  it("takes listed datasets, and knows when a file has changed", async () => {
    const given = await options();
    const pictures = await temporaryFolder();
    const wnids = classList("imagewoof").map(({ wnid }) => wnid);
    await writeImageNet(pictures, wnids, { train: 2, val: 1 });
    const list = () => listDataset("imagewoof", { folder: pictures, size: 2 });
    const encode = ({ shape: [count] }: ImageBatch) => new Float32Array(2 * count);
    const first = await cacheLatents(await list(), { ...given, encode });
    expect([first.count, first.reused]).toEqual([20, 0]);
    await writeFile(path.join(pictures, "train", wnids[0]!, `${wnids[0]}_0.JPEG`), await jpeg(9, 40, 40));
    const second = await cacheLatents(await list(), { ...given, encode });
    expect([second.reused, second.folder === first.folder]).toEqual([0, false]);
    const cutAs = async (cut: "evaluator" | "adm") =>
      cacheLatents(await listDataset("imagewoof", { folder: pictures, size: 2, cut }), { ...given, encode });
    expect(await cutAs("evaluator")).toMatchObject({ reused: 20, folder: second.folder });
    const other = await cutAs("adm");
    expect([other.reused, other.folder === second.folder]).toEqual([0, false]);
  });

  it("refuses what no encoder should give, and keeps nothing of it", async () => {
    const given = await options();
    const bad = (encode: LatentCacheOptions["encode"]) => cacheLatents(dataset, { ...given, encode });
    await expect(bad(() => new Float32Array(7))).rejects.toThrow(
      /4 latents of 1 x 1 x 2, 8 numbers, .* found 7/,
    );
    await expect(bad(() => new Float32Array(8).fill(Number.NaN, 5))).rejects.toThrow(/found NaN for image 2/);
    await expect(cacheLatents(dataset, { ...given, shardSize: 0 })).rejects.toThrow(
      /shardSize as a whole number/,
    );
    const latents = await cacheLatents(dataset, given);
    expect(latents.reused).toBe(0);
  });
});
