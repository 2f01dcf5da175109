// The outputs of a cell as HTML for the report. Nothing of a notebook is trusted: HTML goes through DOMPurify, text
// is escaped, and the only scripts of the page are our own.
import { createHash } from "node:crypto";
import { stripVTControlCharacters } from "node:util";
import type { Figure } from "../plot/figure";
import { staticPicture } from "../plot/staticPicture";
import { isFigure } from "./bundle";
import { cleanHtml } from "./cleanHtml";
import { escapeHtml, type MimeBundle } from "./mime";
import { joined, type Output } from "./notebookFile";
import { figureHtml } from "./plotlyScript";
import type { Prose } from "./reportMarkdown";

const plotlyType = "application/vnd.plotly.v1+json";

/** The HTML of a cell's outputs, and what was among them. */
export interface RenderedOutputs {
  readonly html: string;
  readonly figures: number;
  readonly errors: number;
}

/** @param id unique in the page; figures and ids are named after it */
export async function renderOutputs(
  outputs: readonly Output[],
  prose: Prose,
  id: string,
): Promise<RenderedOutputs> {
  const parts: string[] = [];
  let figures = 0;
  let errors = 0;
  for (const [at, output] of merged(outputs).entries()) {
    if (output.output_type === "stream") {
      const text = stripVTControlCharacters(overwritten(joined(output.text)));
      const kind = output.name === "stderr" ? "stream stderr" : "stream";
      if (text.trim() !== "") parts.push(`<pre class="${kind}">${escapeHtml(text)}</pre>`);
    } else if (output.output_type === "error") {
      errors++;
      parts.push(errorHtml(output));
    } else {
      const figure = figureOf(output.data);
      try {
        const html = figure
          ? await plotHtml(figure, output.data, `${id}-${at}`)
          : bundleHtml(output.data, prose);
        if (figure) figures++;
        parts.push(`<div class="output">${html}</div>`);
      } catch (error) {
        // One of them does not take the report with it.
        const reason = error instanceof Error ? error.message : String(error);
        parts.push(`<p class="failed">This output cannot be shown: ${escapeHtml(reason)}</p>`);
      }
    }
  }
  return { html: parts.join("\n"), figures, errors };
}

function figureOf(data: MimeBundle): Figure | undefined {
  const spec = data[plotlyType];
  return isFigure(spec) ? spec : undefined;
}

async function plotHtml(figure: Figure, data: MimeBundle, id: string): Promise<string> {
  const stored = data["image/png"];
  const png =
    stored === undefined ? await staticPicture(figure, { scale: 1 }) : Buffer.from(joined(stored), "base64");
  return figureHtml(figure, png, id);
}

/** The richest form of a bundle that a page can show safely. */
function bundleHtml(data: MimeBundle, prose: Prose): string {
  const text = (type: string) => (data[type] === undefined ? undefined : joined(data[type]));
  const alt = escapeHtml(text("text/plain") ?? "picture");
  const html = text("text/html");
  if (html !== undefined) return cleanHtml(html);
  const svg = text("image/svg+xml");
  // As a picture, an SVG can neither run scripts nor load anything.
  if (svg !== undefined) return picture("image/svg+xml", Buffer.from(svg).toString("base64"), alt);
  for (const type of ["image/png", "image/jpeg", "image/gif", "image/webp"]) {
    const encoded = text(type);
    if (encoded !== undefined) return picture(type, encoded.replace(/\s/g, ""), alt);
  }
  const markdown = text("text/markdown") ?? text("text/latex");
  if (markdown !== undefined) return prose.render(markdown);
  return `<pre class="stream">${escapeHtml(stripVTControlCharacters(text("text/plain") ?? ""))}</pre>`;
}

function picture(type: string, base64: string, alt: string): string {
  return `<img alt="${alt}" src="data:${type};base64,${escapeHtml(base64)}"/>`;
}

function errorHtml(output: Extract<Output, { output_type: "error" }>): string {
  const trace = stripVTControlCharacters(joined(output.traceback?.map((line) => `${line}\n`) ?? ""));
  const heading = `<strong>${escapeHtml(output.ename)}</strong>: ${escapeHtml(stripVTControlCharacters(output.evalue))}`;
  const detail =
    trace.trim() === "" ? "" : `<details><summary>trace</summary><pre>${escapeHtml(trace)}</pre></details>`;
  return `<div class="error">${heading}${detail}</div>`;
}

/** Streams of one kind that follow each other are one output. */
function merged(outputs: readonly Output[]): Output[] {
  const result: Output[] = [];
  for (const output of outputs) {
    const last = result.at(-1);
    if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name) {
      result[result.length - 1] = { ...last, text: joined(last.text) + joined(output.text) };
    } else {
      result.push(output);
    }
  }
  return result;
}

/** What a terminal would show: a carriage return starts the line anew. */
function overwritten(text: string): string {
  return text.replace(/\r\n/g, "\n").replace(/^.*\r(?!$)/gm, "");
}

/** A short name for a notebook's file, safe as an id. */
export function pageId(file: string): string {
  return `n${createHash("sha256").update(file).digest("hex").slice(0, 8)}`;
}
