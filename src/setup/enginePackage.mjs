// The engine's package, @tensorflow/tfjs-node-gpu, where igds itself is a package of another project.
//
// Its own install script downloads a TensorFlow of 2022, and where that fails npm leaves the package out.

import { existsSync } from "node:fs";
import path from "node:path";
import { readJson } from "./files.mjs";
import { inRoot, root, tfjsNode } from "./paths.mjs";
import { run } from "./processes.mjs";

const name = "@tensorflow/tfjs-node-gpu";

/**
 * Without scripts it is installed as the project's lock file has it.
 * @returns {Promise<string | undefined>} what was done, undefined where it is there
 * @throws {Error} that says what to type where it cannot be fetched
 */
export async function fetchEnginePackage() {
  const isThere = () => readJson(path.join(tfjsNode(), "package.json")) !== undefined;
  if (isThere()) return undefined;
  const project = npmProjectOf(root);
  if (project !== undefined) {
    await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: project });
    if (isThere()) return "installed without its script";
  }
  const version = readJson(inRoot("package.json"))?.optionalDependencies?.[name];
  throw new Error(
    `Expected ${name} beside igds, found none. Install it without its script, by the program and in the place that igds was ` +
      `installed by: npm install --ignore-scripts ${name}@${version}, with --global for a global igds, or pnpm add or yarn add.`,
  );
}

/**
 * The project that npm installed a package for: `npm install` in any other folder would remove what is not its own, as all
 * other packages where this one is global, or install over what pnpm or yarn did.
 * @param {string} place folder of the package
 * @returns {string | undefined} none where the folder above node_modules does not name igds, or is not npm's
 */
export function npmProjectOf(place) {
  const [folder = place] = place.split(`${path.sep}node_modules${path.sep}`);
  const project = folder === place ? undefined : readJson(path.join(folder, "package.json"));
  const named = { ...project?.dependencies, ...project?.devDependencies, ...project?.optionalDependencies };
  if (!("igds" in named)) return undefined;
  const others = ["pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb"];
  return others.some((lock) => existsSync(path.join(folder, lock))) ? undefined : folder;
}
