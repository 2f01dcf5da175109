// What igds distill makes of its options: each of them is given once, and what is distilled is looked at.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { distillCommand } from "../../src/cli/distill";
import * as load from "../../src/datasets/load";
import type { DistillOptions } from "../../src/distill/distill";
import * as distilling from "../../src/distill/distill";
import { Guides } from "../../src/distill/guides";
import * as opening from "../../src/distill/open";
import { smallDataset, smallDistiller } from "../distill/smallDistiller";
import { temporaryFolder } from "../temporaryFolder";
import { runCommand } from "./runCommand";

/** What the command opens, and distills. */
async function asked(...args: string[]) {
  const source = { name: "stand-in" };
  const opened = vi.spyOn(opening, "open").mockResolvedValue(source as never);
  const loaded = vi.spyOn(load, "loadDataset").mockResolvedValue(source as never);
  const into = vi.spyOn(distilling, "distillInto");
  const calls: { opened: unknown[]; loaded: unknown[]; folder: string; options: DistillOptions }[] = [];
  into.mockImplementation(async (folder, given, options) => {
    expect(given).toBe(source);
    const { onBeta: _, onProgress: __, ...rest } = options;
    calls.push({
      opened: [...(opened.mock.calls[0] ?? [])],
      loaded: [...(loaded.mock.calls[0] ?? [])],
      folder,
      options: rest,
    });
    return { images: [] } as never;
  });
  await runCommand(distillCommand(), "--out", path.join("some", "set"), ...args);
  expect(calls).toHaveLength(1);
  return calls[0]!;
}

describe("igds distill", () => {
  it("hands every option of sampling and guidance on", async () => {
    const { opened, folder, options } = await asked(
      ...["--dataset", "image-folder", "--folder", "pictures", "--size", "32"],
      ...["--denoiser", "dit", "--classifier", "judge.safetensors", "--vae", "vae", "--latents", "kept"],
      ...["--ipc", "3", "--seed", "five", "--steps", "7", "--sampler", "ddim"],
      ...["--guidance-scale", "2.5", "--guided-channels", "3", "--guidance-interval", "10,900"],
      ...["--weight", "40", "--set-weight", "70", "--set-features", "mixed", "--set-images", "90"],
      ...["--beta", "0.25", "--contextual", "context", "--window", "100,800"],
      ...["--gradient", "exact", "--norm", "potential", "--largest-change", "0.2"],
    );
    expect(folder).toBe(path.resolve("some", "set"));
    expect(opened).toEqual([
      "image-folder",
      {
        folder: "pictures",
        size: 32,
        vae: "vae",
        latents: "kept",
        denoiser: "dit",
        classifier: "judge.safetensors",
        onProgress: expect.any(Function),
      },
    ]);
    expect(options).toEqual({
      method: "igds",
      ipc: 3,
      seed: "five",
      steps: 7,
      sampler: "ddim",
      guidanceScale: 2.5,
      guidedChannels: 3,
      guidanceInterval: [10, 900],
      weight: 40,
      setWeight: 70,
      setFeatures: "mixed",
      setImages: 90,
      beta: 0.25,
      contextual: "context",
      window: [100, 800],
      gradient: "exact",
      norm: "potential",
      largestChange: 0.2,
    });
  });

  it("hands nothing on that was not given, and words where these are allowed", async () => {
    const { options, opened } = await asked();
    expect(options).toEqual({ method: "igds", ipc: 10, seed: "0" });
    expect(opened).toEqual(["fashion-mnist", { onProgress: expect.any(Function) }]);
    const words = await asked("--beta", "auto", "--set-weight", "rule", "--norm", "unit");
    expect(words.options).toMatchObject({ beta: "auto", setWeight: "rule", norm: "unit" });
  });

  it("loads a dataset alone for methods that pick, with the classifier in whose features they do", async () => {
    const options = ["--dataset", "image-folder", "--folder", "here", "--size", "16"];
    const {
      loaded,
      opened,
      options: settings,
    } = await asked(...["--method", "herding", "--reference", "judge.safetensors", ...options]);
    expect(opened).toEqual([]);
    expect(loaded[0]).toBe("image-folder");
    expect(loaded[1]).toMatchObject({ folder: "here", size: 16 });
    expect(settings).toEqual({ method: "herding", reference: "judge.safetensors", ipc: 10, seed: "0" });
  });

  it("takes parts by name, with settings of their own, and off", async () => {
    const parts = ["--with", "pool", 'mode={"weight":2,"window":[1,5]}', "cads=off", "--with", "start={}"];
    const { options } = await asked("--method", "cads", ...parts);
    expect(options).toMatchObject({
      method: "cads",
      pool: {},
      mode: { weight: 2, window: [1, 5] },
      cads: false,
      start: {},
    });
    for (const [part, message] of [
      ["magic", /"magic" is not a part\. Expected one of mode, particle/],
      ["mode=3", /Expected settings such as mode=\{"weight":4/],
      ["mode={", /Expected settings such as mode=/],
      ["mode=null", /Expected settings such as mode=/],
    ] as const)
      await expect(asked("--with", part)).rejects.toThrow(message);
  });

  it("makes the set that its manifest tells of, and says so as JSON", async () => {
    const distiller = smallDistiller(smallDataset(12));
    const folder = path.join(await temporaryFolder(), "set");
    vi.spyOn(opening, "open").mockResolvedValue(distiller);
    // Its terms do not matter here, and compiling them takes seconds.
    vi.spyOn(Guides.prototype, "guide").mockReturnValue({
      at: ({ x0 }) => ({ change: new Float32Array(x0.length), terms: [] }),
    });
    const { stdout, code } = await runCommand(
      distillCommand(),
      ...[
        "--out",
        folder,
        "--method",
        "mgd3",
        "--ipc",
        "1",
        "--steps",
        "2",
        "--sampler",
        "ddim",
        "--seed",
        "9",
      ],
      ...[
        "--guidance-scale",
        "3",
        "--largest-change",
        "0.1",
        "--with",
        'mode={"weight":2}',
        "cads",
        "--json",
      ],
    );
    expect(code).toBe(0);
    const manifest = JSON.parse(await readFile(path.join(folder, "manifest.json"), "utf8"));
    expect(JSON.parse(stdout)).toEqual({ folder, ...manifest, images: 4 });
    expect(manifest).toMatchObject({
      method: "mgd3",
      finished: true,
      settings: {
        sampling: { steps: 2, sampler: "ddim", guidanceScale: 3 },
        guidance: {
          mode: { weight: 2, window: [510, 999] },
          cads: { scale: 0.25, anneal: [0.6, 0.9], mix: 1 },
          largestChange: 0.1,
        },
      },
    });
    expect(Object.keys(manifest.settings.guidance)).not.toContain("weight");
    distiller.dispose();
  });
});
