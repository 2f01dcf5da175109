// `npm run release:check`: whether this tree could be published as it stands.

import { build } from "./build.mjs";
import { checks } from "./checks.mjs";
import { entry } from "./entry.mjs";
import { readIfThere, readJson } from "./files.mjs";
import { inRoot } from "./paths.mjs";
import { ask, runToEnd } from "./processes.mjs";

/** What is short and concerns who installs it; `npm test` has the rest. */
const tests = ["test/docs", "test/package", "test/examples.test.ts"];

await entry(async () => {
  await build(); // what is published is dist/
  const faults = [...treeFaults(), ...versionFaults()];
  for (const fault of faults) console.log(`✗ ${fault}`);
  let failed = faults.length;
  for (const { name, run } of checks.filter(({ alone }) => !alone)) {
    const count = await run();
    console.log(`${count.failed === 0 ? "✓" : "✗"} ${name}`);
    failed += count.failed;
  }
  const { code, output } = await runToEnd(inRoot("node_modules", ".bin", "vitest"), ["run", ...tests], {
    env: { NO_COLOR: "1" },
  });
  if (code !== 0) console.log(output.trimEnd());
  console.log(`${code === 0 ? "✓" : "✗"} ${tests.join(", ")}`);
  if (failed > 0 || code !== 0) {
    console.log("Not ready for a release.");
    return 1;
  }
  console.log(`Ready to be published as v${readJson(inRoot("package.json")).version}.`);
  return 0;
});

function treeFaults() {
  const changes = ask("git", ["-C", inRoot(), "status", "--porcelain"]);
  if (changes === undefined) return ["Expected a git repository, found none: a release is made of a commit."];
  if (changes === "") return [];
  return [`Expected no changes that are not committed, found:\n${changes}`];
}

function versionFaults() {
  const { version } = readJson(inRoot("package.json"));
  const lock = readJson(inRoot("package-lock.json"));
  const faults = [];
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) faults.push(`"${version}" is no version.`);
  for (const found of [lock.version, lock.packages[""].version]) {
    if (found !== version)
      faults.push(
        `package-lock.json says ${found}, package.json ${version}. Run: npm install --ignore-scripts`,
      );
  }
  const changelog = readIfThere(inRoot("CHANGELOG.md")) ?? "";
  const heading = new RegExp(`^## ${version.replaceAll(".", "\\.")} - (\\S+)$`, "m").exec(changelog);
  if (!heading) faults.push(`CHANGELOG.md has no heading "## ${version} - DATE".`);
  else if (!/^\d{4}-\d\d-\d\d$/.test(heading[1] ?? ""))
    faults.push(`CHANGELOG.md dates ${version} "${heading[1]}": expected the day of the release.`);
  return faults;
}
