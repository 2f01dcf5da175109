// A figure is a plain Plotly specification: JSON that JupyterLab, a web page and staticPicture() all draw.
import type { Config, Data, Layout } from "plotly.js";

/** A frame of an animated figure. */
export interface Frame {
  readonly name: string;
  readonly data?: Data[];
  readonly layout?: Partial<Layout>;
}

/** A plain Plotly specification; show it with `show()` or as the last value of a cell by `figure()`. */
export interface Figure {
  data: Data[];
  layout: Partial<Layout>;
  config?: Partial<Config>;
  frames?: Frame[];
}
