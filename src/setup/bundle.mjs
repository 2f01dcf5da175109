// src/playground/page/ -> dist/playground/page/: the scripts of the playground, each with all that it needs of the library.
//
// A file x.browser.ts stands in for x.ts; a module of Node in the graph is an error, as a page has none. The licences of what
// is in the scripts lie beside them, and stand at the end of main.js, as the playground is handed on as one page.

import { appendFileSync, copyFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { writeWhole } from "./files.mjs";
import { noticesOf } from "./notices.mjs";
import { inRoot } from "./paths.mjs";

const page = inRoot("src", "playground", "page");

/** @param {string} folder what is written to */
export async function bundlePlayground(folder = inRoot("dist", "playground", "page")) {
  // Not imported above: set-up is read before the packages are installed.
  const { build } = await import("esbuild");
  mkdirSync(folder, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: inRoot(),
    metafile: true,
    entryPoints: ["main.ts", "worker.ts", "page.css"].map((name) => path.join(page, name)),
    outdir: path.resolve(folder),
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
  // Of the files that were looked at, those of which something is left.
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const notices = noticesOf(inputs.flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])));
  writeWhole(path.join(folder, "THIRD-PARTY-NOTICES.txt"), notices);
  appendFileSync(path.join(folder, "main.js"), `/*!\n${notices.replaceAll("*/", "* /")}*/\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundlePlayground(process.argv[2]);
