// Where everything lies. All of it is inside the project folder.

import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..", "..");

/** @param {...string} parts */
export const inRoot = (...parts) => path.join(root, ...parts);

export const cache = inRoot(".cache");
export const temporary = path.join(cache, "tmp");
export const engine = inRoot(".engine");
export const venv = inRoot(".venv");
export const venvPython = path.join(venv, "bin", "python");
export const requirements = inRoot("src", "setup", "python");
export const tfjsNode = inRoot("node_modules", "@tensorflow", "tfjs-node-gpu");
// Not node_modules/.bin/tsc: tslab's fork of TypeScript 5.0 may have taken that name.
export const typescript = inRoot("node_modules", "typescript", "bin", "tsc");
