import { beforeAll, describe, expect, it } from "vitest";
import { gather } from "../../src/datasets/batches";
import { type Dataset, indicesByClass, type Split } from "../../src/datasets/dataset";
import { loadDataset } from "../../src/datasets/load";
import { selectKMeans } from "../../src/distill/selectKMeans";
import { selectRandom } from "../../src/distill/selectRandom";
import { kMeans } from "../../src/information/kMeans";
import type { ProgressEvent } from "../../src/tensor/progress";
import { Seed } from "../../src/tensor/random";

const seed = new Seed("select");
let dataset: Dataset;
/** The first 1,000 training images: about 100 per class. */
let some: Split;

beforeAll(async () => {
  dataset = await loadDataset("fashion-mnist"); // on a fresh machine this fetches 30 MB
  const { images, labels } = dataset.train;
  some = { images: images.subarray(0, 784_000), labels: labels.subarray(0, 1000), count: 1000 };
}, 300_000);

function squaredDistance(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
}

describe("selectRandom", () => {
  it("draws different images of the right class", () => {
    const selection = selectRandom(dataset.train, dataset.classes, 50, seed);
    expect(selection).toHaveLength(10);
    selection.forEach((indices, label) => {
      expect(new Set(indices).size).toBe(50);
      expect(Array.from(indices, (i) => dataset.train.labels[i])).toEqual(new Array(50).fill(label));
    });
  });

  it("nests the sets of one seed, and changes with the seed", () => {
    const ten = selectRandom(some, dataset.classes, 10, seed);
    expect(selectRandom(some, dataset.classes, 1, seed)).toEqual(
      ten.map((indices) => indices.subarray(0, 1)),
    );
    expect(selectRandom(some, dataset.classes, 10, seed)).toEqual(ten);
    expect(selectRandom(some, dataset.classes, 10, seed.child(1))).not.toEqual(ten);
  });

  it("keeps to the images that it may choose from", () => {
    const among = Int32Array.from({ length: 500 }, (_, i) => 2 * i + 1);
    for (const index of selectRandom(some, dataset.classes, 20, seed, among).flatMap((list) => [...list])) {
      expect(index % 2).toBe(1);
    }
  });

  it("refuses more images than there are, and no IPC at all", () => {
    expect(() => selectRandom(some, dataset.classes, 500, seed)).toThrow(
      /Class "T-shirt\/top" has \d+ images to choose from, fewer than IPC 500/,
    );
    expect(() => selectRandom(some, dataset.classes, 0, seed)).toThrow(/whole number of at least 1/);
  });
});

describe("selectKMeans", () => {
  it("takes at IPC 1 the image nearest to the mean of the class", async () => {
    const selection = await selectKMeans(some, dataset.shape, dataset.classes, 1, seed);
    const classes = indicesByClass(some.labels, 10);
    for (const [label, members] of classes.entries()) {
      const images = Array.from(members, (i) => gather(some, dataset.shape, [i]).data);
      const mean = new Float32Array(784);
      for (const image of images) for (let c = 0; c < 784; c++) mean[c]! += image[c]! / images.length;
      const distances = images.map((image) => squaredDistance(image, mean));
      expect(selection[label]).toEqual(Int32Array.of(members[distances.indexOf(Math.min(...distances))]!));
    }
  });

  it("takes one image of each cluster, the nearest to its centroid, large clusters first", async () => {
    const k = 6;
    const selection = await selectKMeans(some, dataset.shape, dataset.classes, k, seed);
    const members = indicesByClass(some.labels, 10)[8]!;
    const { data } = gather(some, dataset.shape, members);
    const { centroids, assignment, counts } = kMeans(data, 784, k, seed.child("select k-means", 8));
    const places = Array.from(selection[8]!, (index) => members.indexOf(index));
    const clusters = places.map((place) => assignment[place]!);
    expect(new Set(clusters).size).toBe(k);
    const sizes = clusters.map((cluster) => counts[cluster]!);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    const row = (i: number) => data.subarray(i * 784, (i + 1) * 784);
    places.forEach((place, n) => {
      const centroid = centroids.subarray(clusters[n]! * 784, (clusters[n]! + 1) * 784);
      const own = squaredDistance(row(place), centroid);
      assignment.forEach((cluster, i) => {
        if (cluster === clusters[n]) expect(own).toBeLessThanOrEqual(squaredDistance(row(i), centroid));
      });
    });
  });

  it("is closer to the images of its class than a random choice", async () => {
    const chosen = await selectKMeans(some, dataset.shape, dataset.classes, 5, seed);
    const random = selectRandom(some, dataset.classes, 5, seed);
    const members = indicesByClass(some.labels, 10);
    const cost = (selection: Int32Array, label: number) => {
      const centres = Array.from(selection, (i) => gather(some, dataset.shape, [i]).data);
      return Array.from(members[label]!, (i) => {
        const image = gather(some, dataset.shape, [i]).data;
        return Math.min(...centres.map((centre) => squaredDistance(image, centre)));
      }).reduce((a, b) => a + b);
    };
    for (let label = 0; label < 10; label++)
      expect(cost(chosen[label]!, label)).toBeLessThan(cost(random[label]!, label));
  });

  it("repeats itself, reports progress, and keeps to the images that it may choose from", async () => {
    const among = Int32Array.from({ length: 300 }, (_, i) => i + 100);
    const events: ProgressEvent[] = [];
    const run = (onProgress?: (event: ProgressEvent) => void) =>
      selectKMeans(some, dataset.shape, dataset.classes, 3, seed, onProgress, among);
    const selection = await run((event) => events.push(event));
    expect(await run()).toEqual(selection);
    expect(events.map(({ done, total }) => `${done}/${total}`)).toEqual(
      Array.from({ length: 10 }, (_, i) => `${i + 1}/10`),
    );
    for (const index of selection.flatMap((list) => [...list])) {
      expect(index).toBeGreaterThanOrEqual(100);
      expect(index).toBeLessThan(400);
    }
  });
});
