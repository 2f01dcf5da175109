// Values that show themselves as the last line of a cell.
import type { Figure } from "../plot/figure";
import type { GridOptions } from "../plot/grid";
import { filmStrip, type StripOptions, type StripRow } from "../plot/strip";
import type { ImageBatch } from "../tensor/batch";
import { gridBundle, type LabelledImages, pngBundle } from "./bundle";
import { figureBundle } from "./figureBundle";
import { type Displayable, escapeHtml, jupyterDisplay, type MimeBundle, plainText } from "./mime";

/**
 * A Figure that shows itself; its data and layout may be changed before it is shown.
 * @example
 * const view = igds.figure(igds.plot.lossCurve([{ step: 1, loss: 1 }, { step: 2, loss: 0.5 }]));
 * view.layout.height = 300;
 */
export class FigureView implements Figure, Displayable {
  /** Plotly's traces. */
  data: Figure["data"];
  /** Plotly's layout. */
  layout: Figure["layout"];
  /** Plotly's settings. */
  config?: Figure["config"];
  /** Those of an animation. */
  frames?: Figure["frames"];

  constructor(spec: Figure) {
    this.data = spec.data;
    this.layout = spec.layout;
    this.config = spec.config;
    this.frames = spec.frames;
  }

  /** What a notebook shows. */
  [jupyterDisplay](): Promise<MimeBundle> {
    return figureBundle(this);
  }
}

/**
 * A picture that is drawn when it is shown.
 * @example const picture = igds.grid(images, { columns: 2 }); // drawn when it is the last value of a cell
 */
export class PictureView implements Displayable {
  constructor(private readonly draw: () => Promise<MimeBundle>) {}

  /** What a notebook shows. */
  [jupyterDisplay](): Promise<MimeBundle> {
    return this.draw();
  }
}

/**
 * Trusted HTML with a plain text form; build it from `escapeHtml` pieces if parts come from elsewhere.
 * @example const answer: igds.HtmlView = igds.html("<b>42</b>", "42");
 */
export class HtmlView implements Displayable {
  constructor(
    readonly html: string,
    readonly text: string,
  ) {}

  /** What a notebook shows. */
  [jupyterDisplay](): MimeBundle {
    return { "text/html": this.html, "text/plain": this.text, ...this.more() };
  }

  /** Further forms of the same content. */
  protected more(): MimeBundle {
    return {};
  }
}

/**
 * A Plotly figure as the last value of a cell.
 * @example igds.figure(igds.plot.lossCurve([{ step: 1, loss: 1 }, { step: 2, loss: 0.5 }]))
 */
export function figure(spec: Figure): FigureView {
  return new FigureView(spec);
}

/**
 * Images as the last value of a cell.
 * @param images a batch, or a set with the class of each image in `labels`
 * @example igds.grid(set, { classes: dataset.classes })
 */
export function grid(images: ImageBatch | LabelledImages, options?: GridOptions): PictureView {
  return new PictureView(() => gridBundle(images, options));
}

/**
 * Rows of images over steps, as the last value of a cell.
 * @example
 * igds.strip(
 *   [{ label: "x0hat", images: run.records.map(({ x0 }) => x0) }],
 *   run.records.map(({ t }) => `t = ${t}`),
 * )
 */
export function strip(
  rows: readonly StripRow[],
  columnLabels?: readonly string[],
  options?: StripOptions,
): PictureView {
  return new PictureView(async () => pngBundle(await filmStrip(rows, columnLabels, options), "film strip"));
}

/**
 * A string of HTML, shown as HTML.
 * @example igds.html("<b>42</b>")
 */
export function html(source: string, text?: string): HtmlView {
  return new HtmlView(source, text ?? plainText(source));
}

/**
 * Markdown text, with $formulas$, shown as such.
 * @example igds.markdown("$x_t = \\sqrt{\\bar\\alpha_t}\\,x_0$")
 */
export function markdown(text: string): Displayable {
  return { [jupyterDisplay]: () => ({ "text/markdown": text, "text/plain": text }) };
}

/**
 * A sentence that stands out, such as a result in words.
 * @example igds.note("IGDS is 2.1 points better, ± 0.8.")
 */
export function note(text: string): HtmlView {
  return new HtmlView(
    `<p style="border-left: 3px solid #3182bd; padding-left: 0.8em">${escapeHtml(text)}</p>`,
    text,
  );
}
