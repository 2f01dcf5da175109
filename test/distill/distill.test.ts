import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Dataset } from "../../src/datasets/dataset";
import * as imageFolder from "../../src/datasets/imageFolder";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import { Denoiser } from "../../src/diffusion/denoiser";
import { distill, distillInto } from "../../src/distill/distill";
import { Distiller } from "../../src/distill/distiller";
import { readManifest } from "../../src/distill/manifest";
import { open } from "../../src/distill/open";
import { fingerprint } from "../../src/distill/plan";
import { guidanceOf } from "../../src/distill/settings";
import { shardClasses } from "../../src/distill/shards";
import { unet, unetDefaults } from "../../src/nn/unet";
import { Seed } from "../../src/tensor/random";
import { temporaryFolder } from "../temporaryFolder";

let distiller: Distiller;

beforeAll(async () => {
  distiller = await open();
});

describe("a distilled folder", () => {
  // Without the term of the set, portions are of a hundred images: here two.
  const options = { method: "igds", ipc: 12, seed: 1, steps: 2, setWeight: 0 } as const;
  const hash = async (folder: string, file: string) =>
    createHash("sha256")
      .update(await readFile(path.join(folder, file)))
      .digest("hex");

  it("resumes to the bytes of an unbroken run, and says how it was made", async () => {
    const [whole, broken] = [await temporaryFolder(), await temporaryFolder()];
    const manifest = await distillInto(whole, distiller, options);
    const portions = shardClasses(distiller.dataset, { ipc: 12, guidance: guidanceOf("igds", options) });
    expect(portions.length).toBeGreaterThan(1);
    expect(manifest).toMatchObject({
      method: "igds",
      ipc: 12,
      finished: true,
      settings: { sampling: { steps: 2 } },
    });
    expect(manifest.images).toHaveLength(120);
    expect(manifest.images[0].ledger).toHaveLength(2);
    expect(manifest.checkpoint?.sha256).toMatch(/^[0-9a-f]{64}$/);
    await distillInto(broken, distiller, options);
    // As a kill leaves it: images of one portion gone or cut short.
    const last = manifest.images[119].file;
    await rm(path.join(broken, last));
    await writeFile(path.join(broken, manifest.images[100].file), "cut short");
    await distillInto(broken, distiller, options);
    expect(await readFile(path.join(broken, "manifest.json"))).toEqual(
      await readFile(path.join(whole, "manifest.json")),
    );
    expect(await hash(broken, last)).toBe(await hash(whole, last));
    await expect(distillInto(broken, distiller, { ...options, weight: 9 })).rejects.toThrow(
      /guidance.weight/,
    );
    const read = await imageFolder.readImageFolder(whole, distiller.dataset);
    expect(read.images.shape).toEqual([120, 28, 28, 1]);
  });

  it("holds real images for the selections, without a model", async () => {
    const folder = await temporaryFolder();
    await distillInto(folder, distiller.dataset, { method: "random", ipc: 2 });
    const { images, checkpoint, engine } = await readManifest(folder);
    expect([checkpoint, engine]).toEqual([null, null]);
    const { images: read } = await imageFolder.readImageFolder(folder, distiller.dataset);
    const { images: kept } = await distill(distiller.dataset, { method: "random", ipc: 2 });
    expect(read.data).toEqual(kept.data);
    expect(images[0].source).toBeGreaterThanOrEqual(0);
    await expect(distill(distiller.dataset, { method: "igds", ipc: 2 })).rejects.toThrow(/needs a distiller/);
    const sampled = { method: "random", ipc: 2, steps: 9 } as const;
    await expect(distill(distiller.dataset, sampled)).rejects.toThrow(/picks real images.*found steps/);
  });

  it("does not replace pictures of others, nor count them in", async () => {
    const folder = await temporaryFolder();
    const options = { method: "random", ipc: 1 } as const;
    await mkdir(path.join(folder, "bag"));
    await writeFile(path.join(folder, "bag", "0.png"), "mine");
    await expect(distillInto(folder, distiller.dataset, options)).rejects.toThrow(/found bag.0\.png, which/);
    expect(await readFile(path.join(folder, "bag", "0.png"), "utf8")).toBe("mine");
    // Those of a set that was begun are known by its manifest, which is there before they are.
    await rm(path.join(folder, "bag", "0.png"));
    await distillInto(folder, distiller.dataset, options);
    const made = await readManifest(folder);
    await writeFile(
      path.join(folder, "manifest.json"),
      JSON.stringify({ ...made, finished: false, images: [] }),
    );
    expect(await distillInto(folder, distiller.dataset, options)).toEqual(made);
  });

  it("is begun by its manifest, before the first image", async () => {
    const folder = await temporaryFolder();
    const storing = vi.spyOn(imageFolder, "storeImages").mockRejectedValueOnce(new Error("killed"));
    const options = { method: "random", ipc: 1 } as const;
    await expect(distillInto(folder, distiller.dataset, options)).rejects.toThrow("killed");
    storing.mockRestore();
    expect(await readManifest(folder)).toMatchObject({ finished: false, images: [] });
    expect((await distillInto(folder, distiller.dataset, options)).finished).toBe(true);
  });

  it("does not go on with a set of a dataset that has the name alone in common", async () => {
    const folder = await temporaryFolder();
    const named = (seed: number, size: number): Dataset => ({
      ...proceduralDataset(procedural({ noise: 0.2, size }), 20, new Seed(seed)),
      name: "shapes",
    });
    const options = { method: "random", ipc: 1 } as const;
    await distillInto(folder, named(0, 16), options);
    await distillInto(folder, named(0, 16), options);
    await expect(distillInto(folder, named(1, 16), options)).rejects.toThrow(
      /made in another way:.*data\.sha256/s,
    );
    await expect(distillInto(folder, named(0, 12), options)).rejects.toThrow(/data\.shape/);
    const { data, ...before } = JSON.parse(await readFile(path.join(folder, "manifest.json"), "utf8"));
    expect(data.shape).toEqual([16, 16, 1]);
    await writeFile(path.join(folder, "manifest.json"), JSON.stringify(before));
    expect((await distillInto(folder, named(0, 16), options)).finished).toBe(true);
  });

  it("tells denoisers apart that come from no file", async () => {
    const size = { height: 28, width: 28, channels: 1, classes: 10 };
    const network = unet({ ...unetDefaults, ...size, widths: [8], blocks: [1] });
    const made = (seed: number) => {
      const denoiser = new Denoiser(network, network.parameters.initialise(seed));
      return new Distiller(distiller.dataset, denoiser, distiller.classifier);
    };
    const [folder, options] = [await temporaryFolder(), { method: "diffusion", ipc: 1, steps: 2 } as const];
    const first = await distillInto(folder, made(0), options);
    expect(first.checkpoint).toEqual({
      file: "(weights in memory)",
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await distillInto(folder, made(0), options)).toEqual(first);
    await expect(distillInto(folder, made(1), options)).rejects.toThrow(/checkpoint\.sha256/);
  });

  it("is looked at before beta is searched for", async () => {
    const searched = vi.spyOn(distiller, "autoBeta").mockResolvedValue({ beta: 1 } as never);
    const options = { method: "igds", ipc: 1, steps: 2, setWeight: 0, beta: "auto" } as const;
    const folder = await temporaryFolder();
    await mkdir(path.join(folder, "bag"));
    await writeFile(path.join(folder, "bag", "0.png"), "mine");
    await expect(distillInto(folder, distiller, options)).rejects.toThrow(/found bag.0\.png/);
    await rm(path.join(folder, "bag"), { recursive: true });
    expect(searched).not.toHaveBeenCalled();
    const made = await distillInto(folder, distiller, options);
    expect(searched).toHaveBeenCalledTimes(1);
    await expect(distillInto(folder, distiller, { ...options, weight: 9 })).rejects.toThrow(
      /:\n {2}- settings\.guidance\.weight: found 50, expected 9\n(?!.*beta)/,
    );
    expect(searched).toHaveBeenCalledTimes(1);
    expect(await distillInto(folder, distiller, options)).toEqual(made);
    searched.mockResolvedValue({ beta: 2 } as never);
    await expect(distillInto(folder, distiller, options)).rejects.toThrow(/beta: found 1, expected 2/);
    searched.mockRestore();
  });
});

describe("the fingerprint of a dataset", () => {
  it("has the values of latents in it", () => {
    const dataset = (value: number): Dataset => {
      const values = new Float32Array(4).fill(value);
      const train = { images: new Uint8Array(0), values, labels: Uint8Array.of(0, 1), count: 2 };
      return { name: "latents", classes: ["a", "b"], shape: [1, 1, 2], train, test: train, source: "here" };
    };
    expect(fingerprint(dataset(1))).toBe(fingerprint(dataset(1)));
    expect(fingerprint(dataset(1))).not.toBe(fingerprint(dataset(2)));
  });
});

it("a seed is one that can be written down", async () => {
  for (const seed of [null, { a: 1 }, new Seed(0), Number.NaN]) {
    const message = /expected a seed that can be written down, a number or a text.*found /;
    expect(() => distiller.start({ seed } as never)).toThrow(message);
    for (const method of ["random", "diffusion"] as const)
      await expect(distill(distiller, { method, ipc: 1, seed } as never)).rejects.toThrow(message);
  }
});
