// One row per variant: a mean with its 95 % interval, side by side for several groups such as IPCs or networks.
import type { Data } from "plotly.js";
import type { Figure } from "./figure";
import { legendRoom } from "./legend";
import { zeroLine } from "./overIpc";
import {
  axis,
  errorBars,
  hasLook,
  intervalText,
  layout,
  methodLabel,
  palette,
  plainMarkers,
  seriesColours,
  seriesMarkers,
} from "./theme";

/** A mean with its interval. */
export interface IntervalRow {
  /** Name of the row. */
  readonly name: string;
  /** Which series it belongs to, such as "IPC 10", or a method or bound, which then has its own look. */
  readonly group: string;
  /** Middle of the interval. */
  readonly mean: number;
  /** Half-width of the 95 % interval. */
  readonly ci95: number;
}

/** How intervals are drawn. */
export interface IntervalsOptions {
  /** Of the figure. */
  readonly title: string;
  /** What is drawn, for the axis. */
  readonly quantity: string;
  /** Of the quantity. */
  readonly unit: string;
  /** Draw a line at zero: for differences. */
  readonly zero?: boolean;
}

/**
 * Rows from top to bottom in the order given.
 * @throws RangeError if there is no row
 * @example
 * igds.plot.intervals([{ name: "+I", group: "IPC 5", mean: 2.5, ci95: 1 }], {
 *   title: "Ablation",
 *   quantity: "gain",
 *   unit: "points",
 *   zero: true,
 * });
 */
export function intervals(
  rows: readonly IntervalRow[],
  { title, quantity, unit, zero = false }: IntervalsOptions,
): Figure {
  if (rows.length === 0) throw new RangeError("intervals: expected at least one row, found none.");
  const names = [...new Set(rows.map(({ name }) => name))];
  const groups = [...new Set(rows.map(({ group }) => group))];
  const own = groups.some(hasLook);
  const colours = seriesColours(groups);
  const markers = seriesMarkers(groups);
  const data = groups.map((group, place): Data => {
    const ofGroup = rows.filter((row) => row.group === group);
    const colour = own ? colours.get(group)! : palette[place % palette.length]!;
    const symbol = own ? markers.get(group)! : plainMarkers[place % plainMarkers.length]!;
    const dodge = ((place - (groups.length - 1) / 2) * 0.6) / groups.length;
    return {
      type: "scatter",
      mode: "markers",
      name: methodLabel(group),
      x: ofGroup.map(({ mean }) => mean),
      y: ofGroup.map(({ name }) => names.indexOf(name) + dodge),
      error_x: errorBars(ofGroup, colour, 1.8, 4),
      customdata: ofGroup.map(({ ci95 }) => intervalText(ci95, 2)),
      marker: { color: colour, size: 9, symbol },
      text: ofGroup.map(({ name }) => methodLabel(name)),
      hovertemplate: `%{text}: %{x:.2f}%{customdata} ${unit}<extra>${methodLabel(group)}</extra>`,
    };
  });
  return {
    data,
    layout: layout(title, {
      ...legendRoom(data, { height: 150 + 30 * names.length * Math.max(1, groups.length / 2) }),
      hovermode: "closest",
      xaxis: axis(quantity, unit, { zeroline: false }),
      yaxis: axis("", undefined, {
        tickmode: "array",
        tickvals: names.map((_, i) => i),
        ticktext: names.map(methodLabel),
        range: [names.length - 0.5, -0.5],
        zeroline: false,
      }),
      shapes: zero ? [zeroLine("x")] : [],
    }),
  };
}
