// The checks of `npm test`: each says how many of its parts passed and failed.

import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { readJson } from "./files.mjs";
import { jupyterEnvironment } from "./jupyterEnvironment.mjs";
import { inRoot, typescript } from "./paths.mjs";
import { runToEnd } from "./processes.mjs";

/** @typedef {{passed: number, failed: number}} Count */

const types = (/** @type {string} */ project) => program(process.execPath, [typescript, "-p", project]);
/** Lint and the order of imports; the format has a check of its own. */
const onlyLint = ["--formatter-enabled=false", "--error-on-warnings"];
const bin = (/** @type {string} */ name) => inRoot("node_modules", ".bin", name);

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {() => Promise<Count>} run
 * @property {true} [alone] needs the whole machine
 */

/** @type {readonly Check[]} */
export const checks = [
  { name: "types of src, kernels and test", run: () => types("test/tsconfig.json") },
  { name: "types of the playground's page", run: () => types("src/playground/page/tsconfig.json") },
  { name: "types of the set-up scripts", run: () => types("src/setup/tsconfig.json") },
  { name: "lint and order of imports", run: () => program(bin("biome"), ["check", ...onlyLint, "."]) },
  { name: "format", run: () => program(bin("biome"), ["format", "."]) },
  { name: "import directions", run: () => program(process.execPath, ["test/directions.mjs"]) },
  { name: "nothing unused", run: () => program(bin("knip"), ["--no-progress"]) },
  { name: "nothing twice", run: () => program(bin("jscpd"), ["--exitCode", "1"]) },
  { name: "reference of every exported name", run: () => program(bin("typedoc"), ["--emit", "none"]) },
  { name: "tests", run: vitest, alone: true },
];

/**
 * A program that passes or fails as a whole; what it printed is shown when it fails.
 * @param {string} name
 * @param {readonly string[]} args
 * @returns {Promise<Count>}
 */
async function program(name, args) {
  const { code, output } = await runToEnd(name, args, { env: { NO_COLOR: "1" } });
  if (code === 0) return { passed: 1, failed: 0 };
  process.stdout.write(`${output.trimEnd()}\n`);
  return { passed: 0, failed: 1 };
}

// TensorFlow greets each process on descriptor 2, before anything can tell it not to.
const tensorflowGreeting = /^WARNING: All log messages before absl|^I0000 .* port\.cc/;

/**
 * Each test counts; a file that could not even be loaded counts as one failure.
 * @returns {Promise<Count>}
 */
async function vitest() {
  const report = inRoot("out", "test", "vitest.json");
  mkdirSync(path.dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { code } = await runToEnd(bin("vitest"), args, {
    env: { ...jupyterEnvironment, NO_COLOR: "1" },
    onLine: (line) => tensorflowGreeting.test(line) || process.stdout.write(`${line}\n`),
  });
  const count = countVitest(readJson(report));
  // It can also fail outside of any test: an unhandled rejection, say, or no report at all.
  return code !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
}

/**
 * @param {any} report vitest's JSON report
 * @returns {Count}
 */
export function countVitest(report) {
  if (report === undefined) return { passed: 0, failed: 1 };
  /** @type {{status: string, assertionResults: {status: string}[]}[]} */
  const files = report.testResults;
  const broken = files.filter(
    (file) => file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed"),
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken.length };
}
