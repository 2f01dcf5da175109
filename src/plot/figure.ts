// A figure is a plain Plotly specification: JSON that JupyterLab, a web page and staticPicture() all draw.
import type { Config, Data, Layout } from "plotly.js";

/** A frame of an animated figure. */
export interface Frame {
  /** By which a slider finds it. */
  readonly name: string;
  /** What changes in the traces. */
  readonly data?: Data[];
  /** What changes in the layout. */
  readonly layout?: Partial<Layout>;
}

/** A plain Plotly specification; show it with `show()` or as the last value of a cell by `figure()`. */
export interface Figure {
  /** Plotly's traces. */
  data: Data[];
  /** Plotly's layout. */
  layout: Partial<Layout>;
  /** Plotly's settings. */
  config?: Partial<Config>;
  /** Those of an animation. */
  frames?: Frame[];
}
