import { expect, it } from "vitest";
import { Denoiser } from "../../src/diffusion/denoiser";
import { sample } from "../../src/diffusion/sample";
import { annealing, cads } from "../../src/guidance/cads";
import { dit } from "../../src/nn/dit";
import { unet } from "../../src/nn/unet";
import { type Tensor, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { gaussianDenoiser } from "./gaussianDenoiser";

const space = { height: 4, width: 4, channels: 1, classes: 3 };
const seed = new Seed("cads");
const labels = [2, 2, 0];

/** A random denoiser in which everything, the class included, has an effect. */
function awake(kind: "dit" | "unet"): Denoiser {
  const network =
    kind === "dit"
      ? dit({ kind, ...space, patch: 2, dim: 8, depth: 1, heads: 2 })
      : unet({ kind, ...space, widths: [4, 8], blocks: [1, 1], heads: 1, groups: 2 });
  const weights = Object.fromEntries(
    [...network.parameters.entries].map(([path, { shape }]) => {
      const count = shape.reduce((a, b) => a * b, 1);
      const values = seed.child(path).normal(count);
      return [path, tf.tensor(values, [...shape]).mul(0.3)];
    }),
  ) as Record<string, Tensor>;
  return new Denoiser(network, weights);
}

it("anneals from the class to noise, and keeps mean and deviation of the embedding", () => {
  expect([0, 600, 750, 900, 999].map((t) => annealing(t, [0.6, 0.9]))).toEqual([
    1,
    1,
    expect.closeTo(0.5, 10),
    0,
    0,
  ]);
  const embedding = seed
    .child("embedding")
    .normal(2000)
    .map((v) => 0.3 * v + 0.1);
  const noise = () => seed.child("noise").normal(2000);
  const moments = (values: Float32Array) => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return [mean, Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length)];
  };
  const [mean, deviation] = moments(embedding);
  expect(cads().noised(embedding, 300, noise)).toBeNull();
  for (const t of [700, 850, 999]) {
    const kept = moments(cads().noised(embedding, t, noise)!);
    expect(kept[0]).toBeCloseTo(mean, 4);
    expect(kept[1]).toBeCloseTo(deviation, 4);
  }
  // Without the mix, yhat = sqrt(gamma) y + s deviation sqrt(1 - gamma) n.
  const loose = cads({ scale: 2, mix: 0 }).noised(embedding, 750, noise)!;
  const n = noise();
  loose.forEach((value, e) => {
    expect(value).toBeCloseTo(Math.SQRT1_2 * (embedding[e] + 2 * deviation * n[e]), 4);
  });
});

it.each(["dit", "unet"] as const)("shifts the class embedding of each image by itself: %s", (kind) => {
  const denoiser = awake(kind);
  const { size, rows, values } = denoiser.classEmbedding();
  expect(rows).toBe(4);
  const x = { data: seed.child("x").normal(3 * 16), shape: [3, 4, 4, 1] as const };
  const row = (label: number) => values.subarray(label * size, (label + 1) * size);
  for (const guidanceScale of [1, 2]) {
    // Image 1 is told class 1 by the shift, the others keep theirs.
    const shift = new Float32Array(3 * size);
    shift.set(
      row(1).map((value, e) => value - row(2)[e]),
      size,
    );
    const told = denoiser.epsilon(x, { t: 500, labels: Int32Array.from(labels), guidanceScale, shift });
    const plain = denoiser.epsilon(x, { t: 500, labels: Int32Array.from([2, 1, 0]), guidanceScale });
    told.forEach((value, i) => {
      expect(value).toBeCloseTo(plain[i], 4);
    });
    const other = denoiser.epsilon(x, { t: 500, labels: Int32Array.from(labels), guidanceScale });
    expect([...told.subarray(0, 16)]).toEqual([...other.subarray(0, 16)].map((v) => expect.closeTo(v, 4)));
    expect(Math.hypot(...told.subarray(16, 32).map((v, i) => v - other[16 + i]))).toBeGreaterThan(0.01);
  }
  denoiser.dispose();
});

it("gives an image the same noise in any batch", async () => {
  const denoiser = awake("unet");
  const options = { seed, steps: 5, guidanceScale: 2, conditionNoise: cads({ scale: 1 }) };
  const names = [
    ["a", 0],
    ["a", 1],
    ["b", 0],
  ];
  const all = await sample(denoiser, { ...options, labels, names });
  const last = await sample(denoiser, { ...options, labels: [0], names: [["b", 0]] });
  last.images.data.forEach((value, i) => {
    expect(value).toBeCloseTo(all.images.data[32 + i], 3);
  });
  const plain = await sample(denoiser, { seed, steps: 5, guidanceScale: 2, labels, names });
  expect(plain.images.data).not.toEqual(all.images.data);
  denoiser.dispose();
});

it("says which networks it works with, and which settings are none", async () => {
  const denoiser = gaussianDenoiser(space, [0, 0, 0], 1);
  await expect(sample(denoiser, { labels, seed, steps: 2, conditionNoise: cads() })).rejects.toThrow(
    /class embedding.*"gaussian" does not/s,
  );
  expect(() => cads({ anneal: [0.9, 0.6] })).toThrow(/anneal 0.9, 0.6/);
  denoiser.dispose();
});
