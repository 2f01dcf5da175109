// Sets the project up: packages, TensorFlow, Jupyter, the compiled library, the kernel.
//
// Plain JavaScript with nothing but Node's own modules, as it runs before anything is installed. Every step
// looks at what is there first, so a set-up can be repeated at any time and goes on where a broken one stopped.

import { fileURLToPath } from "node:url";
import { installAddon } from "./addon.mjs";
import { build, registerKernel, TypeErrors } from "./build.mjs";
import { entry } from "./entry.mjs";
import { removeParts } from "./files.mjs";
import { installPackages } from "./npmPackages.mjs";
import { engine as engineFolder } from "./paths.mjs";
import { checkPrerequisites, compilerAdvice } from "./prerequisites.mjs";
import { clearTemporary, decisiveLine, endLeftovers } from "./processes.mjs";
import { createVenv, installRequirements } from "./pythonEnvironment.mjs";
import { Reporter, seconds } from "./reporter.mjs";
import { takeLock } from "./setupLock.mjs";
import { chooseWheel, installTensorflow } from "./tensorflow.mjs";

/**
 * @typedef {object} SetupResult
 * @property {import("./addon.mjs").EngineStatus} engine
 * @property {TypeErrors | undefined} typeErrors what the compiler complained about; dist/ is written all the same
 */

/** @returns {Promise<SetupResult>} */
export function setup() {
  return alone(async (machine, reporter) => {
    const result = await runSteps(machine, reporter);
    return { result, but: result.typeErrors ? ", but the compiler finds type errors" : "" };
  });
}

/**
 * Does the work of a set-up while no other one runs, and tells of it.
 * @template T
 * @param {(machine: import("./prerequisites.mjs").Prerequisites, reporter: Reporter) => Promise<{result: T, but: string}>} work
 * @returns {Promise<T>}
 */
export async function alone(work) {
  const reporter = new Reporter();
  const start = performance.now();
  const machine = checkPrerequisites();
  if (machine.compiler === undefined) reporter.line(`! ${compilerAdvice}`);
  const release = await takeLock((holder) => reporter.line(`… waiting for another set-up (${holder})`));
  try {
    endLeftovers();
    clearTemporary();
    removeParts(engineFolder);
    const { result, but } = await work(machine, reporter);
    reporter.line(`Set-up is complete${but} (${seconds(performance.now() - start)})`);
    return result;
  } finally {
    release();
  }
}

/**
 * npm's half and Python's half have nothing to do with each other and run side by side.
 * @param {import("./prerequisites.mjs").Prerequisites} machine
 * @param {Reporter} reporter
 * @returns {Promise<SetupResult>}
 */
async function runSteps(machine, reporter) {
  const wheel = attempt(chooseWheel);
  const packages = reporter.step("npm packages", installPackages);
  const venv = reporter.step("Python environment", () => createVenv(machine.python));
  const jupyter = venv.then(() =>
    reporter.step("JupyterLab", (progress) => installRequirements(machine.python, progress)),
  );
  const libraries = venv.then(() =>
    machine.compiler === undefined || wheel instanceof Error
      ? undefined
      : reporter.step("TensorFlow", (progress) => installTensorflow(wheel, progress)),
  );
  // A failed download is one reason among others why the addon is not built: it is reported there.
  libraries.catch(() => undefined);

  /** @type {TypeErrors | undefined} */
  let typeErrors;
  const compiled = packages.then(async () => {
    try {
      await reporter.step("library and kernel", () => build());
    } catch (error) {
      if (!(error instanceof TypeErrors)) throw error;
      typeErrors = error;
    }
  });
  // The kernel enters itself: it has to be compiled.
  const registered = Promise.all([jupyter, compiled]).then(() =>
    reporter.step("Jupyter kernel", registerKernel),
  );
  /** @type {import("./addon.mjs").EngineStatus | undefined} */
  let engine;
  const addon = Promise.all([packages, venv]).then(() =>
    reporter.step("engine", async (progress) => {
      const { status, done } = await installAddon(machine, wheel, libraries, progress);
      engine = status;
      return done;
    }),
  );
  // All are waited for before a failure is reported: no step may go on after the lock is given back.
  const outcomes = await Promise.allSettled([
    packages,
    venv,
    jupyter,
    compiled,
    registered,
    addon,
    libraries,
  ]);
  for (const outcome of outcomes.slice(0, -1)) if (outcome.status === "rejected") throw outcome.reason;
  if (engine === undefined) throw new Error("Expected the engine step to report a status, found none");
  if (engine.backend === "wasm") warnOfWasm(engine, reporter);
  return { engine, typeErrors };
}

/**
 * @param {import("./addon.mjs").EngineStatus} engine
 * @param {Reporter} reporter
 */
export function warnOfWasm(engine, reporter) {
  reporter.line(
    "! No native TensorFlow: the WebAssembly engine runs, which samples slowly and cannot train.",
  );
  for (const { way, ok, reason } of engine.attempts)
    if (!ok) reporter.line(`!   ${way}: ${decisiveLine(reason)}`);
  reporter.line("! Mend the cause and run `npm run setup` again. Whole messages: .engine/status.json");
}

/**
 * @template T
 * @param {() => T} work
 * @returns {T | Error}
 */
export function attempt(work) {
  try {
    return work();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await entry(async () => {
    const { typeErrors } = await setup();
    if (typeErrors) throw typeErrors;
  });
}
