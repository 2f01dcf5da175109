// `igds setup` where this package lies in somebody's node_modules: the engine, and nothing else.
//
// Jupyter is that project's own business (`igds kernel install`), and the library is compiled already. Everything
// lands in this package's folder: an install that replaces it takes the engine along, and this brings it back.

import path from "node:path";
import { addonIsThere, installAddon } from "./addon.mjs";
import { readJson, removeParts } from "./files.mjs";
import { engine, root, temporary, tfjsNode } from "./paths.mjs";
import { checkPrerequisites, compilerAdvice } from "./prerequisites.mjs";
import { endLeftovers, run } from "./processes.mjs";
import { createVenv } from "./pythonEnvironment.mjs";
import { Reporter, seconds } from "./reporter.mjs";
import { attempt, entry, warnOfWasm } from "./setup.mjs";
import { takeLock } from "./setupLock.mjs";
import { chooseWheel, installTensorflow } from "./tensorflow.mjs";

await entry(async () => {
  const reporter = new Reporter();
  const start = performance.now();
  const machine = checkPrerequisites();
  if (machine.compiler === undefined) reporter.line(`! ${compilerAdvice}`);
  const release = await takeLock((holder) => reporter.line(`… waiting for another set-up (${holder})`));
  try {
    endLeftovers();
    for (const folder of [engine, temporary]) removeParts(folder);
    await reporter.step("the engine's package", fetchPackage);
    await reporter.step("Python environment", () => createVenv(machine.python));
    const wheel = attempt(chooseWheel);
    const libraries =
      machine.compiler === undefined || wheel instanceof Error || addonIsThere()
        ? Promise.resolve()
        : reporter.step("TensorFlow", (progress) => installTensorflow(wheel, progress));
    // A failed download is one reason among others why the addon is not built: it is reported there.
    libraries.catch(() => undefined);
    await reporter.step("engine", async (progress) => {
      const { status, done } = await installAddon(machine, wheel, libraries, progress);
      if (status.backend === "wasm") warnOfWasm(status, reporter);
      return done;
    });
    reporter.line(`Set-up is complete (${seconds(performance.now() - start)})`);
  } finally {
    release();
  }
});

/**
 * Its own install script downloads a TensorFlow of 2022, and where that fails npm leaves the package out.
 * Without scripts it is installed as the project's lock file has it.
 */
async function fetchPackage() {
  if (readJson(path.join(tfjsNode(), "package.json"))) return undefined;
  const [project = root] = root.split(`${path.sep}node_modules${path.sep}`);
  await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: project });
  if (readJson(path.join(tfjsNode(), "package.json"))) return "installed without its script";
  throw new Error(
    `Expected @tensorflow/tfjs-node-gpu after \`npm install --ignore-scripts\` in ${project}, found none. ` +
      "Install it there: npm install --ignore-scripts @tensorflow/tfjs-node-gpu",
  );
}
