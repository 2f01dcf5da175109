// The checks of `npm test`: each says how many of its parts passed and failed.

import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { readJson } from "./files.mjs";
import { jupyterEnvironment } from "./jupyterEnvironment.mjs";
import { inRoot } from "./paths.mjs";
import { runToEnd } from "./processes.mjs";

/** @typedef {{passed: number, failed: number}} Count */

/** A script of package.json: what a command is, stands there alone. */
const script = (/** @type {string} */ name, /** @type {string[]} */ ...args) =>
  program("npm", ["run", "--silent", name, "--", ...args]);
const bin = (/** @type {string} */ name) => inRoot("node_modules", ".bin", name);

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {() => Promise<Count>} run
 * @property {true} [alone] needs the whole machine
 */

/** @type {readonly Check[]} */
export const checks = [
  { name: "types", run: () => script("typecheck:library") },
  { name: "types of set-up", run: () => script("typecheck:setup") },
  { name: "types of the playground's page", run: () => script("typecheck:page") },
  { name: "lint and order of imports", run: () => script("lint") },
  { name: "format", run: () => script("format:check") },
  { name: "import directions", run: () => program(process.execPath, ["test/directions.mjs"]) },
  { name: "nothing unused", run: () => script("unused") },
  { name: "nothing twice", run: () => script("duplicates") },
  { name: "reference of every exported name", run: () => script("docs", "--emit", "none") },
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
