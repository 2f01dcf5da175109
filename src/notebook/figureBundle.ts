// A figure for every front end: live in JupyterLab (its Plotly renderer ranks before HTML), live in HTML exported
// for reading offline, a picture on GitHub and wherever scripts do not run, words in a terminal.
import { randomBytes } from "node:crypto";
import type { Figure } from "../plot/figure";
import { staticPicture } from "../plot/staticPicture";
import type { MimeBundle } from "./mime";
import { figureHtml, scriptCarrier, titleOf } from "./plotlyScript";

/** The figure whose output carries the script: the first one of the session, known again when its cell is rerun. */
let carrying: string | undefined;

export interface FigureBundleOptions {
  /** Whether the HTML holds the Plotly script; decided by what was shown before unless told. */
  readonly carry?: boolean;
}

/** Forgets which figure carries the script, as a new session does. */
export function resetCarrier(): void {
  carrying = undefined;
}

/**
 * The MIME bundle of a figure: plotly JSON, HTML that works offline, PNG and text. The picture has one pixel per
 * layout pixel, because JupyterLab shows it at its full size until the reader points at it.
 */
export async function figureBundle(figure: Figure, options: FigureBundleOptions = {}): Promise<MimeBundle> {
  const key = structure(figure);
  carrying ??= key;
  const carry = options.carry ?? carrying === key;
  const png = await staticPicture(figure, { scale: 1 });
  const { data, layout, config, frames } = figure;
  const html = figureHtml(figure, png, `igds-${randomBytes(8).toString("hex")}`);
  return {
    "application/vnd.plotly.v1+json": { data, layout, config: config ?? {}, ...(frames ? { frames } : {}) },
    "text/html": carry ? scriptCarrier() + html : html,
    "image/png": png.toString("base64"),
    "text/plain": describe(figure),
  };
}

// What stays the same when a cell runs again with other numbers.
function structure({ data, layout }: Figure): string {
  return JSON.stringify([layout.title, data.map(({ type, name }) => [type, name])]);
}

function describe(figure: Figure): string {
  const names = figure.data.map(({ name }) => name).filter((name) => name !== undefined);
  const series = [...new Set(names)].join(", ");
  return `[Figure: ${titleOf(figure)}${series ? ` (${series})` : ""}]`;
}
