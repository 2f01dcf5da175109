// Which folder of src/ may import which: the layers stay layers. Run by `npm test` on the whole tree.

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** Besides itself, what each folder may import; "types" means `import type` alone. */
const allowed = {
  tensor: [],
  nn: ["tensor"],
  datasets: ["tensor"],
  information: ["tensor"],
  diffusion: ["nn", "datasets", "information", "tensor"],
  guidance: ["diffusion", "information", "nn", "datasets", "tensor"],
  distill: ["guidance", "diffusion", "information", "nn", "tensor", "datasets"],
  exchange: ["nn", "datasets", "tensor"],
  evaluate: ["nn", "datasets", "information", "tensor"],
  plot: ["*types"],
  notebook: ["plot", "diffusion", "evaluate", "tensor", "*types"],
  experiment: ["distill", "evaluate", "notebook", "diffusion", "information", "datasets", "nn", "tensor"],
  queue: ["distill", "evaluate", "experiment", "datasets", "diffusion", "nn", "tensor", "notebook"],
  playground: ["distill", "guidance", "diffusion", "nn", "datasets", "plot", "tensor"],
  bench: ["distill", "evaluate", "guidance", "diffusion", "information", "datasets", "nn", "tensor"],
  cli: ["*"],
  setup: [],
};

const importStatement =
  /(?:^|\n)\s*(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s*)?["']([^"']+)["']|(?:require|import)\(\s*["']([^"']+)["']\s*\)/g;

/**
 * @param {string} file path from the project folder, with forward slashes
 * @param {string} source its text
 * @returns {string[]} what is wrong, in words
 */
export function violations(file, source) {
  const found = [];
  for (const [, typeOnly, from, dynamic] of source.matchAll(importStatement)) {
    const target = from ?? dynamic;
    const problem = target && problemOf(file, target, typeOnly !== undefined);
    if (problem) found.push(`${file} imports ${target}: ${problem}`);
  }
  return found;
}

/**
 * @param {string} file
 * @param {string} target
 * @param {boolean} typeOnly
 */
function problemOf(file, target, typeOnly) {
  const [top, folder = ""] = file.split("/");
  if (target.startsWith("@tensorflow/")) {
    return file.startsWith("src/tensor/") ? undefined : "only src/tensor/ may import @tensorflow/*";
  }
  if (!target.startsWith(".")) return undefined;
  const to = path.posix.normalize(path.posix.join(path.posix.dirname(file), target)).split("/");
  if (top !== to[0]) return `${top}/ and ${to[0]}/ never import each other`;
  // kernels/, and the files that lie in src/ itself: the public door, which may open on everything.
  if (top !== "src" || folder.includes(".")) return undefined;
  const other = to[1] ?? "";
  if (other === folder) return undefined;
  const may = /** @type {Record<string, string[]>} */ (allowed)[folder];
  if (may === undefined) return `src/${folder} has no entry in test/directions.mjs`;
  if (may.includes("*") || may.includes(other) || (typeOnly && may.includes("*types"))) return undefined;
  return `src/${folder} may only import ${may.join(", ").replace("*types", "types") || "itself"}`;
}

/** @param {string} root the project folder */
function violationsInTree(root) {
  return ["src", "kernels"].flatMap((top) =>
    readdirSync(path.join(root, top), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(ts|mts|mjs)$/.test(name))
      .flatMap((name) => {
        const file = `${top}/${name.split(path.sep).join("/")}`;
        return violations(file, readFileSync(path.join(root, file), "utf8"));
      }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = violationsInTree(path.resolve(path.dirname(process.argv[1]), ".."));
  for (const line of found) console.log(line);
  process.exitCode = found.length === 0 ? 0 : 1;
}
