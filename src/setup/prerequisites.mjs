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
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 9)) {
    problems.push(
      `Node: expected version 20.9 or newer, found ${process.versions.node}.\n  Install Node 22 (LTS) or use your version manager, e.g. \`nvm install 22\`.`,
    );
  }
  if (process.platform !== "linux" && process.platform !== "darwin") {
    problems.push(
      `System: expected Linux or macOS, found ${process.platform}.\n  On Windows, run the project inside WSL 2.`,
    );
  }
  const python = findPython();
  if (python === undefined) {
    problems.push(
      "Python: expected version 3.9 or newer with the modules venv and ensurepip, found none (tried $PYTHON, python3, python, python3.9 to python3.14).\n  Debian, Ubuntu: sudo apt install python3 python3-venv · Fedora: sudo dnf install python3 · macOS: xcode-select --install",
    );
  }
  if (problems.length > 0)
    throw new Error(`Set-up cannot start:\n${problems.map((p) => `- ${p}`).join("\n")}`);
  return {
    node: process.versions.node,
    python: /** @type {{program: string, version: string}} */ (python),
    compiler: findCompiler(),
  };
}

/** What to say where no compiler is found: not fatal, as a prebuilt addon may do. */
export const compilerAdvice =
  "no C++17 compiler found (tried $CXX, g++, clang++, c++). Debian, Ubuntu: sudo apt install g++ · Fedora: sudo dnf install gcc-c++ · macOS: xcode-select --install";

function findPython() {
  const named = ["python3", "python", ...[14, 13, 12, 11, 10, 9].map((minor) => `python3.${minor}`)];
  for (const program of process.env.PYTHON ? [process.env.PYTHON, ...named] : named) {
    const version = ask(program, ["-c", pythonProbe]);
    if (version !== undefined) return { program, version };
  }
  return undefined;
}

function findCompiler() {
  const named = ["g++", "clang++", "c++"];
  return (process.env.CXX ? [process.env.CXX, ...named] : named).find(
    (program) => ask(program, ["-std=c++17", "-dumpversion"]) !== undefined,
  );
}
