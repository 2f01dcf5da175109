import { copyFile, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { auditCommand } from "../../src/cli/audit";
import { batchSizeFor } from "../../src/cli/batchSize";
import { benchCommand } from "../../src/cli/bench";
import { distillCommand } from "../../src/cli/distill";
import { evaluateCommand } from "../../src/cli/evaluate";
import { figuresCommand } from "../../src/cli/figures";
import { importCommand } from "../../src/cli/import";
import { setupCommand } from "../../src/cli/setup";
import { trainCommand } from "../../src/cli/train";
import { tuneCommand } from "../../src/cli/tune";
import { verifyCommand } from "../../src/cli/verify";
import { gather } from "../../src/datasets/batches";
import { folderDataset } from "../../src/datasets/folderDataset";
import { loadDataset } from "../../src/datasets/load";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import { loadDenoiser } from "../../src/diffusion/loadDenoiser";
import { distillInto } from "../../src/distill/distill";
import { exportSet } from "../../src/exchange/exportSet";
import { loadClassifier } from "../../src/guidance/loadClassifier";
import { loadCheckpoint } from "../../src/nn/checkpointFile";
import { Seed } from "../../src/tensor/random";
import { writeImageNet } from "../datasets/pictures";
import { temporaryFolder } from "../temporaryFolder";
import { writeNotebook } from "../writeNotebook";
import { runCommand } from "./runCommand";

describe("few images", () => {
  it("are all in each step, which is said", () => {
    const shapes = proceduralDataset(procedural({ noise: 0.3 }), 12, new Seed(0));
    const count = (shapes.train.labels.length / 12) * 11;
    const say = vi.fn();
    expect(batchSizeFor(shapes, count, say)).toBe(count);
    expect(say).not.toHaveBeenCalled();
    expect(batchSizeFor(shapes, count + 1, say)).toBe(count);
    expect(say).toHaveBeenCalledExactlyOnceWith(
      expect.stringContaining(`--batch ${count} (usually ${count + 1})`),
    );
  });

  it("and few steps make a checkpoint", async () => {
    const folder = await temporaryFolder();
    await writeImageNet(folder, ["a", "b"], { train: 12, val: 2 });
    const file = path.join(folder, "judge.safetensors");
    const what = ["--dataset", "image-folder", "--folder", folder, "--size", "8", "--model", "reference"];
    const { stderr } = await runCommand(trainCommand(), ...what, "--steps", "2", "--out", file);
    expect(stderr).toContain("22 images to train on: all of them in each step");
    expect((await loadCheckpoint(file)).recipe).toMatchObject({ batch: 22, steps: 2 });
    expect((await readFile(file.replace(".safetensors", ".loss.png"))).length).toBeGreaterThan(0);
  });
});

describe("igds distill", () => {
  const distill = async (...options: string[]) => {
    const folder = await temporaryFolder();
    return runCommand(distillCommand(), "--ipc", "1", "--out", path.join(folder, "set"), ...options);
  };

  it("refuses options of sampling for real images", async () => {
    for (const [option, value] of [
      ["--classifier", "some.safetensors"],
      ["--vae", "vae"],
      ["--queue", "redis://localhost"],
      ["--denoiser", "unet"],
    ] as const)
      await expect(distill("--method", "random", option, value)).rejects.toThrow(
        `"random" picks real images, which takes no models and seconds; found ${option}.`,
      );
    await expect(distill("--method", "random", "--guidance-scale", "3")).rejects.toThrow(
      /"random" picks real images, which are not sampled .*found guidanceScale/,
    );
    expect((await distill("--method", "random")).code).toBe(0);
  });

  it("says how a window is written, and what the shipped denoisers are called", async () => {
    for (const window of ["abc", "5", "1,2,3", ",5", "0.5,9"])
      await expect(distill("--window", window)).rejects.toThrow(
        /Expected LOW,HIGH, two time steps of 0 to 999, such as 510,999/,
      );
    await expect(distill("--window", "900,100")).rejects.toThrow(/expected low <= high/);
    await expect(distill("--denoiser", "unet-lon")).rejects.toThrow(
      /There is no such file\. .*short names, dit, unet, unet-long, unet-minimax, .*; did you mean "unet-long"\?/,
    );
    await expect(loadDenoiser("unet-lon")).rejects.toThrow(/did you mean "unet-long"/);
  });

  it("says what is wrong before anything is loaded", async () => {
    await expect(distill("--dataset", "none", "--window", "900,100")).rejects.toThrow(/expected low <= high/);
    await expect(distill("--dataset", "none", "--queue", "nowhere")).rejects.toThrow(/redis:\/\//);
    await expect(distill("--dataset", "none", "--latents", "kept")).rejects.toThrow(
      "--latents: only with --vae. Otherwise leave that out.",
    );
  });

  it("says that a file is no folder", async () => {
    const file = path.join(await temporaryFolder(), "file");
    await writeFile(file, "");
    for (const out of [file, path.join(file, "y")])
      for (const command of [distillCommand(), importCommand()])
        await expect(runCommand(command, "--out", out)).rejects.toThrow(
          /expected a folder to write, but .*is a file/,
        );
  });
});

describe("igds train", () => {
  it("says what is wrong before anything is loaded", async () => {
    for (const [options, message] of [
      [["--from", "a.safetensors"], /--from names the denoiser to fine-tune/],
      [["--finetune", "minimax", "--model", "reference"], /--finetune minimax is for denoisers/],
      [["--predict", "v", "--model", "classifier"], /--predict v is for training a denoiser/],
      [["--hand-over", "a", "--model", "classifier"], /--hand-over is for training a denoiser/],
      [["--hand-over", "a", "--json"], /--json: only without --hand-over/],
      [["--out", "a.pt"], /ends in \.safetensors, found a\.pt/],
      [["--latents", "kept"], /--latents: only with --vae/],
    ] as const)
      await expect(runCommand(trainCommand(), "--dataset", "none", ...options)).rejects.toThrow(message);
  });
});

describe("igds evaluate", () => {
  const evaluate = (...options: string[]) => runCommand(evaluateCommand(), ...options);

  it("says what is wrong before anything is loaded", async () => {
    for (const [options, message] of [
      [["--rank", "9000"], /Expected a percentage, 0 to 100/],
      [["--rank", "90", "--protocol", "rded-resnet18"], /--rank\) expects a protocol of small images/],
      [["--reference", "a"], /--reference: only with --soft or --rank/],
      [["--teacher-part", "model"], /--teacher-part: only with --teacher/],
      [["--teacher", "a"], /protocols that take labels from one \(rded-resnet18, .*\), not for "quick"/],
      [["--teacher", "a", "--protocol", "imagenet-convnet6"], /not for "imagenet-convnet6"/],
      [["--mean", "0.5"], /--mean and --deviation together/],
    ] as const)
      await expect(evaluate("some-set", "--dataset", "none", ...options)).rejects.toThrow(message);
  });

  it("reads sets of others by what is told of them, and keeps their soft labels", async () => {
    const folder = await temporaryFolder();
    const [pictures, set, judge] = ["pictures", "set", "judge.safetensors"].map((name) =>
      path.join(folder, name),
    ) as [string, string, string];
    await writeImageNet(pictures, ["a", "b"], { train: 72, val: 4 });
    const what = ["--dataset", "image-folder", "--folder", pictures, "--size", "8"];
    const dataset = await loadDataset("image-folder", { folder: pictures, size: 8 });
    const images = gather(dataset.train, dataset.shape, [0, 1, 72, 73]);
    const labels = [0, 0, 1, 1];
    const targets = Float32Array.of(0.9, 0.1, 0.8, 0.2, 0.1, 0.9, 0.2, 0.8);
    const standard = { mean: [0.5, 0.5, 0.5], deviation: [0.2, 0.2, 0.2] };
    const written = { layout: "torch", classes: dataset.classes, order: ["b", "a"], standard } as const;
    await exportSet({ images, labels, targets }, set, written);
    const list = path.join(folder, "classes.txt");
    await writeFile(list, "b\na\n");
    const state = path.join(folder, "states");
    const short = ["--protocol", "mlp", "--steps", "2", "--repeats", "1", "--state", state, "--json"];
    const told = ["--classes", list, "--mean", "0.5,0.5,0.5", "--deviation", "0.2,0.2,0.2"];
    await expect(evaluate(set, ...what, ...short)).rejects.toThrow(/means and deviations/);
    await expect(evaluate(set, ...what, ...short, ...told, "--soft")).rejects.toThrow(
      /set has soft labels of its own, .*Leave out --soft/,
    );
    const train = ["--model", "reference", "--steps", "2", "--out", judge];
    await runCommand(trainCommand(), ...what, ...train);
    const ranked = await evaluate(set, ...what, ...short, ...told, "--rank", "90", "--reference", judge);
    expect(JSON.parse(ranked.stdout)).toMatchObject({
      labels: "soft",
      ranking: { labelRobust: expect.any(Number), accuracies: { wholeHard: 90 } },
    });
    const audited = [...told, "--reference", judge, "--no-accuracy", "--json"];
    const { stdout } = await runCommand(auditCommand(), set, ...what, ...audited);
    expect(JSON.parse(stdout)).toMatchObject({ images: 4, manifest: null });

    // A picture more than the manifest tells of.
    const own = path.join(folder, "own");
    await distillInto(own, dataset, { method: "random", ipc: 2 });
    await copyFile(path.join(own, "a", "0.png"), path.join(own, "a", "7.png"));
    const more = await runCommand(auditCommand(), own, ...what, ...audited.slice(told.length));
    expect(JSON.parse(more.stdout)).toMatchObject({
      manifest: { finished: true, faults: ["a/7.png: the manifest does not tell of it"] },
    });
  });
});

describe("igds figures", () => {
  it("refuses options that would be passed over", async () => {
    for (const [options, message] of [
      [["--compute-only", "--save"], /--save: only without --compute-only/],
      [["--compute-only", "--read-only", "--jobs", "2"], /--jobs: only without --read-only/],
      [
        ["--compute-only", "--read-only", "--queue", "redis://localhost"],
        /--queue: only without --read-only/,
      ],
      [["--jobs", "2"], /--jobs: only with --compute-only/],
    ] as const)
      await expect(runCommand(figuresCommand(), "ablation", ...options)).rejects.toThrow(message);
  });

  it("passes over older states of notebooks", async () => {
    const folder = await temporaryFolder();
    const [own, ...hidden] = ["one.ipynb", ".ipynb_checkpoints/one-checkpoint.ipynb", ".two.ipynb"].map(
      (name) => path.join(folder, name),
    ) as [string, ...string[]];
    for (const file of [own, ...hidden]) writeNotebook(file, ["1 + 1"]);
    const report = path.join(folder, "report", "index.html");
    const { stdout } = await runCommand(figuresCommand(), "--from", folder, "--report", report, "--json");
    expect(JSON.parse(stdout)).toEqual({ report, notebooks: [own] });
  });
});

describe("igds bench, igds setup", () => {
  it("say what they do here", async () => {
    await expect(runCommand(benchCommand(), "--python", "python3")).rejects.toThrow(
      "--python: only with --against torch.",
    );
    expect(setupCommand().description()).toMatch(/^Set this clone up/);
  });
});

describe("igds tune --read-only", () => {
  it("names the command that computes what is missing", async () => {
    const nothing = [
      "--methods",
      "diffusion",
      "--ipc",
      "3",
      "--seeds",
      "991",
      "--budget",
      "1",
      "--read-only",
    ];
    await expect(runCommand(tuneCommand(), ...nothing)).rejects.toThrow(
      "Leave --read-only out to have that done: igds tune --methods diffusion --budget 1 --ipc 3 --seeds 991",
    );
  });
});

describe("what is missing", () => {
  it("is named, with what makes it", async () => {
    const none = path.join(await temporaryFolder(), "none.safetensors");
    for (const load of [loadDenoiser, loadClassifier])
      await expect(load(none)).rejects.toThrow(
        `${none}: expected a checkpoint, found no such file. Train one with igds`,
      );
    const folder = path.dirname(none);
    await expect(runCommand(verifyCommand(), folder)).rejects.toThrow(
      /expected\.safetensors: expected the tensors/,
    );
    const file = path.join(folder, "file");
    await writeFile(file, "");
    await expect(folderDataset(file, { size: 8 })).rejects.toThrow("it is a file; name the folder");
  });
});
