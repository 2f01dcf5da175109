// Where everything lies. All of it is inside the project folder.

import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..", "..");

/** @param {...string} parts */
export const inRoot = (...parts) => path.join(root, ...parts);

export const cache = inRoot(".cache");
/** Of this process and its children: a set-up leaves alone what belongs to a process that runs. */
export const temporary = path.join(cache, "tmp", String(process.pid));
export const engine = inRoot(".engine");
export const venv = inRoot(".venv");
export const venvPython = path.join(venv, "bin", "python");
export const requirements = inRoot("src", "setup", "python");

/**
 * Where a package lies: in node_modules of this project, or beside it where this project is itself a package.
 * @param {string} name
 */
export function packagePlace(name) {
  for (let folder = root; ; folder = path.dirname(folder)) {
    const place = path.join(folder, "node_modules", name);
    if (existsSync(place)) return place;
    if (folder === path.dirname(folder)) return inRoot("node_modules", name);
  }
}

/** Asked anew each time, as set-up installs it. */
export const tfjsNode = () => packagePlace("@tensorflow/tfjs-node-gpu");
// Not node_modules/.bin/tsc: tslab's fork of TypeScript 5.0 may have taken that name.
export const typescript = inRoot("node_modules", "typescript", "bin", "tsc");
