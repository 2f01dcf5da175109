import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { batchSizeFor } from "../../src/cli/batchSize";
import { trainCommand } from "../../src/cli/train";
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
