import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Dataset } from "../../src/datasets/dataset";
import * as imageFolder from "../../src/datasets/imageFolder";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import { distill, distillInto } from "../../src/distill/distill";
import type { Distiller } from "../../src/distill/distiller";
import { readManifest } from "../../src/distill/manifest";
import { open } from "../../src/distill/open";
import { guidanceOf } from "../../src/distill/settings";
import { shardClasses } from "../../src/distill/shards";
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
});
