import { existsSync } from "node:fs";
import { readdir, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { loadCheckpoint } from "../../src/nn/checkpointFile";
import { dense } from "../../src/nn/layers";
import { Parameters, type Weights } from "../../src/nn/parameters";
import { writeSafetensors } from "../../src/nn/safetensors";
import { Trainer } from "../../src/nn/trainer";
import { trainingRun } from "../../src/nn/trainingRun";
import { type Scalar, type Tensor2D, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { temporaryFolder } from "../temporaryFolder";

const steps = 120;
const batch = (step: number): [Tensor2D, Tensor2D] => {
  const x = tf.tensor2d(new Seed("batch").child(step).normal(32 * 4), [32, 4]);
  return [x, x.sum(1, true).sin() as Tensor2D];
};

function makeTrainer(): Trainer<[Tensor2D, Tensor2D]> {
  const p = new Parameters();
  const first = dense<Tensor2D>(p, "first", 4, 32);
  const second = dense<Tensor2D>(p, "second", 32, 1);
  const loss = (w: Weights, x: Tensor2D, y: Tensor2D) =>
    tf.mean(tf.squaredDifference(second(w, tf.tanh(first(w, x))), y)) as Scalar;
  return new Trainer(p, loss, { seed: new Seed(0), steps, rate: 0.01, average: 0.9, weightDecay: 0.01 });
}

const recipe = { dataset: "sine", seed: "0", steps, batch: 32, rate: 0.01, average: 0.9, weightDecay: 0.01 };

describe("training", () => {
  it("learns, and a restored trainer goes on with the same numbers", () => {
    const unbroken = makeTrainer();
    const losses = Array.from({ length: steps }, (_, i) => unbroken.step(...batch(i)));
    expect(losses[steps - 1]).toBeLessThan(losses[0] / 2);
    const before = makeTrainer();
    for (let i = 0; i < 50; i++) before.step(...batch(i));
    const after = makeTrainer();
    after.restore(before.snapshot(), 50);
    const rest = Array.from({ length: steps - 50 }, (_, i) => after.step(...batch(50 + i)));
    expect(rest).toEqual(losses.slice(50));
    expect(() => after.restore(new Map(), 0)).toThrow(/nothing for "weight first.kernel"/);
  });

  it("leaves a checkpoint that says how it was made; a broken run resumes to the same bytes", async () => {
    const folder = await temporaryFolder();
    const run = (name: string) =>
      trainingRun(makeTrainer, batch, {
        file: path.join(folder, `${name}.safetensors`),
        config: { kind: "test" },
        recipe,
        saveEvery: 0,
        finish: async () => ({ note: "end" }),
      });
    for await (const event of run("unbroken")) expect(event.steps).toBe(steps);
    for await (const event of run("broken")) if (event.step === 110) break;
    expect(existsSync(path.join(folder, "broken.state.safetensors"))).toBe(true);
    let first = 0;
    for await (const event of run("broken")) first ||= event.step;
    expect(first).toBe(111);
    const [a, b] = await Promise.all(
      ["unbroken", "broken"].map((name) => loadCheckpoint(path.join(folder, `${name}.safetensors`))),
    );
    expect((await readdir(folder)).sort()).toEqual(["broken.safetensors", "unbroken.safetensors"]);
    expect([...b.weights]).toEqual([...a.weights]);
    expect(b.recipe.losses).toEqual(a.recipe.losses);
    expect(b.recipe).toMatchObject({ ...recipe, extra: { note: "end" } });
  });

  it("frees its trainer, however it ends", async () => {
    const file = path.join(await temporaryFolder(), "net.safetensors");
    const options = { file, config: { kind: "test" }, recipe };
    const dispose = vi.spyOn(Trainer.prototype, "dispose");
    const made = vi.fn(makeTrainer);
    trainingRun(made, batch, options);
    expect(made).not.toHaveBeenCalled();
    for await (const event of trainingRun(made, batch, options)) if (event.step === 2) break;
    expect(dispose).toHaveBeenCalledTimes(1);
    const wrong = trainingRun(
      made,
      () => {
        throw new Error("no images");
      },
      options,
    );
    await expect(wrong.next()).rejects.toThrow("no images");
    expect(dispose).toHaveBeenCalledTimes(2);
    dispose.mockRestore();
  });

  it("refuses a state made with other settings, and files that are no checkpoints", async () => {
    const folder = await temporaryFolder();
    const file = path.join(folder, "net.safetensors");
    const run = (rate: number) =>
      trainingRun(makeTrainer, batch, {
        file,
        config: { kind: "test" },
        recipe: { ...recipe, rate },
        saveEvery: 0,
      });
    for await (const event of run(0.01)) if (event.step === 60) break;
    await expect(run(0.02).next()).rejects.toThrow(/training run with other settings/);
    await truncate(path.join(folder, "net.state.safetensors"), 1000);
    await expect(run(0.01).next()).rejects.toThrow(/net\.state\.safetensors.*Delete it to start anew/s);
    await writeFile(
      path.join(folder, ".net.state.safetensors.lock"),
      JSON.stringify({ pid: 1, host: "far" }),
    );
    await expect(run(0.01).next()).rejects.toThrow(/another process is at work on this training .*1 on far/);
    const foreign = path.join(folder, "foreign.safetensors");
    await writeSafetensors(foreign, new Map([["a", { shape: [1], data: new Float32Array(1) }]]), {
      metadata: {},
    });
    await expect(loadCheckpoint(foreign)).rejects.toThrow(/not a checkpoint of this library/);
  });

  it("stops where the loss is not finite", () => {
    const trainer = makeTrainer();
    expect(() => trainer.step(tf.fill([32, 4], Number.NaN) as Tensor2D, tf.zeros([32, 1]))).toThrow(
      /diverged/,
    );
  });
});
