// node_modules: what the lock file says, plus the project itself under its own name.

import { chmodSync, existsSync, lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { readJson } from "./files.mjs";
import { inRoot } from "./paths.mjs";
import { run } from "./processes.mjs";

const record = inRoot("node_modules", ".package-lock.json");
const enginePackage = "node_modules/@tensorflow/tfjs-node-gpu";

/**
 * @param {(detail: string) => void} progress
 * @returns {Promise<string | undefined>}
 */
export async function installPackages(progress) {
  const installed = packagesMatchLock();
  if (!installed) {
    progress("npm ci");
    // The record goes first: a break while npm deletes the old packages must not leave it standing.
    rmSync(record, { force: true });
    // Whatever the user's own settings leave out. --prefer-offline: what the npm cache holds is not asked for again.
    const all = ["--include=dev", "--include=optional", "--ignore-scripts"];
    await run("npm", ["ci", ...all, "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"], {
      // Set-up may itself run under `npm start`: its settings must not leak into this npm.
      env: { npm_config_dry_run: undefined, NODE_ENV: undefined },
    });
  }
  linkProject();
  return installed ? undefined : `${Object.keys(lock().packages).length - 1} packages from package-lock.json`;
}

/**
 * npm writes its own record as the last thing it does, so an install that was broken off has none.
 * Which optional packages are there depends on the machine; the engine's is one so that a program that depends on
 * this one can be installed where its install script fails, and is always there in this project.
 */
function packagesMatchLock() {
  const installed = readJson(record)?.packages;
  if (!installed) return false;
  return Object.entries(lock().packages).every(([name, wanted]) => {
    const found = installed[name];
    if (name === "" || (!found && wanted.optional && name !== enginePackage)) return true;
    return found && found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

/** So that a cell can say `import * as igds from "igds"`, and a shell `npx igds`. */
function linkProject() {
  link("..", inRoot("node_modules", "igds"));
  link(path.join("..", "igds", "dist", "cli", "main.js"), inRoot("node_modules", ".bin", "igds"));
  // tslab's fork of TypeScript brings a `tsc` as well, and npm takes the one or the other.
  link(path.join("..", "typescript", "bin", "tsc"), inRoot("node_modules", ".bin", "tsc"));
}

/** The compiler writes plain files; the command must be executable. */
export function makeCommandExecutable() {
  const command = inRoot("dist", "cli", "main.js");
  if (existsSync(command)) chmodSync(command, 0o755);
}

/**
 * @param {string} target
 * @param {string} place
 */
function link(target, place) {
  const found = lstatSync(place, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() && readlinkSync(place) === target) return;
  mkdirSync(path.dirname(place), { recursive: true });
  rmSync(place, { recursive: true, force: true });
  symlinkSync(target, place);
}

/** @returns {{packages: Record<string, {version: string, integrity?: string, optional?: boolean}>}} */
function lock() {
  return readJson(inRoot("package-lock.json"));
}
