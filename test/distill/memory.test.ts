// What the engine holds does not grow with the work.
import { beforeAll, describe, expect, it } from "vitest";
import { samplingLoop } from "../../src/diffusion/sample";
import type { Distiller } from "../../src/distill/distiller";
import { open } from "../../src/distill/open";
import { tf } from "../../src/tensor/engine";
import { smallDistiller } from "./smallDistiller";

describe("memory", () => {
  let distiller: Distiller;
  beforeAll(async () => {
    distiller = await open("fashion-mnist");
    return () => distiller.dispose();
  });

  it("does not grow over 1,000 guided steps", () => {
    const options = distiller.sampleOptions({ classes: ["Bag"], ipc: 2, steps: 1000, setWeight: 0 });
    const loop = samplingLoop(distiller.denoiser, options);
    const resident = () => process.memoryUsage().rss / 2 ** 20;
    let start = loop.begin();
    const step = () => {
      const next = loop.after(loop.take(start));
      if (next) start = next;
    };
    for (let i = 0; i < 200; i++) step(); // the allocator's pools fill
    const before = { tensors: tf.memory().numTensors, mib: resident() };
    for (let i = 0; i < 799; i++) step();
    expect(start.index).toBe(999);
    expect(tf.memory().numTensors).toBe(before.tensors);
    expect(resident() - before.mib).toBeLessThan(150);
  });

  it("holds nothing more when a distiller is disposed of, and its guides say so", async () => {
    const before = tf.memory().numTensors;
    const other = await open("fashion-mnist");
    const run = other.start({
      classes: ["Bag"],
      ipc: 2,
      steps: 4,
      mode: true,
      particle: true,
      influence: true,
    });
    await run.step();
    other.start({ classes: ["Coat"], ipc: 3, steps: 4, contextual: "context" });
    other.dispose();
    expect(tf.memory().numTensors).toBe(before);
    await expect(run.step()).rejects.toThrow(/disposed of/);
  });

  it("holds the graphs of the last kinds of sets, and gives the same when an earlier one is asked again", () => {
    // Graphs are held the same of any network: a small one compiles its eighteen in a fraction of the time.
    const small = smallDistiller();
    const classes = small.dataset.classes.slice(0, 1);
    const at = (ipc: number) => {
      const loop = samplingLoop(
        small.denoiser,
        small.sampleOptions({ classes, ipc, steps: 5, setWeight: 0 }),
      );
      return loop.take(loop.begin()).x0.data;
    };
    const first = at(2);
    const held = () => tf.memory().numTensors;
    for (let ipc = 3; ipc < 11; ipc++) at(ipc);
    const before = held();
    expect([...at(2)]).toEqual([...first]);
    for (let ipc = 11; ipc < 20; ipc++) at(ipc);
    expect(held()).toBe(before);
    small.dispose();
  });
});
