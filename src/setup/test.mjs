// `npm test`: set-up, then every check. The last line is `N passed, N failed`.

import { availableParallelism } from "node:os";
import { checks } from "./checks.mjs";
import { seconds } from "./reporter.mjs";
import { setup } from "./setup.mjs";

let passed = 0;
let failed = 0;

/**
 * @param {string} name
 * @param {() => Promise<import("./checks.mjs").Count>} run
 */
async function check(name, run) {
  const start = performance.now();
  /** @type {import("./checks.mjs").Count} */
  let count;
  try {
    count = await run();
  } catch (error) {
    console.log(error instanceof Error ? error.message : error);
    count = { passed: 0, failed: 1 };
  }
  passed += count.passed;
  failed += count.failed;
  const verdict = count.failed === 0 ? "ok" : "FAILED";
  console.log(
    `${verdict}: ${name}, ${count.passed} passed, ${count.failed} failed (${seconds(performance.now() - start)})`,
  );
}

await check("set-up", async () => {
  // Type errors are told by their own check; the program is written out all the same.
  await setup();
  return { passed: 1, failed: 0 };
});
// Without its packages no other check means anything.
if (failed === 0) {
  const waiting = checks.filter(({ alone }) => !alone);
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await check(next.name, next.run);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  for (const { name, run } of checks.filter(({ alone }) => alone)) await check(name, run);
}

console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
