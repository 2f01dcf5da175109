// The licences of what a bundle holds: MIT, BSD and Apache-2.0 ask that their texts go with every copy.

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { readIfThere, readJson } from "./files.mjs";
import { inRoot, packagePlace } from "./paths.mjs";

/** What makers have built into a file that npm packages bring. */
const inside = new Map([
  [
    "@tensorflow/tfjs-backend-wasm",
    "Its WebAssembly program contains XNNPACK, https://github.com/google/XNNPACK (BSD-3-Clause; copyright Facebook, Inc. " +
      "and its affiliates, copyright 2019 Google LLC).",
  ],
]);

/**
 * @param {readonly string[]} files that went into a bundle, from the project folder, as esbuild's metafile names them
 * @returns {string} each package with its version and licence, and the text of every licence once
 * @throws {Error} for a package whose licence has no text
 */
export function noticesOf(files) {
  const folders = [...new Set(files.flatMap((file) => packageOf(file) ?? []))];
  /** @type {Map<string, string[]>} */
  const byText = new Map();
  for (const folder of folders.sort()) {
    const { name, version, license } = readJson(path.join(folder, "package.json")) ?? {};
    const text = licenceIn(folder, name, license);
    const line = [`${name} ${version} (${license})`, inside.get(name)].filter(Boolean).join("\n  ");
    byText.set(text, [...(byText.get(text) ?? []), line]);
  }
  const head = "These scripts contain what follows, each under the licence that stands below it.";
  const parts = [...byText].map(([text, packages]) => `${packages.join("\n")}\n\n${text}`);
  return `${[head, ...parts].join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}

/**
 * The folder of the package that a file belongs to, none for files of this project and for those that a package keeps
 * out of browsers, in whose place nothing is bundled.
 * @param {string} file
 */
function packageOf(file) {
  if (file.startsWith("(disabled):")) return undefined;
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(
    inRoot(...file.split(/[\\/]/)).replaceAll("\\", "/"),
  )?.[0];
}

/**
 * @param {string} folder of the package
 * @param {string} name
 * @param {string} licence
 */
function licenceIn(folder, name, licence) {
  const own = readdirSync(folder).find((file) => /^licen[cs]e(\.(md|txt))?$/i.test(file));
  if (own) return textOf(path.join(folder, own));
  const readme = readIfThere(path.join(folder, "README.md")) ?? "";
  const section = /^#* *licen[cs]e\b.*\n(?:-+\n)?\s*(copyright [\s\S]*)/im.exec(readme)?.[1];
  if (section) return section.trim();
  // The packages of TensorFlow.js come without the text of their licence; TypeScript has the same one.
  if (licence === "Apache-2.0") return textOf(path.join(packagePlace("typescript"), "LICENSE.txt"));
  throw new Error(`${name}: expected the text of its licence (${licence}) in ${folder}, found none.`);
}

/** @param {string} file */
const textOf = (file) => readFileSync(file, "utf8").replaceAll("\r\n", "\n").trim();
