import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { developmentSplit } from "../../src/datasets/development";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import { ClassContext } from "../../src/distill/classContext";
import type { Distiller } from "../../src/distill/distiller";
import { open } from "../../src/distill/open";
import { TaughtNetworks } from "../../src/distill/taught";
import { learnerFeatures } from "../../src/guidance/learners";
import { trainingSteps } from "../../src/guidance/trainingNetwork";
import { disposeFeatures, type FeatureMap } from "../../src/nn/randomFeatures";
import { engineReady, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { atOnce, bitByBit } from "../../src/tensor/stepwise";
import { temporaryFolder } from "../temporaryFolder";

const dataset = proceduralDataset(procedural({ noise: 0.3, size: 8 }), 20, new Seed(0));
const { fit } = developmentSplit(dataset);

beforeAll(async () => {
  await engineReady();
});

/** An empty folder for what is kept: nothing has been taught yet. */
async function forget(): Promise<void> {
  vi.stubEnv("IGDS_DATA", await temporaryFolder());
}

afterEach(() => vi.unstubAllEnvs());

const numbers = (groups: readonly (readonly FeatureMap[])[]) =>
  groups.map((group) =>
    group.map(({ weights }) => Object.values(weights).map((tensor) => tensor.dataSync())),
  );

describe("networks that learn before they guide", () => {
  it("come out the same bit by bit as in one go, and say how far they are", async () => {
    const learners = () => learnerFeatures(dataset, fit, 1, new Seed("learners"));
    await forget();
    const whole = atOnce(learners());
    await forget();
    const told: number[] = [];
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const bits = await bitByBit(learners(), ({ done, total }) => {
      expect(total).toBe(875);
      told.push(done);
    });
    clearInterval(timer);
    expect(told).toEqual(Array.from({ length: 875 }, (_, i) => i + 1));
    expect(turns).toBeGreaterThan(10);
    expect(numbers(bits)).toEqual(numbers(whole));
    for (const group of [...whole, ...bits]) disposeFeatures(group);
  });

  it("leave nothing in the engine where a cell is interrupted on the way", async () => {
    const before = tf.memory().numTensors;
    const work = trainingSteps(dataset, [{ among: fit, seed: new Seed(0) }], {
      moments: [0, 2, 6],
      batch: 4,
    });
    const cell = new AbortController();
    const signal = Symbol.for("Jupyter.signal");
    Object.defineProperty(globalThis, signal, { value: cell.signal, configurable: true });
    const interrupted = bitByBit(work, ({ done }) => {
      if (done === 3) cell.abort(new Error("interrupted"));
    });
    await expect(interrupted).rejects.toThrow("interrupted");
    Reflect.deleteProperty(globalThis, signal);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("are taught once for all who wait, each of whom is told", async () => {
    await forget();
    const taught = new TaughtNetworks(dataset, new ClassContext(dataset));
    const needs = ["learners 1"] as const;
    const told = [0, 0];
    expect(taught.has("learners 1")).toBe(false);
    await Promise.all([0, 1].map((who) => taught.prepare(needs, () => told[who]!++)));
    expect(taught.has("learners 1")).toBe(true);
    expect(told[0]).toBe(875);
    expect(told[1]).toBeGreaterThan(870);
    await taught.prepare(needs, () => told[0]!++);
    expect(told[0]).toBe(875);
    const going = taught.prepare(["influence"]);
    taught.dispose();
    await expect(going).rejects.toThrow("This distiller has been disposed of");
  });
});

describe("a run that needs them", () => {
  let distiller: Distiller;

  beforeAll(async () => {
    distiller = await open();
  });

  afterAll(() => distiller.dispose());

  it("begins at once, and tells of them during its first step alone", async () => {
    await forget();
    const told: string[] = [];
    const one = {
      classes: ["Bag"],
      ipc: 1,
      steps: 2,
      onProgress: ({ done, total }: { done: number; total: number }) => void told.push(`${done}/${total}`),
    } as const;
    const run = distiller.start(one);
    expect(told).toEqual([]);
    await run.step();
    expect([told[0], told.at(-1)]).toEqual(["1/875", "875/875"]);
    await run.finish();
    const again = distiller.start(one);
    await again.finish();
    expect(told).toHaveLength(875);
    expect(again.images.data).toEqual(run.images.data);
    expect(run.last.guidance.terms.map(({ name }) => name)).toEqual(["prototype", "set"]);
  }, 300_000);
});
