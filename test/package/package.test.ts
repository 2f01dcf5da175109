// What a stranger gets: the tarball of `npm pack`, installed into an empty project, works there.
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as igds from "../../src";
import { linksOf } from "../docs/pages";
import { install, pack, root, run } from "./consumer";

describe("the package in an empty project", () => {
  let folder: string;
  let packed: Awaited<ReturnType<typeof pack>>;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "stranger-"));
    packed = await pack(folder);
    await install(folder, packed);
  }, 600_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const igdsCommand = () => path.join(folder, "node_modules", ".bin", "igds");
  const script = async (name: string, text: string) => {
    await writeFile(path.join(folder, name), text);
    return (await run(folder, process.execPath, name)).trim();
  };

  it("holds what is needed and nothing else", () => {
    const files = packed.files.map((file) => file.path);
    expect(files).toEqual(
      expect.arrayContaining([
        "LICENSE",
        "README.md",
        "dist/cli/main.js",
        "dist/index.d.ts",
        "dist/kernels/main.js",
        "data/checkpoints/fashion-mnist-unet.safetensors",
        "data/imagenet-1k/classes.txt",
        "src/setup/engine.mjs",
        "src/setup/python/tensorflow-cpu.lock",
        "docs/cluster.md", // named by igds worker --help
        "notebooks/figures/results/tuning.json",
      ]),
    );
    expect(files.filter((file) => /^test\/|\.map$|\.ipynb$|tsbuildinfo|ubyte/.test(file))).toEqual([]);
    // Four denoisers of 2.5 MB among them, and a megabyte of pictures.
    expect(packed.size).toBeLessThan(14.5e6);
  });

  it("holds what its README links to, but for notebooks, whose outputs weigh megabytes", () => {
    const targets = linksOf("README.md")
      .filter((to) => !to.startsWith("#"))
      .map((to) => path.posix.normalize(to.replace(/#.*$/, "")));
    const missing = targets.filter(
      (to) =>
        !packed.files.some((file) => file.path === to || file.path.startsWith(`${to.replace(/\/$/, "")}/`)),
    );
    expect(targets).toEqual(
      expect.arrayContaining(["docs/pictures/guided-sampling.webp", "CONTRIBUTING.md"]),
    );
    expect(missing.filter((to) => !to.endsWith(".ipynb"))).toEqual([]);
    for (const notebook of missing) expect(existsSync(path.join(root, notebook))).toBe(true);
  });

  it("has the same names for `require` and `import`", async () => {
    const names = Object.keys(igds).sort();
    const required = "console.log(JSON.stringify(Object.keys(require('igds')).sort()))";
    expect(JSON.parse(await script("names.cjs", required))).toEqual(names);
    const imported =
      "import * as igds from 'igds'; const { default: _, 'module.exports': __, __esModule, ...all } = igds; " +
      "console.log(JSON.stringify(Object.keys(all).sort()))";
    expect(JSON.parse(await script("names.mjs", imported))).toEqual(names);
  });

  it("has types for both kinds of module resolution, all of them checked", { timeout: 300_000 }, async () => {
    const example = `
      import { betaOfIpc, open, type Run } from "igds";
      export async function first(): Promise<Run> {
        const distiller = await open("fashion-mnist");
        return distiller.start({ classes: [distiller.dataset.classes[0]!], ipc: 1, beta: betaOfIpc(1) });
      }
      // @ts-expect-error: a number of images is a number
      export const wrong = betaOfIpc("one");
    `;
    await writeFile(path.join(folder, "use.ts"), example);
    const compiler = path.join(root, "node_modules", "typescript", "bin", "tsc");
    const check = (...options: string[]) =>
      run(
        folder,
        process.execPath,
        compiler,
        "--noEmit",
        "--strict",
        "--types",
        "node",
        ...options,
        "use.ts",
      ).catch((error: { stdout: string }) => error.stdout);
    const bundler = ["--module", "esnext", "--moduleResolution", "bundler", "--target", "es2022"];
    expect(await check(...bundler)).toBe("");
    expect(await check("--module", "node16", "--target", "es2022")).toBe("");
  });

  it("samples with the shipped denoiser, without any set-up", async () => {
    const sampling = `
      import { createRequire } from "node:module";
      import path from "node:path";
      import { Seed, diffusion, sample, tensor } from "igds";
      await tensor.engineReady();
      const shipped = path.join(path.dirname(createRequire(import.meta.url).resolve("igds/package.json")), "data");
      const denoiser = await diffusion.loadDenoiser(path.join(shipped, "checkpoints", "fashion-mnist-unet.safetensors"));
      const { images } = await sample(denoiser, { labels: [8], steps: 2, seed: new Seed(0) });
      const finite = images.data.every(Number.isFinite);
      console.log(JSON.stringify({ backend: tensor.engineInfo.backend, shape: images.shape, finite }));
    `;
    const found = JSON.parse(await script("sample.mjs", sampling));
    expect(found).toEqual({ backend: "wasm", shape: [1, 28, 28, 1], finite: true });
  });

  it("keeps what it makes where the program runs, and reads what is shipped", async () => {
    const places = `
      const path = require("node:path");
      const own = path.dirname(require.resolve("igds/package.json"));
      const { resultsFile, setsFolder } = require(path.join(own, "dist", "experiment", "experiment.js"));
      const { readTuning, tuningFileOf } = require(path.join(own, "dist", "experiment", "tuned.js"));
      const { tableOf } = require(path.join(own, "dist", "distill", "betaTable.js"));
      const shipped = path.join(own, "data", "checkpoints", "fashion-mnist-unet.safetensors");
      const written = [
        setsFolder,
        ...["quick", "full", "paper"].map((profile) => resultsFile("ablation", profile)),
        ...["quick", "full"].map((profile) => resultsFile("measures", profile)),
        tuningFileOf(),
        tableOf(shipped),
        tableOf(path.join("mine", "denoiser.safetensors")),
      ];
      readTuning().then(({ methods }) =>
        console.log(JSON.stringify({ written: written.map((file) => path.relative("", file)), methods: Object.keys(methods) })),
      );
    `;
    const { written, methods } = JSON.parse(await script("places.cjs", places)) as Record<string, string[]>;
    expect(written).toEqual([
      "out/sets",
      "out/results/quick.jsonl",
      "out/results/full/ablation.jsonl",
      "out/results/paper-ablation.jsonl",
      "out/results/measures.jsonl",
      "out/results/full/measures.jsonl",
      "out/results/full/tuning.json",
      "out/fashion-mnist-unet.beta.json",
      "mine/denoiser.beta.json",
    ]);
    expect(methods).toContain("mgd3");
  });

  it("says which figures take a clone, and what works without", async () => {
    const told = (...args: string[]) =>
      run(folder, igdsCommand(), "figures", ...args).catch((error: { stderr: string }) => error.stderr);
    expect(await told("ablation")).toMatch(/takes a clone.*npx igds figures ablation .*--compute-only/);
    expect(await told("denoising-steps")).toMatch(/takes a clone/);
    expect(await told("denoising-steps")).not.toContain("--compute-only");
    expect(await told("ablation", "--compute-only", "--read-only")).toContain("out/results/quick.jsonl");
  });

  it("has the command, which says what to do about the engine", async () => {
    const help = await run(folder, igdsCommand(), "--help");
    expect(help).toContain("distill");
    const doctor = await run(folder, igdsCommand(), "doctor");
    expect(doctor).toContain("WebAssembly");
    expect(doctor).toContain("npx igds setup");
    expect(doctor).not.toContain("jupyter");
  });

  it("makes its kernel known to Jupyter", async () => {
    const prefix = path.join(folder, "jupyter");
    await run(folder, igdsCommand(), "kernel", "install", "--prefix", prefix);
    const file = path.join(prefix, "share", "jupyter", "kernels", "igds", "kernel.json");
    const { argv } = JSON.parse(await readFile(file, "utf8")) as { argv: string[] };
    const program = argv.find((word) => word.endsWith("main.js"));
    expect(program && existsSync(program)).toBe(true);
    expect(program).toContain(folder);
  });
});
