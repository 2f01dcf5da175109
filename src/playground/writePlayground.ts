// The playground as one file: page, scripts, models and what is stored of the real images.
import { existsSync } from "node:fs";
import path from "node:path";
import type { Distiller } from "../distill/distiller";
import { writeFileAtomic } from "../tensor/atomicFile";
import { readTextIfThere } from "../tensor/textFile";
import { type ExportOptions, exportContent } from "./exportContent";
import { withReport } from "./reportLink";

/** Where set-up leaves the bundled scripts; src/playground and dist/playground lie equally deep. */
const builtScripts = path.join(__dirname, "..", "..", "dist", "playground", "page");

export interface PlaygroundOptions extends ExportOptions {
  /** Folder of the bundled scripts. Default: that of the last build. */
  readonly scripts?: string;
}

/** The report that the page links to where it stands beside it: what `igds figures` writes unless told. */
const report = "index.html";

/**
 * Writes the playground: a page that opens from disk, without network, and samples in the reader's browser.
 *
 * @returns bytes of the file
 * @throws where the scripts have not been built, or as `exportContent`
 */
export async function writePlayground(
  file: string,
  distiller: Distiller,
  options: PlaygroundOptions = {},
): Promise<number> {
  const { scripts = builtScripts } = options;
  const [html, style, page, worker] = await Promise.all(
    ["page.html", "page.css", "main.js", "worker.js"].map((name) => readScript(scripts, name)),
  );
  const parts: Readonly<Record<string, string>> = {
    style,
    content: asData(await exportContent(distiller, options)),
    worker: asData(worker),
    // In a script's text these two would end it, or hide its end.
    page: page.replace(/<\/(script)/gi, "<\\/$1").replaceAll("<!--", "<\\!--"),
  };
  const template = existsSync(path.join(path.dirname(file), report)) ? withReport(html, report) : html;
  // A place is a comment in scripts and styles, a string in JSON: the template is valid by itself.
  const text = template.replace(
    /\/\* @(\w+) \*\/|"@(\w+)"/g,
    (_, comment: string | undefined, string: string) => parts[comment ?? string],
  );
  await writeFileAtomic(file, text);
  return Buffer.byteLength(text);
}

/** JSON for an element of its own: no "<" of it can be taken for HTML. */
function asData(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

async function readScript(folder: string, name: string): Promise<string> {
  const script = await readTextIfThere(path.join(folder, name));
  if (script !== null) return script;
  throw new Error(`Expected ${name} of the playground in ${folder}, found none. Build it: npm run build`);
}
