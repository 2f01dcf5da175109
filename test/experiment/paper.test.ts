import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { runExperiment } from "../../src/experiment/experiment";
import { experimentCells } from "../../src/experiment/experiments";
import { writeMiniature } from "../../src/experiment/miniature";
import { readPaperSetup } from "../../src/experiment/paperSetup";
import { engineReady } from "../../src/tensor/engine";
import { temporaryFolder } from "../temporaryFolder";

describe("profile paper", () => {
  it("runs on its miniature: pictures, latents, a published denoiser, a published protocol", async () => {
    await engineReady();
    const folder = await temporaryFolder();
    const setup = await writeMiniature(path.join(folder, "miniature"));
    vi.stubEnv("IGDS_PAPER", setup);
    try {
      const found = await readPaperSetup();
      expect(found.miniature).toBe(true);
      expect(path.isAbsolute(found.denoiser)).toBe(true);
      const cells = await experimentCells("accuracy-over-ipc", "paper");
      // All have the setup's guidance scale, so that there is no plain diffusion at another one.
      const expected = ["random", "diffusion", "igds", "igds, two terms"];
      expect(cells.map(({ variant }) => variant.name)).toEqual(expected);
      const igds = cells.filter(({ variant }) => variant.name === "igds");
      const options = {
        profile: "paper",
        file: path.join(folder, "results.jsonl"),
        sets: path.join(folder, "sets"),
        latents: path.join(folder, "latents"),
        cells: igds,
      };
      const [row, ...others] = await runExperiment("accuracy-over-ipc", options);
      expect(others).toEqual([]);
      expect(row).toMatchObject({
        method: "igds",
        ipc: 1,
        protocol: "imagenet-convnet6",
        steps: 2,
        sampling: { sampler: "ddpm-learned", guidanceScale: 4, guidedChannels: 3 },
        dataset: "imagenette",
      });
      expect(row!.last).toBeGreaterThanOrEqual(0);
    } finally {
      vi.unstubAllEnvs();
    }
  }, 300_000);

  it("says what it takes, and what is wrong with its setup", async () => {
    const file = path.join(await temporaryFolder(), "paper.json");
    await expect(readPaperSetup(file)).rejects.toThrow(/DiT-XL\/2 with its VAE.*found no such file/);
    await writeFile(file, "{");
    await expect(readPaperSetup(file)).rejects.toThrow(/not JSON/);
    await writeFile(file, JSON.stringify({ dataset: "imagenette", methods: ["magic"] }));
    await expect(readPaperSetup(file)).rejects.toThrow(/not a setup[\s\S]*folder[\s\S]*methods/);
    expect(await readFile(file, "utf8")).toContain("magic"); // and leaves it alone
  });

  it("has every experiment, and no cells of networks for small images", async () => {
    const file = path.join(await temporaryFolder(), "paper.json");
    const names = { dataset: "imagenette", folder: "f", denoiser: "d", vae: "v", classifier: "c" };
    await writeFile(file, JSON.stringify({ ...names, options: { mgd3: { mode: { weight: 0.1 } } } }));
    vi.stubEnv("IGDS_PAPER", file);
    try {
      for (const name of ["accuracy-over-ipc", "beta-of-ipc", "ablation", "cross-architecture"]) {
        const cells = await experimentCells(name, "paper");
        expect(cells.length).toBeGreaterThan(0);
        expect(new Set(cells.map(({ protocol }) => protocol))).toEqual(
          new Set(["imagenet-convnet6", "imagenet-resnet-ap10", "imagenet-resnet18"]),
        );
      }
      // The setup samples at one scale: variants by others are one variant.
      const ablated = (await experimentCells("ablation", "paper")).map(({ variant }) => variant.name);
      expect(ablated).toContain("fixed beta 1");
      expect(ablated.filter((name) => name.startsWith("scale"))).toEqual([]);
      const [cell] = (await experimentCells("accuracy-over-ipc", "paper")).filter(
        ({ variant }) => variant.name === "mgd3",
      );
      expect(cell!.variant.options).toMatchObject({ sampler: "ddpm-learned", mode: { weight: 0.1 } });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
