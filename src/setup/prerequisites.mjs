// What must be on the machine before set-up can do the rest.

import { ask } from "./processes.mjs";

/** @typedef {{node: string, python: {program: string, version: string}, compiler: string | undefined}} Prerequisites */

const pythonProbe =
  "import sys, venv, ensurepip; print('%d.%d.%d' % sys.version_info[:3]); sys.exit(sys.version_info < (3, 9))";

/**
 * @returns {Prerequisites}
 * @throws {Error} that lists everything that is missing and what to do about it
 */
export function checkPrerequisites() {
  const problems = [];
  if (!nodeWillDo(process.versions.node)) {
    problems.push(
      `Node: expected version 20.19 or newer of Node 20, or 22.12 or newer, found ${process.versions.node}.\n  Install Node 22 (LTS) or use your version manager, e.g. \`nvm install 22\`.`,
    );
  }
  if (process.platform !== "linux" && process.platform !== "darwin") {
    problems.push(
      `System: expected Linux or macOS, found ${process.platform}.\n  On Windows, run the project inside WSL 2.`,
    );
  }
  const tensorflow = process.env.IGDS_TENSORFLOW;
  if (tensorflow && tensorflow !== "cpu" && tensorflow !== "cuda")
    problems.push(`IGDS_TENSORFLOW: expected cpu or cuda, found ${tensorflow}.\n  Correct it, or unset it.`);
  const python = findPython();
  const compiler = findCompiler();
  if (compiler === undefined && process.env.CXX)
    problems.push(
      `CXX: expected a C++17 compiler, found ${process.env.CXX}, which does not run or knows no -std=c++17.\n  Correct it, or unset it.`,
    );
  if (python === undefined && process.env.PYTHON) {
    problems.push(
      `PYTHON: expected Python 3.9 or newer with the modules venv and ensurepip, found ${process.env.PYTHON}, which does not run or lacks them.\n  Correct it, or unset it.`,
    );
  } else if (python === undefined) {
    problems.push(
      "Python: expected version 3.9 or newer with the modules venv and ensurepip, found none (tried python3, python, python3.9 to python3.14).\n  Debian, Ubuntu: sudo apt install python3 python3-venv · Fedora: sudo dnf install python3 · macOS: xcode-select --install",
    );
  }
  if (problems.length > 0)
    throw new Error(`Set-up cannot start:\n${problems.map((p) => `- ${p}`).join("\n")}`);
  return {
    node: process.versions.node,
    python: /** @type {{program: string, version: string}} */ (python),
    compiler,
  };
}

/** What to say where no compiler is found: not fatal, as a prebuilt addon may do. */
export const compilerAdvice =
  "no C++17 compiler found (tried g++, clang++, c++). Debian, Ubuntu: sudo apt install g++ · Fedora: sudo dnf install gcc-c++ · macOS: xcode-select --install";

/**
 * Whether a version of Node is one of `engines` in package.json; what the tests run on takes no older ones.
 * @param {string} version such as 22.12.0
 */
export function nodeWillDo(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major === 20 ? minor >= 19 : major === 22 ? minor >= 12 : major > 22;
}

/**
 * The one that `PYTHON` names, and no other, else the first that is there.
 * @returns {{program: string, version: string} | undefined}
 */
export function findPython() {
  const named = ["python3", "python", ...[14, 13, 12, 11, 10, 9].map((minor) => `python3.${minor}`)];
  for (const program of process.env.PYTHON ? [process.env.PYTHON] : named) {
    const version = ask(program, ["-c", pythonProbe]);
    if (version !== undefined) return { program, version };
  }
  return undefined;
}

function findCompiler() {
  const named = ["g++", "clang++", "c++"];
  return (process.env.CXX ? [process.env.CXX] : named).find(
    (program) => ask(program, ["-std=c++17", "-dumpversion"]) !== undefined,
  );
}
