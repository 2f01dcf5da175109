// An evaluation, and the training of the reference classifier, that were broken off: they go on, to the same numbers.
import { readdir, truncate } from "node:fs/promises";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import { disposeIdleClassifiers } from "../../src/evaluate/classifierPool";
import { evaluateSet } from "../../src/evaluate/evaluateSet";
import { EvaluationStates } from "../../src/evaluate/evaluationStates";
import { evaluateSets } from "../../src/evaluate/overSeeds";
import { realSetLike } from "../../src/evaluate/realSetLike";
import { trainReferenceClassifier } from "../../src/evaluate/referenceClassifier";
import { loadCheckpoint } from "../../src/nn/checkpointFile";
import { engineInfo } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { temporaryFolder } from "../temporaryFolder";

const dataset = proceduralDataset(procedural({ noise: 0.3 }), 60, new Seed(0));
const labels = Int32Array.from({ length: 40 }, (_, i) => Math.floor(i / 10));
const sets = [0, 1].map((seed) => realSetLike(labels, dataset, "fit", new Seed(seed)));
const [set] = sets;
const settings = {
  network: { kind: "convnet", depth: 2, filters: 8 },
  seeds: [0, 1, 2],
  steps: 10,
  batch: 16,
  checkpoints: 3,
  confusion: true,
} as const;

/** Evaluates, and breaks off after so many steps of all networks. @returns where it began */
async function evaluate(states: EvaluationStates, { breakAt = Number.POSITIVE_INFINITY, more = {} } = {}) {
  const steps: number[] = [];
  const onProgress = ({ done }: { done: number }) => {
    steps.push(done);
    if (done >= breakAt) throw new Error("broken off");
  };
  const result = await evaluateSet(set!, dataset, { ...settings, ...more, states, onProgress }).catch(
    (error: Error) => {
      if (error.message !== "broken off") throw error;
      return null;
    },
  );
  return { steps, result };
}

afterAll(disposeIdleClassifiers);

describe.skipIf(engineInfo.backend !== "tensorflow")("an evaluation that was broken off", () => {
  it("goes on within a network, to the same numbers, and leaves nothing", async () => {
    const folder = path.join(await temporaryFolder(), "states");
    const fresh = () => new EvaluationStates(folder, { saveEvery: 0 });
    const unbroken = await evaluateSet(set!, dataset, settings);
    for (const [breakAt, begun] of [
      [5, 1],
      [17, 5],
      [18, 17],
    ] as const) {
      const states = fresh();
      const { steps } = await evaluate(states, { breakAt });
      expect(steps[0]).toBe(begun);
      await states.close();
    }
    const states = fresh();
    const { steps, result } = await evaluate(states);
    expect(steps[0]).toBe(18);
    expect(result).toEqual(unbroken);
    // Asked again it is done, until the states are removed.
    expect(await evaluate(states)).toEqual({ steps: [], result: unbroken });
    await states.remove();
    await expect(readdir(folder)).rejects.toThrow(/ENOENT/);
  });

  it("keeps finished sets, and begins anew with another set, setting or version", async () => {
    const folder = await temporaryFolder();
    const first = new EvaluationStates(folder, { version: "1" });
    const unbroken = await evaluateSet(set!, dataset, { ...settings, states: first });
    await first.close();
    const begins = async (version: string, more = {}) => {
      const states = new EvaluationStates(folder, { version });
      const { steps } = await evaluate(states, { more });
      await states.close();
      return steps[0];
    };
    expect(await begins("1")).toBeUndefined();
    expect(await begins("2")).toBe(1);
    expect(await begins("1", { batch: 8 })).toBe(1);
    const states = new EvaluationStates(folder, { version: "1" });
    const done: number[] = [];
    const onProgress = (event: { done: number }) => done.push(event.done);
    const both = await evaluateSets(sets, dataset, { ...settings, states, onProgress });
    expect(done[0]).toBe(31); // the second set alone
    expect(both.sets[0]).toEqual(unbroken);
    await states.close();
  });

  it("goes without a state where another process keeps it, or the folder cannot be made", async () => {
    const folder = await temporaryFolder();
    const [one, other] = [new EvaluationStates(folder), new EvaluationStates(folder)];
    const { result } = await evaluate(one);
    expect((await evaluate(other)).result).toEqual(result);
    await Promise.all([one.close(), other.close()]);
    const said: string[] = [];
    const states = new EvaluationStates(path.join(__filename, "none"), { say: (line) => said.push(line) });
    expect((await evaluate(states)).result).toEqual(result);
    expect(said).toEqual([expect.stringMatching(/is not kept.*begins anew/)]);
    const [file] = (await readdir(folder)).filter((name) => !name.startsWith("."));
    await truncate(path.join(folder, file!), 20);
    await expect(evaluate(new EvaluationStates(folder))).rejects.toThrow(/Delete it to start anew/);
  });

  it("is none of the reference classifier's: its training goes on by itself", async () => {
    const folder = await temporaryFolder();
    const train = (name: string, breakAt = Number.POSITIVE_INFINITY) => {
      const steps: number[] = [];
      const file = path.join(folder, `${name}.safetensors`);
      const onProgress = ({ done }: { done: number }) => {
        steps.push(done);
        if (done >= breakAt) throw new Error("broken off");
      };
      return trainReferenceClassifier(dataset, {
        file,
        filters: 8,
        steps: 60,
        batch: 16,
        saveEvery: 0,
        onProgress,
      })
        .then((classifier) => classifier.dispose())
        .catch((error: Error) => expect(error.message).toBe("broken off"))
        .then(() => steps);
    };
    await train("unbroken");
    await train("broken", 55);
    expect((await train("broken"))[0]).toBe(56);
    const [a, b] = await Promise.all(
      ["unbroken", "broken"].map((name) => loadCheckpoint(path.join(folder, `${name}.safetensors`))),
    );
    expect([...b!.weights]).toEqual([...a!.weights]);
    expect({ ...b!.recipe, seconds: 0 }).toEqual({ ...a!.recipe, seconds: 0 });
    expect((await readdir(folder)).sort()).toEqual(["broken.safetensors", "unbroken.safetensors"]);
  });
});
