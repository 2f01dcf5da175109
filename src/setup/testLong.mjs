// `npm run test:long`: the tests of faults and of hostile input in their whole length, an hour or two: fifty kills of each command,
// ten thousand bad inputs for each reader, one, two and four workers, and the load on the queue.

import { rmSync } from "node:fs";
import path from "node:path";
import { countVitest } from "./checks.mjs";
import { readJson } from "./files.mjs";
import { jupyterEnvironment } from "./jupyterEnvironment.mjs";
import { inRoot } from "./paths.mjs";
import { runToEnd } from "./processes.mjs";
import { setup } from "./setup.mjs";

const bin = (/** @type {string} */ name) => inRoot("node_modules", ".bin", name);

/** @param {string} line */
const show = (line) => void process.stdout.write(`${line}\n`);

/** Folders, or files, whose tests are about what goes wrong. */
const chosen = process.argv.slice(2);
const tests =
  chosen.length > 0 ? chosen : ["test/queue", "test/faults", "test/nn", "test/tensor", "test/kernels"];

await setup();
const report = inRoot("out", "test", "vitest-long.json");
rmSync(report, { force: true });
// One file at a time: kills and timings of one would disturb the other.
const args = ["run", "--no-file-parallelism", "--reporter=default", "--reporter=json"];
const { code } = await runToEnd(bin("vitest"), [...args, `--outputFile.json=${report}`, ...tests], {
  env: { ...jupyterEnvironment, NO_COLOR: "1", IGDS_LONG: "1" },
  onLine: show,
});
const { passed, failed } = countVitest(readJson(report));
let failures = code !== 0 && failed === 0 ? 1 : failed;
const load = path.join("test", "bench", "queueLoad.ts");
for (const what of chosen.length > 0 ? [] : ["dispatch", "set", "soak"]) {
  const bench = await runToEnd(bin("tsx"), [load, what], { onLine: show });
  if (bench.code !== 0) failures++;
}
console.log(`\n${passed} passed, ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
