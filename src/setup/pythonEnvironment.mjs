// .venv: JupyterLab and nbclient, at the versions and hashes of python/requirements.lock.

import { existsSync } from "node:fs";
import path from "node:path";
import { hashOf, readIfThere, writeWhole } from "./files.mjs";
import { inRoot, requirements, venv, venvPython } from "./paths.mjs";
import { run } from "./processes.mjs";

const stamp = path.join(venv, ".igds-stamp");
const lockFile = path.join(requirements, "requirements.lock");
// What papermill needs to know of TypeScript.
const papermill = inRoot("kernels", "papermill");

// A user's own settings for installs into the home folder would break installs into .venv.
export const pipEnvironment = {
  PIP_USER: "0",
  PIP_REQUIRE_VIRTUALENV: "0",
  PIP_DISABLE_PIP_VERSION_CHECK: "1",
  PYTHONHOME: undefined,
  PYTHONPATH: undefined,
};

/**
 * The empty environment with its pip: enough to download with.
 * @param {{program: string, version: string}} python
 */
export async function createVenv(python) {
  if (existsSync(venvPython) && readIfThere(stamp) === wanted(python.version)) return undefined;
  // --clear: what a broken-off set-up left there is not worth keeping, pip's cache has the files.
  await run(python.program, ["-m", "venv", "--clear", venv], { env: pipEnvironment });
  return `Python ${python.version} in .venv`;
}

/**
 * @param {{program: string, version: string}} python
 * @param {(detail: string) => void} progress
 */
export async function installRequirements(python, progress) {
  if (readIfThere(stamp) === wanted(python.version)) return undefined;
  let packages = 0;
  await run(venvPython, ["-m", "pip", "install", "--no-input", "--require-hashes", "-r", lockFile], {
    env: pipEnvironment,
    onLine: (line) => {
      if (/^(Collecting|Processing) /.test(line)) progress(`${++packages} packages found`);
      if (line.startsWith("Installing collected")) progress(`installing ${packages} packages`);
    },
  });
  const own = ["--no-deps", "--no-index", "--no-build-isolation", papermill];
  await run(venvPython, ["-m", "pip", "install", "--no-input", ...own], { env: pipEnvironment });
  writeWhole(stamp, wanted(python.version));
  return `${packages} packages from python/requirements.lock`;
}

/** @param {string} version */
function wanted(version) {
  const own = ["igds_papermill.py", "pyproject.toml"].map((file) => readIfThere(path.join(papermill, file)));
  return hashOf(version, readIfThere(lockFile) ?? "", ...own.map((text) => text ?? ""));
}
