// src/ -> dist/ and kernels/ -> dist/kernels/, the playground's scripts, and the kernel's entry in .venv.

import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { bundlePlayground } from "./bundle.mjs";
import { entry } from "./entry.mjs";
import { hashOf, readIfThere, writeWhole } from "./files.mjs";
import { makeCommandExecutable } from "./npmPackages.mjs";
import { inRoot, root, typescript, venv } from "./paths.mjs";
import { runToEnd } from "./processes.mjs";

/** A program that has type errors but was written out all the same. */
export class TypeErrors extends Error {}

const stamp = inRoot("dist", ".igds-stamp");

/**
 * Nothing changed since the last build without complaints, nothing done.
 * @throws {TypeErrors} with the compiler's complaints
 */
export async function build() {
  removeStale();
  const key = hashOfSources();
  if (readIfThere(stamp) === key) return undefined;
  const complaints = [];
  for (const project of ["tsconfig.json", path.join("kernels", "tsconfig.json")]) {
    const { code, output } = await runToEnd(process.execPath, [
      typescript,
      "-p",
      project,
      "--pretty",
      "false",
    ]);
    if (code !== 0) complaints.push(output.trim());
  }
  makeCommandExecutable();
  try {
    await bundlePlayground();
  } catch (error) {
    complaints.push(`The playground cannot be bundled. ${error instanceof Error ? error.message : error}`);
  }
  if (complaints.length > 0) throw new TypeErrors(`The build finds errors:\n${complaints.join("\n")}`);
  writeWhole(stamp, key);
  return "dist/";
}

/**
 * Removes what was compiled from sources that are gone: the compiler leaves it, and a package would carry it along.
 * @param {string} [project]
 */
export function removeStale(project = root) {
  const dist = path.join(project, "dist");
  if (!existsSync(dist)) return;
  for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    const file = /^(.*)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(name)?.[1];
    if (file === undefined) continue;
    const source = file.startsWith(`kernels${path.sep}`) ? `${file}.ts` : path.join("src", `${file}.ts`);
    if (!existsSync(path.join(project, source))) rmSync(path.join(dist, name));
  }
}

/** Whether dist/ was built of the sources as they are, without complaints. */
export function isBuilt() {
  return readIfThere(stamp) === hashOfSources();
}

/** All that the compiler and the bundler read, their own versions included. */
function hashOfSources() {
  const bundler = ["bundle.mjs", "notices.mjs"].map((name) => path.join("src", "setup", name));
  const files = ["tsconfig.json", "package-lock.json", ...bundler];
  for (const folder of ["src", "kernels"]) {
    const names = readdirSync(inRoot(folder), { recursive: true, encoding: "utf8" });
    files.push(
      ...names.filter((name) => /\.(ts|json|css|html)$/.test(name)).map((name) => path.join(folder, name)),
    );
  }
  return hashOf(...files.sort().flatMap((file) => [file, readFileSync(inRoot(file))]));
}

/** Registers the kernel with the project's own Jupyter, under the paths that hold now: a moved folder works too. */
export function registerKernel() {
  const installer = inRoot("dist", "kernels", "install", "kernelspec.js");
  const { installKernel } = createRequire(import.meta.url)(installer);
  const folder = path.join(venv, "share", "jupyter");
  // By force: .venv is the project's own, and an older set-up's entry has no mark.
  const { changed } = installKernel({ folder, name: "igds", displayName: "TypeScript (IGDS)", force: true });
  return changed ? "TypeScript (IGDS), known to Jupyter as igds" : undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await entry(async () => console.log((await build()) ?? "Nothing has changed since the last build."));
}
