// The learners that the set term looks through: who learns from what, and who stands in which group.
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { developmentSplit } from "../../src/datasets/development";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import * as keptTensors from "../../src/guidance/keptTensors";
import { learnerFeatures } from "../../src/guidance/learners";
import * as trainingNetwork from "../../src/guidance/trainingNetwork";
import { disposeFeatures } from "../../src/nn/randomFeatures";
import { engineInfo, engineReady, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { atOnce } from "../../src/tensor/stepwise";

const dataset = proceduralDataset(procedural({ size: 8, noise: 0.3 }), 24, new Seed(0));
const { fit } = developmentSplit(dataset);
const LEARNERS = 5;
const AGES = 4;
const ipc = 3;

beforeAll(async () => {
  await engineReady();
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("learners", () => {
  /** What they are taught, and the groups they stand in, without the teaching: weight "who" is [learner, age]. */
  function taught() {
    vi.spyOn(keptTensors, "keptTensors").mockReturnValue({ read: () => null, write: () => {} });
    const steps = vi.spyOn(trainingNetwork, "trainingSteps");
    steps.mockImplementation(function* (_, lessons, options) {
      return lessons.map((_lesson, learner) => ({
        network: trainingNetwork.networkToTrain(dataset, 1),
        moments: options!.moments!.map((_moment, age) => ({ who: tf.tensor1d([learner, age]) })),
      }));
    });
    const groups = atOnce(learnerFeatures(dataset, fit, ipc, new Seed("learners")));
    const who = groups.map((group) => group.map(({ weights }) => [...weights.who!.dataSync()]));
    for (const group of groups) disposeFeatures(group);
    const [, lessons, recipe] = steps.mock.calls[0]!;
    return { lessons, recipe, who };
  }

  it("learn from as many images of each class as a set has, each from draws and weights of its own", () => {
    const { lessons, recipe } = taught();
    expect(recipe).toEqual({
      moments: [25, 75, 125, 175],
      filters: 64,
      batch: 64,
      optimiser: "adamw",
      rate: 1e-3,
    });
    expect(lessons).toHaveLength(LEARNERS);
    for (const { among } of lessons) {
      expect(new Set(among).size).toBe(4 * ipc);
      expect([...among].every((place) => fit.includes(place))).toBe(true);
      for (const label of [0, 1, 2, 3])
        expect(among.filter((place) => dataset.train.labels[place] === label)).toHaveLength(ipc);
    }
    const sets = lessons.map(({ among }) => [...among].sort((a, b) => a - b).join());
    expect(new Set(sets).size).toBe(LEARNERS);
    expect(new Set(lessons.map(({ seed }) => seed.toString())).size).toBe(LEARNERS);
  });

  it("stand once each in the groups at every age, and a group has learners of all ages, all different", () => {
    const { who } = taught();
    expect(who).toHaveLength(LEARNERS);
    for (const group of who) {
      expect(group.map(([, age]) => age)).toEqual([0, 1, 2, 3]);
      expect(new Set(group.map(([learner]) => learner)).size).toBe(AGES);
    }
    for (let age = 0; age < AGES; age++)
      expect(who.map((group) => group[age]![0]).sort()).toEqual([0, 1, 2, 3, 4]);
  });
});

describe.skipIf(engineInfo.backend !== "tensorflow")("networks that are taught one after another", () => {
  it("begin with weights of their own, learn each from its own images, and are caught at the moments asked for", () => {
    const half = (part: number) => fit.filter((_, i) => i % 2 === part);
    const lessons = [
      { among: half(0), seed: new Seed("one") },
      { among: half(1), seed: new Seed("one") },
      { among: half(0), seed: new Seed("another") },
      { among: half(0), seed: new Seed("one") },
    ];
    const options = { moments: [0, 1, 3], filters: 2, batch: 8, rate: 0.1 };
    const networks = atOnce(trainingNetwork.trainingSteps(dataset, lessons, options));
    const numbers = networks.map(({ moments }) =>
      moments.map((weights) => Object.values(weights).map((tensor) => [...tensor.dataSync()])),
    );
    for (const network of networks) trainingNetwork.disposeTrainingNetwork(network);
    const [first, others, reseeded, again] = numbers;
    expect(again).toEqual(first);
    expect(others![0]).toEqual(first![0]);
    expect(others![1]).not.toEqual(first![1]);
    expect(reseeded![0]).not.toEqual(first![0]);
    expect(new Set(first!.map(String)).size).toBe(3);
  });
});
