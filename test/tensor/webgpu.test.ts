// WebGPU in Node. What is missing is said for real: the engine runs in a process whose folder has no package `webgpu`,
// and with one that answers as Dawn does where there is no driver. With a driver (Chromium's, in software) it computes
// in the long tests, which fetch the package: there it takes minutes.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { describe, expect, it, onTestFinished } from "vitest";
import { findChromium } from "../browser/chromium";

const run = promisify(execFile);
const root = path.resolve(__dirname, "..", "..");

/** What a program, beside which engine.js lies, writes; in a folder from which nothing of the project is found. */
async function inOwnFolder(
  program: string,
  { prepare, env = {} }: { prepare?: (modules: string) => Promise<void>; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const folder = await mkdtemp(path.join("/tmp", "igds-webgpu-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const modules = path.join(folder, "node_modules");
  await mkdir(modules);
  await symlink(path.join(root, "node_modules", "@tensorflow"), path.join(modules, "@tensorflow"));
  await prepare?.(modules);
  await build({
    stdin: { contents: program, loader: "ts", resolveDir: root },
    outfile: path.join(folder, "program.js"),
    bundle: true,
    platform: "node",
    external: ["@tensorflow/*", "webgpu"],
  });
  const { stdout } = await run(process.execPath, [path.join(folder, "program.js")], {
    env: { ...process.env, IGDS_BACKEND: "webgpu", ...env },
    timeout: 900_000,
  });
  return stdout;
}

const start = `
  import { engineReady } from "./src/tensor/engine";
  engineReady().then(() => console.log("started"), (error) => console.log(error.message));
`;

describe("IGDS_BACKEND=webgpu", () => {
  it("says how to install the package that is missing", async () => {
    expect(await inOwnFolder(start)).toContain(
      'the package "webgpu" is not installed. Run: npm install --no-save webgpu@',
    );
  });

  it("says what to do where no adapter is found", async () => {
    const prepare = (modules: string) =>
      module(
        modules,
        "export const globals = {}; export const create = () => ({ requestAdapter: async () => null });",
      );
    const said = await inOwnFolder(start, { prepare });
    expect(said).toContain("WebGPU finds no adapter here");
    expect(said).toContain("libvulkan1");
  });

  it("says so where the package does not load", async () => {
    const prepare = (modules: string) => module(modules, 'throw new Error("wrong architecture");');
    expect(await inOwnFolder(start, { prepare })).toContain(
      'the package "webgpu" does not load: wrong architecture',
    );
  });

  it.runIf(process.env.IGDS_LONG)(
    "computes what the native engine does, forwards, backwards and in training",
    { timeout: 1_200_000 },
    async () => {
      const { executable } = await findChromium();
      const driver = path.dirname(executable);
      const env = {
        LD_LIBRARY_PATH: driver,
        VK_DRIVER_FILES: path.join(driver, "vk_swiftshader_icd.json"),
        VK_ICD_FILENAMES: path.join(driver, "vk_swiftshader_icd.json"),
      };
      const prepare = (modules: string) => fetchPackage(modules);
      const found = JSON.parse(await inOwnFolder(small, { prepare, env })) as number[];
      const native = { IGDS_BACKEND: "tensorflow", IGDS_COMPILE: "off" };
      const wanted = JSON.parse(await inOwnFolder(small, { env: native })) as number[];
      expect(wanted.length).toBeGreaterThan(100);
      expect(found.length).toBe(wanted.length);
      expect(Math.max(...found.map((value, i) => Math.abs(value - wanted[i]!)))).toBeLessThan(1e-3);
    },
  );
});

/** A small U-Net's answer and its gradient by the image, and the losses of three training steps of a ConvNet. */
const small = `
  import { convNet } from "./src/nn/convNet";
  import { Trainer } from "./src/nn/trainer";
  import { unet, unetDefaults } from "./src/nn/unet";
  import { engineReady, tf } from "./src/tensor/engine";
  import { Seed } from "./src/tensor/random";
  const seed = new Seed("webgpu");
  engineReady().then(() => {
    const network = unet({ ...unetDefaults, widths: [8, 16, 16], height: 8, width: 8, channels: 1, classes: 3 });
    const weights = Object.fromEntries([...network.parameters.entries].map(([name, { shape }]) => [
      name, tf.tensor(seed.child(name).normal(shape.reduce((a, b) => a * b, 1)).map((value) => 0.1 * value), [...shape]),
    ]));
    const x = tf.tensor4d(seed.child("x").normal(128), [2, 8, 8, 1]);
    const t = tf.tensor1d([30, 900], "int32");
    const y = tf.tensor1d([0, 2], "int32");
    const answer = network.apply(weights, x, t, y);
    const gradient = tf.grad((at) => tf.sum(tf.square(network.apply(weights, at, t, y))))(x);
    const classifier = convNet({ kind: "convnet", depth: 2, filters: 4, height: 8, width: 8, channels: 1, classes: 3 });
    const loss = (w, images, targets) => tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(classifier.apply(w, images))), 1)));
    const trainer = new Trainer(classifier.parameters, loss, { seed: seed.child("classifier"), steps: 1e12, warmup: 0, rate: 1e-2 });
    const targets = tf.oneHot(y, 3).cast("float32");
    const losses = [0, 1, 2].map(() => trainer.step(x.clone(), targets.clone()));
    console.log(JSON.stringify([...answer.dataSync(), ...gradient.dataSync(), ...losses]));
    process.exit();
  });
`;

async function module(modules: string, source: string): Promise<void> {
  const folder = path.join(modules, "webgpu");
  await mkdir(folder);
  await writeFile(path.join(folder, "package.json"), JSON.stringify({ type: "module", main: "index.js" }));
  await writeFile(path.join(folder, "index.js"), source);
}

/** The package as npm has it, without the scripts and what they need. */
async function fetchPackage(modules: string): Promise<void> {
  const kept = path.join(root, ".cache", "webgpu");
  await mkdir(kept, { recursive: true });
  await run("npm", ["pack", "--silent", "--pack-destination", kept, "webgpu@0.6.2"], { cwd: kept });
  await run("tar", ["-xzf", path.join(kept, "webgpu-0.6.2.tgz"), "-C", kept]);
  await cp(path.join(kept, "package"), path.join(modules, "webgpu"), { recursive: true });
}
