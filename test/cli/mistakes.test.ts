import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { batchSizeFor } from "../../src/cli/batchSize";
import { distillCommand } from "../../src/cli/distill";
import { importCommand } from "../../src/cli/import";
import { trainCommand } from "../../src/cli/train";
import { tuneCommand } from "../../src/cli/tune";
import { verifyCommand } from "../../src/cli/verify";
import { folderDataset } from "../../src/datasets/folderDataset";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import { loadDenoiser } from "../../src/diffusion/loadDenoiser";
import { loadClassifier } from "../../src/guidance/loadClassifier";
import { loadCheckpoint } from "../../src/nn/checkpointFile";
import { Seed } from "../../src/tensor/random";
import { writeImageNet } from "../datasets/pictures";
import { temporaryFolder } from "../temporaryFolder";
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
