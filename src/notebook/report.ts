// Executed notebooks as one page that opens from disk: no network, no kernel, nothing beside the file.
import path from "node:path";
import type { HLJSApi, LanguageFn } from "highlight.js";
import { writeFileAtomic } from "../tensor/atomicFile";
import { escapeHtml } from "./mime";
import { joined, type NotebookCell, readNotebook, runSeconds } from "./notebookFile";
import { scriptCarrier } from "./plotlyScript";
import { duration } from "./progress";
import { type Heading, Prose } from "./reportMarkdown";
import { pageId, renderOutputs } from "./reportOutput";
import { reportStyle } from "./reportStyle";

export interface ReportOptions {
  readonly title: string;
  /** One or two sentences under the title. */
  readonly summary?: string;
}

/** What a report holds. */
export interface ReportSummary {
  readonly notebooks: number;
  readonly figures: number;
  /** Cells that ended with an error. */
  readonly errors: number;
}

interface Chapter {
  readonly id: string;
  readonly title: string;
  readonly html: string;
  readonly headings: readonly Heading[];
  readonly figures: number;
  readonly errors: number;
}

// The page may run its own inline script and show embedded pictures; every request to anywhere is refused.
const policy = [
  "default-src 'none'",
  "img-src data: blob:",
  "style-src 'unsafe-inline'",
  "script-src 'unsafe-inline' 'unsafe-eval'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/**
 * Writes the report of executed notebooks as one self-contained HTML file. Plotly figures are live, with their
 * picture where scripts do not run; HTML from notebooks is sanitised.
 * @param notebookPaths .ipynb files, in reading order
 * @throws Error if a notebook is missing or is not nbformat 4
 */
export async function writeReport(
  notebookPaths: readonly string[],
  outFile: string,
  options: ReportOptions,
): Promise<ReportSummary> {
  const chapters: Chapter[] = [];
  for (const file of notebookPaths) chapters.push(await renderChapter(file));
  const figures = chapters.reduce((sum, chapter) => sum + chapter.figures, 0);
  const title = escapeHtml(options.title);
  const summary = options.summary ? `<p>${escapeHtml(options.summary)}</p>` : "";
  await writeFileAtomic(
    outFile,
    `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${title}</title>
<style>${reportStyle}</style>
</head>
<body>
<div class="page">
<header><h1>${title}</h1>${summary}</header>
${contents(chapters)}
<main>
${chapters.map(({ html }) => html).join("\n")}
</main>
</div>
${figures > 0 ? scriptCarrier() : ""}
</body>
</html>
`,
  );
  return {
    notebooks: chapters.length,
    figures,
    errors: chapters.reduce((sum, chapter) => sum + chapter.errors, 0),
  };
}

async function renderChapter(file: string): Promise<Chapter> {
  const notebook = await readNotebook(file);
  const id = pageId(file);
  const prose = new Prose(id, path.dirname(file));
  const parts: string[] = [];
  let figures = 0;
  let errors = 0;
  for (const [at, cell] of notebook.cells.entries()) {
    if (cell.metadata?.tags?.includes("remove-cell")) continue;
    if (cell.cell_type === "markdown") {
      parts.push(`<div class="prose">${prose.render(joined(cell.source), cell.attachments)}</div>`);
    } else if (cell.cell_type === "code" && joined(cell.source).trim() !== "") {
      const outputs = await renderOutputs(cell.outputs ?? [], prose, `${id}-${at}`);
      figures += outputs.figures;
      errors += outputs.errors;
      parts.push(codeHtml(cell), outputs.html === "" ? "" : `<div class="outputs">${outputs.html}</div>`);
    }
  }
  const title = prose.headings[0]?.text ?? path.basename(file, ".ipynb");
  const seconds = runSeconds(notebook);
  const ran = notebook.cells.some(({ execution_count: count }) => count !== null && count !== undefined);
  const origin = [
    escapeHtml(path.basename(file)),
    seconds === undefined ? (ran ? "" : "not run yet") : `ran in ${duration(seconds)}`,
    errors > 0 ? '<span class="failed">stopped with an error</span>' : "",
  ];
  return {
    id,
    title,
    headings: prose.headings.filter(({ level }, i) => i > 0 && level === 2),
    figures,
    errors,
    html: `<article id="${id}">\n<p class="origin">${origin.filter((part) => part !== "").join(" · ")}</p>\n${parts.join("\n")}\n</article>`,
  };
}

let highlighter: HLJSApi | undefined;

function highlighted(source: string): string {
  if (!highlighter) {
    highlighter = require("highlight.js/lib/core") as HLJSApi;
    highlighter.registerLanguage(
      "typescript",
      require("highlight.js/lib/languages/typescript") as LanguageFn,
    );
  }
  return highlighter.highlight(source, { language: "typescript", ignoreIllegals: true }).value;
}

function codeHtml(cell: NotebookCell): string {
  if (cell.metadata?.tags?.includes("remove-input")) return "";
  const source = joined(cell.source);
  const first = source.split("\n").find((line) => line.trim() !== "") ?? "";
  // The first comment of a cell says what it does; it is the best label for the folded code.
  const label = /^\s*\/\/\s*(.+)/.exec(first)?.[1] ?? "code";
  return (
    `<details class="code"><summary>${escapeHtml(label)}</summary>` +
    `<pre><code>${highlighted(source)}</code></pre></details>`
  );
}

function contents(chapters: readonly Chapter[]): string {
  const items = chapters.map(({ id, title, headings, errors }) => {
    const inner = headings.map(
      ({ text, id: anchor }) => `<li><a href="#${anchor}">${escapeHtml(text)}</a></li>`,
    );
    const failed = errors > 0 ? ' <span class="failed">(error)</span>' : "";
    const list = inner.length > 0 ? `<ol>${inner.join("")}</ol>` : "";
    return `<li><a href="#${id}">${escapeHtml(title)}</a>${failed}${list}</li>`;
  });
  return `<nav class="contents" aria-label="Contents"><h2>Contents</h2><ol>${items.join("")}</ol></nav>`;
}
