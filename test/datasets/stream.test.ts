import { truncate } from "node:fs/promises";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { batches, gather } from "../../src/datasets/batches";
import { classList } from "../../src/datasets/classLists";
import type { ImageList, ListedDataset } from "../../src/datasets/imageList";
import { listDataset, loadDataset } from "../../src/datasets/load";
import { type StreamedBatch, type StreamOptions, streamBatches } from "../../src/datasets/stream";
import { Seed } from "../../src/tensor/random";
import { temporaryFolder } from "../temporaryFolder";
import { writeImageNet } from "./pictures";

const woof = classList("imagewoof").map(({ wnid }) => wnid);

/** A list of so many 1 x 1 images that counts what has been asked for and not been taken. */
function counted(count: number, blocks?: ImageList["blocks"]) {
  const seen = { asked: 0, order: [] as number[] };
  const list: ImageList = {
    count,
    labels: Uint8Array.from({ length: count }, (_, i) => i % 2),
    read: async (index) => {
      seen.asked++;
      seen.order.push(index);
      await setTimeout(index % 3);
      return Uint8Array.of(index % 256);
    },
    identify: async () => "",
    ...(blocks ? { blocks } : {}),
  };
  const dataset: ListedDataset = {
    name: "counted",
    classes: ["even", "odd"],
    shape: [1, 1, 1],
    train: list,
    test: list,
    source: "computed",
  };
  return { dataset, seen };
}

async function all(dataset: ListedDataset, options: StreamOptions): Promise<StreamedBatch[]> {
  const found: StreamedBatch[] = [];
  for await (const batch of streamBatches(dataset, options)) found.push(batch);
  return found;
}

describe("streamBatches", () => {
  it("gives the batches that the same seed gives in memory, from files and from memory", async () => {
    const folder = await temporaryFolder();
    await writeImageNet(folder, woof, { train: 3, val: 1 });
    const options = { folder, size: 6 };
    const listed = await listDataset("imagewoof", options);
    const dataset = await loadDataset("imagewoof", options);
    const seed = new Seed("stream");
    const expected = [
      ...batches(
        Array.from({ length: 30 }, (_, i) => i),
        { batchSize: 8, seed, epochs: 2 },
      ),
    ];
    for (const source of [listed, dataset]) {
      let step = 0;
      for await (const batch of streamBatches(source, { batchSize: 8, seed, epochs: 2 })) {
        const { indices, epoch } = expected[step]!;
        expect(batch).toMatchObject({ step, epoch, indices });
        expect(batch.images).toEqual(gather(dataset.train, dataset.shape, indices));
        expect(batch.labels).toEqual(indices.map((i) => dataset.train.labels[i]!));
        step++;
      }
      expect(step).toBe(8);
    }
  });

  it("keeps the list's order without a seed, one epoch, and takes a split and classes", async () => {
    const { dataset } = counted(10);
    const found = await all(dataset, { batchSize: 4, split: "test", classes: [1] });
    expect(found.map(({ indices }) => [...indices])).toEqual([[1, 3, 5, 7], [9]]);
    expect(found.map(({ labels }) => [...labels])).toEqual([[1, 1, 1, 1], [1]]);
    const whole = await all(dataset, { batchSize: 4, classes: [0], dropLast: true, seed: 3 });
    expect(whole).toHaveLength(1);
    await expect(all(dataset, { batchSize: 4, classes: [7] })).rejects.toThrow(/0 images give no batch of 4/);
  });

  it("refuses latents, which lie in memory as values", async () => {
    const none = {
      images: new Uint8Array(0),
      values: new Float32Array(4),
      labels: new Uint8Array(4),
      count: 4,
    };
    const latents = {
      name: "latents",
      classes: ["a"],
      shape: [1, 1, 1] as const,
      train: none,
      test: none,
      source: "",
    };
    await expect(streamBatches(latents, { batchSize: 2 }).next()).rejects.toThrow(
      /expected images, found latents/,
    );
  });

  it("goes on at a later step as if never interrupted", async () => {
    const { dataset } = counted(10);
    const options = { batchSize: 3, seed: "resumed", epochs: 2 };
    const whole = await all(dataset, options);
    expect(await all(dataset, { ...options, startStep: 5 })).toEqual(whole.slice(5));
  });

  it("holds a batch and what is read ahead, whether there are 50 images or 5000", async () => {
    for (const count of [50, 5000]) {
      const { dataset, seen } = counted(count);
      let taken = 0;
      let most = 0;
      for await (const { indices } of streamBatches(dataset, { batchSize: 10, ahead: 7, seed: 0 })) {
        most = Math.max(most, seen.asked - taken);
        taken += indices.length;
      }
      expect(taken).toBe(count);
      expect(seen.asked).toBe(count);
      expect(most).toBe(17);
    }
  });

  it("reads the next batch while this one is computed with", async () => {
    const { dataset, seen } = counted(40);
    const stream = streamBatches(dataset, { batchSize: 10 });
    await stream.next();
    expect(seen.asked).toBe(20);
    await stream.return();
    await setTimeout(10);
    expect(seen.asked).toBe(20);
  });

  it("fails at the batch that has a damaged picture, and names it", async () => {
    const folder = await temporaryFolder();
    await writeImageNet(folder, woof, { train: 3, val: 1 });
    await truncate(path.join(folder, "train", woof[4]!, `${woof[4]}_1.JPEG`), 200);
    const stream = streamBatches(await listDataset("imagewoof", { folder, size: 6 }), { batchSize: 6 });
    await stream.next();
    await stream.next();
    await expect(stream.next()).rejects.toThrow(new RegExp(`${woof[4]}_1\\.JPEG: not a readable image`));
    expect((await stream.next()).done).toBe(true);
  });

  it("shuffles within groups of the pieces that images lie in", async () => {
    const blocks = { starts: Int32Array.of(0, 10, 20, 30, 40, 50), together: 2 };
    const { dataset, seen } = counted(57, blocks);
    await all(dataset, { batchSize: 10, seed: 0 });
    expect([...seen.order].sort((a, b) => a - b)).toEqual(Array.from({ length: 57 }, (_, i) => i));
    const pieces = seen.order.map((index) => Math.floor(index / 10));
    // Each group holds two pieces, mixed; no piece comes back after its group.
    const changes = pieces.filter((piece, i) => piece !== pieces[i - 1]).length;
    expect(changes).toBeGreaterThan(12);
    for (const piece of [0, 1, 2, 3, 4, 5]) {
      const [first, last] = [pieces.indexOf(piece), pieces.lastIndexOf(piece)];
      expect(new Set(pieces.slice(first, last + 1)).size).toBeLessThanOrEqual(2);
    }
    const again = counted(57, blocks);
    await all(again.dataset, { batchSize: 10, seed: 0, classes: [1] });
    expect(again.seen.order.every((index) => index % 2 === 1)).toBe(true);
    expect(again.seen.order).toHaveLength(28);
  });
});
