// src/playground/page/ -> dist/playground/page/: the scripts of the playground, each with all that it needs of the library.
//
// A file x.browser.ts stands in for x.ts; a module of Node in the graph is an error, as a page has none.

import { copyFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { inRoot } from "./paths.mjs";

const page = inRoot("src", "playground", "page");

/** @param {string} folder what is written to */
export async function bundlePlayground(folder = inRoot("dist", "playground", "page")) {
  // Not imported above: set-up is read before the packages are installed.
  const { build } = await import("esbuild");
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: ["main.ts", "worker.ts", "page.css"].map((name) => path.join(page, name)),
    outdir: folder,
    bundle: true,
    minify: true,
    platform: "browser",
    format: "iife",
    target: "es2022",
    mainFields: ["browser", "module", "main"],
    resolveExtensions: [".browser.ts", ".ts", ".js", ".json"],
    loader: { ".wasm": "dataurl" },
    legalComments: "eof",
    logLevel: "error",
  });
  copyFileSync(path.join(page, "page.html"), path.join(folder, "page.html"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundlePlayground(process.argv[2]);
