// `igds setup` where this package lies in somebody's node_modules: the engine, and nothing else.
//
// Jupyter is that project's own business (`igds kernel install`), and the library is compiled already. Everything
// lands in this package's folder: an install that replaces it takes the engine along, and this brings it back.

import path from "node:path";
import { addonIsThere, installAddon } from "./addon.mjs";
import { readJson } from "./files.mjs";
import { root, tfjsNode } from "./paths.mjs";
import { run } from "./processes.mjs";
import { createVenv } from "./pythonEnvironment.mjs";
import { alone, attempt, entry, warnOfWasm } from "./setup.mjs";
import { chooseWheel, installTensorflow } from "./tensorflow.mjs";

await entry(() =>
  alone(async (machine, reporter) => {
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
    return { result: undefined, but: "" };
  }),
);

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
