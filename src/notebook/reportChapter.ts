// One executed notebook of the report: its chapter, and what its card in the gallery says.
import path from "node:path";
import type { HLJSApi, LanguageFn } from "highlight.js";
import { type VerdictRecord, verdictType } from "./claimRecord";
import { escapeHtml } from "./mime";
import { joined, type Notebook, type NotebookCell, readNotebook, runSeconds } from "./notebookFile";
import { duration } from "./progress";
import { type Heading, Prose } from "./reportMarkdown";
import { pageId, renderOutputs } from "./reportOutput";

/** A picture of the notebook that stands for it in the gallery. */
export interface Thumbnail {
  readonly png: Buffer;
  readonly alt: string;
}

export interface Chapter {
  readonly id: string;
  readonly file: string;
  readonly title: string;
  /** HTML of what the notebook claims, or else of the first paragraph below its title. */
  readonly about: string;
  readonly html: string;
  readonly headings: readonly Heading[];
  readonly figures: number;
  readonly errors: number;
  /** Such as "ran in 50 s". */
  readonly ran: string;
  readonly claim?: VerdictRecord;
  readonly thumbnail?: Thumbnail;
}

/**
 * @param pages the notebooks of the report: their ids by their absolute paths
 * @throws Error if the notebook is missing or is not nbformat 4
 */
export async function renderChapter(
  file: string,
  pages: ReadonlyMap<string, string> = new Map(),
): Promise<Chapter> {
  const notebook = await readNotebook(file);
  const id = pageId(file);
  const prose = new Prose(id, path.dirname(file), pages);
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
  const seconds = runSeconds(notebook);
  const counted = notebook.cells.some(({ execution_count: count }) => count !== null && count !== undefined);
  const ran = seconds === undefined ? (counted ? "" : "not run yet") : `ran in ${duration(seconds)}`;
  const origin = [
    escapeHtml(path.basename(file)),
    ran,
    errors > 0 ? '<span class="failed">stopped with an error</span>' : "",
  ];
  const claim = claimOf(notebook);
  const thumbnail = thumbnailOf(notebook);
  return {
    id,
    file,
    title: prose.headings[0]?.text ?? path.basename(file, ".ipynb"),
    about: claim
      ? `<p>${escapeHtml(claim.claim)}</p>`
      : new Prose(`${id}-card`, path.dirname(file), pages).render(leadOf(notebook)),
    headings: prose.headings.filter(({ level }, i) => i > 0 && level === 2),
    figures,
    errors,
    ran,
    ...(claim ? { claim } : {}),
    ...(thumbnail ? { thumbnail } : {}),
    html: `<article id="${id}" tabindex="-1">\n<p class="origin">${origin.filter((part) => part !== "").join(" · ")}</p>\n${parts.join("\n")}\n</article>`,
  };
}

function bundlesOf({ cells }: Notebook) {
  return cells.flatMap(({ outputs = [], metadata }) =>
    outputs.flatMap((output) =>
      "data" in output ? [{ data: output.data, tags: metadata?.tags ?? [] }] : [],
    ),
  );
}

/** What `igds.claim` left in the outputs, if it has the form that it should. */
function claimOf(notebook: Notebook): VerdictRecord | undefined {
  const found = bundlesOf(notebook).findLast(({ data }) => verdictType in data)?.data[verdictType];
  const record = found as Partial<VerdictRecord> | undefined;
  const { claim, words, verdict = null, facts = {} } = record ?? {};
  if (typeof claim !== "string" || typeof words !== "string") return undefined;
  return { claim, words, verdict, facts };
}

/** The picture of a cell tagged `thumbnail`; else the first figure; else the first picture. */
function thumbnailOf(notebook: Notebook): Thumbnail | undefined {
  const pictures = bundlesOf(notebook).filter(({ data }) => data["image/png"] !== undefined);
  const chosen =
    pictures.find(({ tags }) => tags.includes("thumbnail")) ??
    pictures.find(({ data }) => "application/vnd.plotly.v1+json" in data) ??
    pictures[0];
  if (!chosen) return undefined;
  const alt = joined(chosen.data["text/plain"]).replace(/^\[|\]$/g, "");
  return { png: Buffer.from(joined(chosen.data["image/png"]), "base64"), alt: alt || "picture" };
}

/** The first paragraph of words in the first prose; one with HTML may be anything. */
function leadOf({ cells }: Notebook): string {
  const first = cells.find(({ cell_type }) => cell_type === "markdown");
  const paragraphs = joined(first?.source ?? "").split(/\n\s*\n/);
  return (
    paragraphs.find((paragraph) => /^\s*[\p{L}*_`"($]/u.test(paragraph) && !paragraph.includes("<")) ?? ""
  );
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
