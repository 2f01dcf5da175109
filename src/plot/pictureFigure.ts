// A figure with a picture above its panels: one specification, so that every front end shows both.
import type { Layout } from "plotly.js";
import type { Figure } from "./figure";
import { ink } from "./theme";

export interface PictureFigureOptions {
  /** A line under the picture. */
  readonly note?: string;
  /** Rows of a table under the panels, cells as text, the first row its head. */
  readonly table?: readonly (readonly string[])[];
}

/** Width of the drawing at the usual size of a figure, px. */
const usualWidth = 672;
/** No picture is higher than this, px. */
const highest = 560;
const rowHeight = 24;

/** The figure with a PNG above its panels, which keep their height. */
export function pictureFigure(figure: Figure, png: Buffer, options: PictureFigureOptions = {}): Figure {
  const { note, table = [] } = options;
  const { layout } = figure;
  const { t = 80, b = 60 } = layout.margin ?? {};
  const panels = (layout.height ?? 440) - t - b;
  const [wide, high] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const picture = Math.round(Math.min(highest, high, (high * usualWidth) / wide));
  // The legend and headings of the panels, which stood in the upper margin, now stand between picture and panels.
  const gap = t - 64;
  const above = picture + (note ? 22 : 0) + gap;
  const below = table.length > 0 ? table.length * rowHeight + 78 : 0;
  const paper = above + panels + below;
  const moved = (value: number) => (below + value * panels) / paper;
  const axes = Object.fromEntries(
    (["yaxis", "yaxis2"] as const).flatMap((name) => {
      const axis = layout[name];
      const [low, high] = axis?.domain ?? [0, 1];
      return axis ? [[name, { ...axis, domain: [moved(low!), moved(high!)] }]] : [];
    }),
  );
  const legend = { ...layout.legend, y: moved(layout.legend?.y ?? 1) };
  const text = (x: number, y: number, content: string, xanchor: "left" | "right" = "left") => ({
    xref: "paper" as const,
    yref: "paper" as const,
    x,
    y,
    text: content,
    showarrow: false,
    xanchor,
    yanchor: "top" as const,
    font: { size: 13, color: ink },
  });
  const columns = table[0]?.length ?? 0;
  const cells = table.flatMap((row, r) =>
    row.map((cell, c) => {
      const y = (table.length - r) * (rowHeight / paper);
      const content = r === 0 || c === 0 ? `<b>${cell}</b>` : cell;
      return c === 0 ? text(0, y, content) : text(0.28 + (0.72 * c) / (columns - 1), y, content, "right");
    }),
  );
  return {
    ...figure,
    layout: {
      ...layout,
      ...axes,
      legend,
      height: paper + 44 + b,
      margin: { ...layout.margin, t: 44 },
      images: [
        {
          source: `data:image/png;base64,${png.toString("base64")}`,
          xref: "paper",
          yref: "paper",
          x: 0,
          y: 1,
          sizex: 1,
          sizey: picture / paper,
          xanchor: "left",
          yanchor: "top",
          sizing: "contain",
          layer: "above",
        } as Layout["images"][number],
      ],
      annotations: [
        ...(layout.annotations ?? []),
        ...(note ? [text(0, 1 - (picture + 4) / paper, note)] : []),
        ...cells,
      ],
    },
  };
}
