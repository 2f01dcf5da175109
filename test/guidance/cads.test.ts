import { expect, it } from "vitest";
import { Denoiser } from "../../src/diffusion/denoiser";
import { type ConditionNoise, sample } from "../../src/diffusion/sample";
import { alphaBar, T } from "../../src/diffusion/schedule";
import { annealing, cads } from "../../src/guidance/cads";
import { dit } from "../../src/nn/dit";
import { Parameters } from "../../src/nn/parameters";
import { unet } from "../../src/nn/unet";
import { type Tensor, type Tensor4D, tf } from "../../src/tensor/engine";
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

/** The best denoiser of images N(class embedding, variance I), an embedding being as long as an image. */
function embeddingDenoiser(variance: number): Denoiser {
  const p = new Parameters();
  const schedule = p.add("schedule", [T, 1], { constant: 0 });
  const table = p.add("class.table", [4, 16], { constant: 0 });
  const bias = p.add("time.2.bias", [16], { constant: 0 });
  const weights = {
    schedule: tf.tensor2d(Float32Array.from(alphaBar), [T, 1]),
    "class.table": tf.tensor2d(seed.child("table").normal(64), [4, 16]).mul(0.5),
    "time.2.bias": tf.zeros([16]),
  };
  return new Denoiser(
    {
      config: { kind: "embedding", ...space },
      parameters: p,
      apply(w, x, t, y) {
        const a = tf.matMul(tf.oneHot(t, T).cast("float32"), schedule(w)).reshape([-1, 1, 1, 1]);
        const told = tf.add(tf.matMul(tf.oneHot(y, 4).cast("float32"), table(w)), bias(w));
        const mean = tf.mul(told.reshape([-1, 4, 4, 1]), tf.sqrt(a));
        const gain = tf.div(tf.sqrt(tf.sub(1, a)), tf.add(tf.mul(a, variance), tf.sub(1, a)));
        return tf.mul(tf.sub(x, mean), gain) as Tensor4D;
      },
    },
    weights,
  );
}

it("makes the images of a class differ more, more so the stronger the noise", async () => {
  const denoiser = embeddingDenoiser(0.05);
  const of = new Array<number>(64).fill(1);
  const spread = async (conditionNoise?: ConditionNoise): Promise<number> => {
    const { images } = await sample(denoiser, {
      labels: of,
      seed,
      steps: 20,
      guidanceScale: 1,
      clip: false,
      ...(conditionNoise ? { conditionNoise } : {}),
    });
    return tf.tidy(() => {
      const rows = tf.tensor2d(images.data, [64, 16]);
      return tf.mean(tf.squaredDifference(rows, tf.mean(rows, 0, true).tile([64, 1]))).dataSync()[0];
    });
  };
  // What is told at high noise is soon forgotten: the window must reach down to where the images take shape.
  const plain = await spread();
  const [weak, strong] = [
    await spread(cads({ scale: 1, anneal: [0.02, 0.3], mix: 0 })),
    await spread(cads({ scale: 2, anneal: [0.02, 0.3], mix: 0 })),
  ];
  expect(weak).toBeGreaterThan(1.1 * plain);
  expect(strong).toBeGreaterThan(1.3 * weak);
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
