// What a step of a denoiser's training learns from.
import { beforeAll, describe, expect, it } from "vitest";
import { developmentSplit } from "../../src/datasets/development";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import { alphaBar, T } from "../../src/diffusion/schedule";
import { denoiserTraining } from "../../src/diffusion/trainDenoiser";
import { dit } from "../../src/nn/dit";
import { engineReady, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";

const shapes = proceduralDataset(procedural({ size: 8, noise: 0.3 }), 60, new Seed(0));
const CLASSES = 4;
const space = { height: 8, width: 8, channels: 1, classes: CLASSES };
const network = dit({ kind: "dit", ...space, patch: 4, dim: 8, depth: 1, heads: 1 });
const { fit } = developmentSplit(shapes);
const STEPS = 50;
const BATCH = 64;

interface Drawn {
  readonly image: string;
  readonly t: number;
  readonly signal: number;
  readonly noiseScale: number;
  readonly label: number;
  readonly noise: Float32Array;
}

/** All that the steps draw, image by image. */
function drawnBy(options: { classDropout?: number; seed?: number } = {}): Drawn[] {
  const training = denoiserTraining(network, shapes, { file: "", batch: BATCH, ...options });
  return Array.from({ length: STEPS }, (_, step) => {
    const inputs = training.inputs(step);
    const [x0, noise, signal, noiseScale, t, y] = inputs.map((tensor) => tensor.dataSync());
    tf.dispose([...inputs]);
    return Array.from({ length: BATCH }, (_, i) => ({
      image: x0!.slice(i * 64, i * 64 + 64).join(),
      noise: Float32Array.from(noise!.slice(i * 64, i * 64 + 64)),
      signal: signal![i]!,
      noiseScale: noiseScale![i]!,
      t: t![i]!,
      label: y![i]!,
    }));
  }).flat();
}

describe("the batches that a denoiser learns from", () => {
  let drawn: Drawn[];
  beforeAll(async () => {
    await engineReady();
    drawn = drawnBy();
  });

  it("have the null class for a tenth of the labels, and for as many as are asked for", () => {
    const share = (of: Drawn[]) => of.filter(({ label }) => label === CLASSES).length / of.length;
    const far = (p: number) => 4 * Math.sqrt((p * (1 - p)) / drawn.length);
    expect(Math.abs(share(drawn) - 0.1)).toBeLessThan(far(0.1));
    expect(Math.abs(share(drawnBy({ classDropout: 0.5 })) - 0.5)).toBeLessThan(far(0.5));
    expect(share(drawnBy({ classDropout: 0 }))).toBe(0);
  });

  it("have all time steps equally often, each with its own part of the signal", () => {
    const sorted = drawn.map(({ t }) => t / T).sort((a, b) => a - b);
    for (const part of [0.1, 0.25, 0.5, 0.75, 0.9])
      expect(Math.abs(sorted[Math.floor(part * sorted.length)]! - part)).toBeLessThan(0.04);
    for (const { t, signal, noiseScale } of drawn) {
      expect(signal).toBeCloseTo(Math.sqrt(alphaBar[t]!), 5);
      expect(noiseScale).toBeCloseTo(Math.sqrt(1 - alphaBar[t]!), 5);
    }
  });

  it("have the images to fit on in turn, each with its own label, and no held-out one", () => {
    const { images, labels } = shapes.train;
    const known = new Map(
      Array.from(fit, (place) => [
        Float32Array.from(images.subarray(place * 64, place * 64 + 64), (byte) => byte / 127.5 - 1).join(),
        labels[place]!,
      ]),
    );
    const seen = new Map<string, number>();
    for (const { image, label } of drawn) {
      if (label !== CLASSES) expect(known.get(image)).toBe(label);
      seen.set(image, (seen.get(image) ?? 0) + 1);
    }
    // Of 220 images 192 are in the whole batches of an epoch; 50 steps are 16 epochs and two batches.
    expect([...seen.keys()].every((image) => known.has(image))).toBe(true);
    expect(seen.size).toBe(known.size);
    expect(Math.max(...seen.values())).toBeLessThanOrEqual(17);
    const epoch = (k: number) => drawn.slice(k * 192, (k + 1) * 192).map(({ image }) => image);
    expect(new Set(epoch(0)).size).toBe(192);
    expect(epoch(1)).not.toEqual(epoch(0));
  });

  it("have noise of variance one, drawn anew for each", () => {
    const square = (noise: Float32Array) => noise.reduce((sum, value) => sum + value * value, 0) / 64;
    const variance = drawn.reduce((sum, { noise }) => sum + square(noise), 0) / drawn.length;
    expect(variance).toBeCloseTo(1, 1);
    expect(new Set(drawn.map(({ noise }) => noise[0])).size).toBeGreaterThan(0.99 * drawn.length);
  });
});
