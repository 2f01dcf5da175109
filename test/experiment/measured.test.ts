// What the measures of a set are taken of: the images as its files hold them.
import { afterEach, expect, it, vi } from "vitest";
import { gather } from "../../src/datasets/batches";
import { developmentSplit } from "../../src/datasets/development";
import { RealManifold } from "../../src/evaluate/coverage";
import { roundToBytes } from "../../src/evaluate/labelledSet";
import type { Cell } from "../../src/experiment/cell";
import { cellMeter } from "../../src/experiment/measureCells";
import type { Models } from "../../src/experiment/models";
import * as storedSets from "../../src/experiment/storedSet";
import type { ImageBatch } from "../../src/tensor/batch";
import { Seed } from "../../src/tensor/random";
import { smallDataset } from "../distill/smallDistiller";

afterEach(() => {
  vi.restoreAllMocks();
});

it("the measures of a set are those of its images rounded to bytes", async () => {
  const dataset = smallDataset(120);
  /** A judge who sees what lies between two bytes, a thousand times larger than it is. */
  const between = ({ data }: ImageBatch) =>
    data.map((value) => value + 1000 * Math.abs((value + 1) * 127.5 - Math.round((value + 1) * 127.5)));
  const reference = {
    temperature: 1,
    featureCount: 64,
    features: between,
    logits: (images: ImageBatch) => between(images).filter((_, i) => i % 64 < 4),
  };
  const models = { dataset: async () => dataset, reference: async () => reference } as unknown as Models;
  const data = new Seed("set").normal(8 * 64).map((value) => Math.tanh(value));
  const images: ImageBatch = { data, shape: [8, 8, 8, 1] };
  const labels = Int32Array.of(0, 0, 1, 1, 2, 2, 3, 3);
  vi.spyOn(storedSets, "storedSet").mockResolvedValue({
    images,
    labels,
    settings: { method: "random" },
    hash: "hash",
  } as never);
  const cell = { ipc: 2, seed: 0, variant: { name: "random", options: { method: "random" } } } as Cell;
  const measure = await cellMeter(models, "sets")(cell, "key");

  const { heldOut } = developmentSplit(dataset);
  const real = new RealManifold(between(gather(dataset.train, dataset.shape, heldOut)), 64);
  const { frechet, vendi, precision } = real.coverageOf(between(roundToBytes(images)));
  expect(measure.coverage.frechet).toBeCloseTo(frechet, 2);
  expect(measure.coverage.vendi).toBeCloseTo(vendi, 3);
  expect(measure.coverage.precision).toBeCloseTo(precision, 4);
  expect(Math.abs(real.coverageOf(between(images)).frechet - frechet)).toBeGreaterThan(1);
  expect(measure).toMatchObject({ key: "key", name: "random", method: "random", ipc: 2, set: "hash" });
});
