// The native addon of @tensorflow/tfjs-node-gpu: which way leads to one that loads, and what became of the others.

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import path from "node:path";
import { hashOf, readJson, writeWhole } from "./files.mjs";
import { engine, inRoot, packagePlace, root, tfjsNode } from "./paths.mjs";
import { compilerAdvice } from "./prerequisites.mjs";
import { run, runToEnd } from "./processes.mjs";
import { flavourThere, tensorflowIsThere, wheelKey } from "./tensorflow.mjs";

/**
 * @typedef {{way: string, ok: boolean, reason: string}} Attempt
 * @typedef {object} EngineStatus What `igds doctor` reads from .engine/status.json
 * @property {"tensorflow" | "wasm"} backend
 * @property {"cpu" | "cuda" | null} flavour what the TensorFlow under an addon built here is for, null for others
 * @property {string | null} tensorflow version
 * @property {string | null} addon path inside the project
 * @property {Attempt[]} attempts in the order tried; the last one is what runs
 */

const statusFile = path.join(engine, "status.json");
const built = path.join(engine, "tfjs_binding.node");
/** What it was built from. */
const record = path.join(engine, "addon.json");
/** Operations of our own, part of the addon that is built here. */
const native = inRoot("src", "tensor", "native");

/**
 * @param {import("./prerequisites.mjs").Prerequisites} machine
 * @param {import("./tensorflow.mjs").Wheel | Error} wheel
 * @param {Promise<unknown>} libraries the wheel's libraries, on their way
 * @param {(detail: string) => void} progress
 * @returns {Promise<{status: EngineStatus, done: string | undefined}>}
 */
export async function installAddon(machine, wheel, libraries, progress) {
  const before = /** @type {EngineStatus | undefined} */ (readJson(statusFile));
  /** @type {Attempt[]} */
  const attempts = [];
  /** @param {Error} error */
  const refused = (error) =>
    attempts.push({ way: "built here with operations of our own", ok: false, reason: error.message });

  /** @type {[string, () => Promise<string> | string][]} */
  const ways = [
    ["an addon that is already there", () => useExisting(wheel)],
    ["built here against the TensorFlow wheel", () => build(machine, wheel, libraries, progress, refused)],
    ["an addon of before, built otherwise", load],
    ["the package's own prebuilt download", () => downloadPrebuilt(progress)],
  ];
  for (const [way, attempt] of ways) {
    try {
      const version = await attempt();
      attempts.push({ way, ok: true, reason: `TensorFlow ${version} loads` });
      const existing = way === ways[0]?.[0];
      const status = finish(
        "tensorflow",
        version,
        existing && before?.backend === "tensorflow" ? before.attempts : attempts,
      );
      return { status, done: existing && before ? undefined : `TensorFlow ${version}, ${way}` };
    } catch (error) {
      attempts.push({ way, ok: false, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  attempts.push({
    way: "WebAssembly",
    ok: true,
    reason: "needs nothing native; it can sample but not train",
  });
  return { status: finish("wasm", null, attempts), done: "WebAssembly" };
}

/**
 * @param {EngineStatus["backend"]} backend
 * @param {string | null} tensorflow
 * @param {Attempt[]} attempts
 */
function finish(backend, tensorflow, attempts) {
  const flavour = backend === "wasm" || !existsSync(built) ? null : flavourThere();
  const addon = backend === "wasm" ? null : path.relative(root, addonPlace());
  const status = { backend, flavour, tensorflow, addon, attempts };
  writeWhole(statusFile, `${JSON.stringify(status, null, 2)}\n`);
  return status;
}

/** @param {import("./tensorflow.mjs").Wheel | Error} wheel */
async function useExisting(wheel) {
  const there = existsSync(addonPlace());
  if (!isCurrent(wheel))
    throw new Error(there ? "it was built from other sources, or elsewhere" : "there is none yet");
  // `npm ci` empties node_modules; what was built before lies in .engine as well.
  if (!there) place();
  return load();
}

/**
 * Whether what was built here before is of the present sources and the TensorFlow that is wanted, which lies there.
 * @param {import("./tensorflow.mjs").Wheel | Error} wheel
 */
function isCurrent(wheel) {
  if (wheel instanceof Error || !tensorflowIsThere(wheel)) return false;
  return readJson(record)?.key === buildKey(wheel);
}

/**
 * @param {import("./prerequisites.mjs").Prerequisites} machine
 * @param {import("./tensorflow.mjs").Wheel | Error} wheel
 * @param {Promise<unknown>} libraries
 * @param {(detail: string) => void} progress
 * @param {(error: Error) => void} refused told why the compiler does not take operations of our own
 */
async function build(machine, wheel, libraries, progress, refused) {
  if (wheel instanceof Error) throw wheel;
  if (machine.compiler === undefined) throw new Error(compilerAdvice);
  progress("waiting for TensorFlow");
  await libraries;
  progress("compiling");
  const part = path.join(engine, `tfjs_binding.${process.pid}.part`);
  const compiler = machine.compiler;
  await run(compiler, compilerArguments(part, sourcesIn(native))).catch(async (error) => {
    progress("compiling without operations of our own");
    await run(compiler, compilerArguments(part, [])).catch(() => {
      throw error;
    });
    refused(error);
  });
  renameSync(part, built);
  writeWhole(record, JSON.stringify({ key: buildKey(wheel) }));
  place();
  return load();
}

/** @param {string} folder */
function sourcesIn(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".cc"))
    .map((name) => path.join(folder, name));
}

/**
 * @param {string} output
 * @param {readonly string[]} more sources beside those of the package
 */
function compilerArguments(output, more) {
  const mac = process.platform === "darwin";
  const binding = path.join(tfjsNode(), "binding");
  const libraries = path.join(engine, "tensorflow");
  const sources = [...sourcesIn(binding), ...more];
  const includes = [
    tfjsNode(),
    binding,
    path.join(libraries, "include"),
    path.join(packagePlace("node-api-headers"), "include"),
  ];
  // Two places to look from: .engine and the package's folder. Relative, so that the project can be moved.
  const origin = mac ? "@loader_path" : "$ORIGIN";
  const up = path.relative(path.dirname(addonPlace()), libraries);
  const link = mac
    ? ["-undefined", "dynamic_lookup", "libtensorflow_cc.2.dylib", "libtensorflow_framework.2.dylib"].map(
        (item) => (item.endsWith(".dylib") ? path.join(libraries, item) : item),
      )
    : [`-L${libraries}`, "-l:libtensorflow_cc.so.2", "-l:libtensorflow_framework.so.2"];
  return [
    ...["-O3", "-shared", "-fPIC", "-std=c++17", "-w", "-DNAPI_VERSION=8", "-pthread", ...sources],
    ...includes.map((folder) => `-I${folder}`),
    ...link,
    `-Wl,-rpath,${origin}/tensorflow`,
    `-Wl,-rpath,${origin}/${up}`,
    ...["-o", output],
  ];
}

/** The package's installer fetches TensorFlow 2.9.1 and an addon for it, where its storage can be reached.
 * @param {(detail: string) => void} progress */
async function downloadPrebuilt(progress) {
  progress("trying the package's own download");
  const { code, output } = await runToEnd(
    process.execPath,
    [path.join(tfjsNode(), "scripts", "install.js"), "gpu", "download"],
    {
      cwd: tfjsNode(),
      env: { PATH: `${path.resolve(tfjsNode(), "..", "..", ".bin")}${path.delimiter}${process.env.PATH}` },
    },
  );
  if (code !== 0) {
    const cause = /^.*Error: .*$/m.exec(output)?.[0].trim() ?? output.trim().split("\n").at(-1);
    throw new Error(`its installer ended with exit code ${code}: ${cause}`);
  }
  return load();
}

/** Where the package looks for its addon. */
function addonPlace() {
  const versions = readJson(path.join(tfjsNode(), "package.json"))?.binary?.napi_versions ?? [8];
  return path.join(tfjsNode(), "lib", `napi-v${Math.max(...versions)}`, "tfjs_binding.node");
}

function place() {
  const target = addonPlace();
  mkdirSync(path.dirname(target), { recursive: true });
  const part = `${target}.${process.pid}.part`;
  copyFileSync(built, part);
  renameSync(part, target);
}

/** @param {import("./tensorflow.mjs").Wheel} wheel */
function buildKey(wheel) {
  const version = readJson(path.join(tfjsNode(), "package.json"))?.version;
  const own = readdirSync(native).sort();
  const sources = own.map((name) => readFileSync(path.join(native, name)));
  return hashOf(
    String(version),
    wheelKey(wheel),
    `${process.platform}-${process.arch}`,
    "3",
    ...own,
    ...sources,
  );
}

/**
 * Loads the addon in a process of its own: one that does not fit can take the process down.
 * @returns {Promise<string>} the version of TensorFlow under it
 */
async function load() {
  if (!existsSync(addonPlace())) throw new Error("there is none");
  const script = "process.stdout.write('version ' + require(process.argv[1]).TF_Version)";
  const output = await run(process.execPath, ["-e", script, addonPlace()], {
    env: { TF_CPP_MIN_LOG_LEVEL: "3" },
  });
  const version = /version (\S+)/.exec(output)?.[1];
  if (version === undefined) throw new Error(`the addon loads but names no version: ${output.slice(-200)}`);
  return version;
}
