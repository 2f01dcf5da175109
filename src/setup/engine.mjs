// `igds setup` where this package lies in somebody's node_modules: the engine, and nothing else.
//
// Jupyter is that project's own business (`igds kernel install`), and the library is compiled already. Everything
// lands in this package's folder: an install that replaces it takes the engine along, and this brings it back.

import { installAddon } from "./addon.mjs";
import { fetchEnginePackage } from "./enginePackage.mjs";
import { entry } from "./entry.mjs";
import { venvPython } from "./paths.mjs";
import { ask } from "./processes.mjs";
import { createVenv } from "./pythonEnvironment.mjs";
import { alone, attempt, warnOfWasm } from "./setup.mjs";
import { chooseWheel, installTensorflow, tensorflowIsThere } from "./tensorflow.mjs";

await entry(() =>
  alone(async (machine, reporter) => {
    await reporter.step("the engine's package", fetchEnginePackage);
    const wheel = attempt(chooseWheel);
    const fetchTensorflow = async (/** @type {import("./tensorflow.mjs").Wheel} */ wanted) => {
      // Its pip is all that Python is needed for here.
      if (ask(venvPython, ["-m", "pip", "--version"]) === undefined)
        await reporter.step("Python environment", () => createVenv(machine.python));
      await reporter.step("TensorFlow", (progress) => installTensorflow(wanted, progress));
    };
    const libraries =
      machine.compiler === undefined || wheel instanceof Error || tensorflowIsThere(wheel)
        ? Promise.resolve()
        : fetchTensorflow(wheel);
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
