// Executed notebooks as one page that opens from disk: no network, no kernel, nothing beside the file. A gallery of
// cards (picture, claim, verdict) leads to the notebooks, which follow in full.
import path from "node:path";
import { writeFileAtomic } from "../tensor/atomicFile";
import { escapeHtml } from "./mime";
import { scriptCarrier } from "./plotlyScript";
import { type Chapter, renderChapter } from "./reportChapter";
import { galleryHtml } from "./reportGallery";
import { pageId } from "./reportOutput";
import { reportStyle } from "./reportStyle";

/** What stands at the head of a report. */
export interface ReportOptions {
  /** Of the page. */
  readonly title: string;
  /** One or two sentences under the title. */
  readonly summary?: string;
  /** Address of the playground, from the folder of the page. */
  readonly playground?: string;
}

/** What a report holds. */
export interface ReportSummary {
  /** How many it has. */
  readonly notebooks: number;
  /** How many they have in all. */
  readonly figures: number;
  /** Cells that ended with an error. */
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
 * picture where scripts do not run; HTML from notebooks is sanitised. The gallery shows what `claim()` found.
 * @example
 * await igds.writeReport(["notebooks/figures/denoising-steps.ipynb"], "out/report.html", { title: "Steps" });
 * @param notebookPaths .ipynb files, in reading order
 * @throws Error if a notebook is missing or is not nbformat 4
 */
export async function writeReport(
  notebookPaths: readonly string[],
  outFile: string,
  options: ReportOptions,
): Promise<ReportSummary> {
  const pages = new Map(notebookPaths.map((file) => [path.resolve(file), pageId(file)]));
  const chapters: Chapter[] = [];
  for (const file of notebookPaths) chapters.push(await renderChapter(file, pages));
  const figures = chapters.reduce((sum, chapter) => sum + chapter.figures, 0);
  const title = escapeHtml(options.title);
  const summary = options.summary ? `<p>${escapeHtml(options.summary)}</p>` : "";
  const playground = options.playground
    ? `<p><a href="${escapeHtml(options.playground)}">Playground</a>: step through sampling in this browser, without a kernel.</p>`
    : "";
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
<a class="skip" href="#main">Skip to the content</a>
<div class="page">
<header><h1>${title}</h1>${summary}${playground}</header>
${contents(chapters)}
<main id="main" tabindex="-1">
${await galleryHtml(chapters, outFile)}
${chapters.map(({ html }) => html).join("\n")}
</main>
</div>
${figures > 0 ? `<script>window.igdsLazy = true;</script>${scriptCarrier()}` : ""}
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
