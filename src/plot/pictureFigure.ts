// A figure with a picture above its panels: one specification, so that every front end shows both.
import type { Layout } from "plotly.js";
import type { Figure } from "./figure";
import { textWidth, wrapText } from "./font";
import { legendHeight, narrowWidth } from "./legend";
import { ink, titlePlace } from "./theme";

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
const fontSize = 13;
const lineHeight = 18;
/** Least space between two columns of a table, px. */
const columnGap = 18;

/** The figure with a PNG above its panels, which keep their height. */
export function pictureFigure(figure: Figure, png: Buffer, options: PictureFigureOptions = {}): Figure {
  const { note, table = [] } = options;
  const { layout } = figure;
  const { t = 80, b = 60 } = layout.margin ?? {};
  const panels = (layout.height ?? 440) - t - b;
  const [wide, high] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const picture = Math.round(Math.min(highest, high, (high * usualWidth) / wide));
  // The legend and headings of the panels, which stood in the upper margin, now stand between picture and panels.
  const gap = 40 + legendHeight(figure.data);
  const lines = note ? wrapText(note, narrowWidth, fontSize) : [];
  const above = picture + (note ? 4 + lines.length * lineHeight : 0) + gap;
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
  const text = (
    x: number,
    y: number,
    content: string,
    xanchor: "left" | "right" = "left",
    size = fontSize,
  ) => ({
    xref: "paper" as const,
    yref: "paper" as const,
    x,
    y,
    text: content,
    showarrow: false,
    xanchor,
    yanchor: "top" as const,
    font: { size, color: ink },
  });
  const { rights, size } = tableColumns(table);
  const cells = table.flatMap((row, r) =>
    row.map((cell, c) => {
      const y = (table.length - r) * (rowHeight / paper);
      const content = r === 0 || c === 0 ? `<b>${cell}</b>` : cell;
      return c === 0 ? text(0, y, content, "left", size) : text(rights[c], y, content, "right", size);
    }),
  );
  const height = paper + 44 + b;
  return {
    ...figure,
    layout: {
      ...layout,
      ...axes,
      title: { ...(layout.title as object), y: titlePlace(height) },
      legend,
      height,
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
        ...(note
          ? [{ ...text(0, 1 - (picture + 4) / paper, lines.join("<br>")), align: "left" as const }]
          : []),
        ...cells,
      ],
    },
  };
}

/**
 * Where the columns of a table end, as shares of the width, and the size of its letters: as usual if all columns find
 * room beside each other, else smaller.
 */
function tableColumns(table: readonly (readonly string[])[]): { rights: number[]; size: number } {
  const widths = (table[0] ?? []).map((_, c) =>
    Math.max(
      ...table.map((row, r) => textWidth(row[c] ?? "", fontSize, r === 0 || c === 0 ? "bold" : "regular")),
    ),
  );
  const needed = widths.reduce((sum, width) => sum + width + columnGap, -columnGap);
  const scale = Math.min(1, usualWidth / needed);
  // What is left over goes between the columns.
  const gap =
    (usualWidth - (needed - (widths.length - 1) * columnGap) * scale) / Math.max(1, widths.length - 1);
  let end = -gap;
  const rights = widths.map((width) => {
    end += gap + width * scale;
    return end / usualWidth;
  });
  return { rights, size: Math.floor(fontSize * scale * 2) / 2 };
}
