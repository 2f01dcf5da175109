// What igds evaluate makes of its options, and how it says what came out. What the networks learn is made up.
import path from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { evaluateCommand } from "../../src/cli/evaluate";
import { gather } from "../../src/datasets/batches";
import type { Dataset } from "../../src/datasets/dataset";
import * as load from "../../src/datasets/load";
import { distillInto } from "../../src/distill/distill";
import type { Evaluation } from "../../src/evaluate/evaluateSet";
import type { LabelledSet } from "../../src/evaluate/labelledSet";
import * as over from "../../src/evaluate/overSeeds";
import * as references from "../../src/evaluate/referenceClassifier";
import { meanInterval } from "../../src/evaluate/statistics";
import { engineReady } from "../../src/tensor/engine";
import { smallDataset } from "../distill/smallDistiller";
import { temporaryFolder } from "../temporaryFolder";
import { runCommand } from "./runCommand";

let dataset: Dataset;
beforeAll(async () => {
  await engineReady();
  // By the name of one that can be opened: what is opened is this one.
  dataset = { ...smallDataset(12), name: "fashion-mnist" };
});

/** Accuracies of the networks of a set, after the last step and at best. */
interface Scores {
  readonly last: readonly number[];
  readonly best: readonly number[];
}

/** Runs the command; the sets that it is given score as told. */
async function evaluate(
  args: readonly string[],
  scores: readonly Scores[] = [{ last: [50, 54], best: [61, 63] }],
) {
  const asked: { sets: readonly LabelledSet[]; options: Parameters<typeof over.evaluateSets>[2] }[] = [];
  let next = 0;
  vi.spyOn(load, "loadDataset").mockResolvedValue(dataset);
  vi.spyOn(over, "evaluateSets").mockImplementation(async (sets, _, options = {}) => {
    asked.push({ sets, options });
    const evaluations = sets.map((set): Evaluation => {
      const { last, best } = scores[next++]!;
      return {
        ipc: set.labels.length / 4,
        protocol: options.protocol!,
        network: "a network",
        labels: set.targets ? "soft" : "hard",
        on: options.on!,
        seeds: options.seeds!.map(String),
        steps: 9,
        last: meanInterval(last),
        best: meanInterval(best),
      };
    });
    const spread = (of: "last" | "best") => over.overSeeds(evaluations.map((one) => one[of].values));
    return { sets: evaluations, last: spread("last"), best: spread("best") };
  });
  // Its answers are the same for every image.
  const probabilities = ({ shape: [count] }: { shape: readonly number[] }) =>
    Float32Array.from({ length: count! * 4 }, (_, i) => [0.7, 0.1, 0.15, 0.05][i % 4]!);
  const reference = vi.spyOn(references, "loadReferenceClassifier");
  let judge: unknown[] = [];
  reference.mockImplementation(async (...given) => {
    judge = given;
    return { probabilities, dispose: () => {} } as never;
  });
  const state = path.join(await temporaryFolder(), "states");
  const { stdout } = await runCommand(evaluateCommand(), ...args, "--state", state);
  return { asked, stdout, judge };
}

async function sets(count: number): Promise<string[]> {
  const folder = await temporaryFolder();
  return Promise.all(
    Array.from({ length: count }, async (_, seed) => {
      const set = path.join(folder, `${seed}`);
      await distillInto(set, dataset, { method: "random", ipc: 2, seed });
      return set;
    }),
  );
}

describe("igds evaluate", () => {
  it("trains on hard labels by the protocol's own settings, and tests on test images, if nothing else is asked", async () => {
    const { asked } = await evaluate(await sets(1));
    const [{ sets: given, options }] = asked as [(typeof asked)[number]];
    expect(given[0]).not.toHaveProperty("targets");
    const { states: _, onProgress: __, ...settings } = options!;
    expect(settings).toEqual({ method: "random", protocol: "quick", seeds: [0, 1, 2], on: "test" });
  });

  it("hands options on", async () => {
    const what = ["--protocol", "imagenet-convnet6", "--on", "held-out", "--steps", "7", "--repeats", "2"];
    const { asked } = await evaluate([...(await sets(1)), ...what, "--input-size", "16"]);
    expect(asked[0]!.options).toMatchObject({
      protocol: "imagenet-convnet6",
      on: "held-out",
      steps: 7,
      checkpoints: 7,
      seeds: [0, 1],
      inputSize: 16,
    });
  });

  it("takes the labels of the reference classifier with --soft, that of a file where one is named", async () => {
    const { asked, stdout, judge } = await evaluate([
      ...(await sets(1)),
      "--soft",
      "--reference",
      "judge.safetensors",
    ]);
    const [set] = asked[0]!.sets;
    expect(set!.targets).toEqual(
      Float32Array.from({ length: 8 * 4 }, (_, i) => [0.7, 0.1, 0.15, 0.05][i % 4]!),
    );
    expect(judge).toEqual([dataset, "judge.safetensors"]);
    expect(stdout).toContain("soft labels");
  });

  it("trains on all real training images with --whole", async () => {
    const { asked } = await evaluate(["--whole", "--steps", "2"]);
    const [set] = asked[0]!.sets;
    const all = Int32Array.from({ length: dataset.train.count }, (_, i) => i);
    expect(set!.images).toEqual(gather(dataset.train, dataset.shape, all));
    expect([...set!.labels]).toEqual([...dataset.train.labels]);
  });

  it("says of a single set what its networks scored, each number with its own interval", async () => {
    const folders = await sets(1);
    const { stdout } = await evaluate([...folders, "--repeats", "2"]);
    // Of two values, the interval is 12.706 times half their distance.
    expect(stdout).toBe(
      "a network (quick) trained on 2 images per class, hard labels, 2 networks, accuracy on the test images of fashion-mnist:\n" +
        "  last step  52.0 % +- 25.4 (95 % interval)\n" +
        "  best step  62.0 % +- 12.7 (95 % interval)\n",
    );
    const json = JSON.parse((await evaluate([...folders, "--repeats", "2", "--json"])).stdout);
    expect(json).toMatchObject({ dataset: "fashion-mnist", last: { mean: 52 }, best: { mean: 62 }, ipc: 2 });
    const one = await evaluate([...folders, "--repeats", "1"], [{ last: [50], best: [61] }]);
    expect(one.stdout).toMatch(/, 1 network, .*:\n {2}last step {2}50\.0 %\n {2}best step {2}61\.0 %\n$/);
  });

  it("says of several sets what they scored over the sets, and against those of another method", async () => {
    const [a, b, c, d] = (await sets(4)) as [string, string, string, string];
    const scores = [
      { last: [50, 52], best: [60, 62] },
      { last: [54, 56], best: [66, 68] },
      { last: [40, 42], best: [41, 43] },
      { last: [43, 45], best: [45, 47] },
    ];
    const args = [a, b, "--repeats", "2", "--against", c, d];
    const { stdout, asked } = await evaluate(args, scores);
    expect(asked.map(({ sets: given }) => given.length)).toEqual([2, 2]);
    expect(stdout).toBe(
      "a network (quick) trained on 2 images per class, hard labels, 2 sets, 2 networks each, accuracy on the test images of fashion-mnist:\n" +
        "  last step  53.0 % +- 25.4 (95 % interval over sets), deviation 2.8 between sets, 1.4 between networks\n" +
        "  best step  64.0 % +- 38.1 (95 % interval over sets), deviation 4.2 between sets, 1.4 between networks\n" +
        "against:\n" +
        "a network (quick) trained on 2 images per class, hard labels, 2 sets, 2 networks each, accuracy on the test images of fashion-mnist:\n" +
        "  last step  42.5 % +- 19.1 (95 % interval over sets), deviation 2.1 between sets, 1.4 between networks\n" +
        "  best step  44.0 % +- 25.4 (95 % interval over sets), deviation 2.8 between sets, 1.4 between networks\n" +
        "difference of the last step, set by set: 10.50 +- 6.35; p = 0.030 (paired t), 0.50 (exact sign flips)\n",
    );
    const json = JSON.parse((await evaluate([...args, "--json"], scores)).stdout);
    expect(json.test.difference.mean).toBe(10.5);
    expect(json.against.last.mean.values).toEqual([41, 44]);
    expect(json.last.mean.values).toEqual([51, 55]);
  });
});
