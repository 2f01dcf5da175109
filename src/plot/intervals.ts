// One row per variant: a mean with its 95 % interval, side by side for several groups such as IPCs or networks.
import type { Data } from "plotly.js";
import type { Figure } from "./figure";
import { zeroLine } from "./overIpc";
import { axis, layout, methodLabel, palette } from "./theme";

/** A mean with its interval. */
export interface IntervalRow {
  /** Name of the row. */
  readonly name: string;
  /** Which series it belongs to, such as "IPC 10". */
  readonly group: string;
  readonly mean: number;
  readonly ci95: number;
}

const symbols = [
  "circle",
  "square",
  "diamond",
  "triangle-up",
  "x",
  "star",
  "cross",
  "triangle-down",
] as const;

/**
 * Rows from top to bottom in the order given.
 * @param zero draw a line at zero: for differences
 * @throws RangeError if there is no row
 * @example
 * intervals([{ name: "+I", group: "IPC 5", mean: 2.5, ci95: 1 }], "Ablation", "gain", "points", true);
 */
export function intervals(
  rows: readonly IntervalRow[],
  title: string,
  quantity: string,
  unit: string,
  zero = false,
): Figure {
  if (rows.length === 0) throw new RangeError("intervals: expected at least one row, found none.");
  const names = [...new Set(rows.map(({ name }) => name))];
  const groups = [...new Set(rows.map(({ group }) => group))];
  const data = groups.map((group, place): Data => {
    const own = rows.filter((row) => row.group === group);
    const colour = palette[place % palette.length]!;
    const dodge = ((place - (groups.length - 1) / 2) * 0.6) / groups.length;
    return {
      type: "scatter",
      mode: "markers",
      name: group,
      x: own.map(({ mean }) => mean),
      y: own.map(({ name }) => names.indexOf(name) + dodge),
      error_x: {
        type: "data",
        array: own.map(({ ci95 }) => ci95 || 0),
        color: colour,
        thickness: 1.8,
        width: 4,
      },
      customdata: own.map(({ ci95 }) => ci95),
      marker: { color: colour, size: 9, symbol: symbols[place % symbols.length] },
      text: own.map(({ name }) => methodLabel(name)),
      hovertemplate: `%{text}: %{x:.2f} ± %{customdata:.2f} ${unit}<extra>${group}</extra>`,
    };
  });
  return {
    data,
    layout: layout(title, {
      hovermode: "closest",
      height: 150 + 30 * names.length * Math.max(1, groups.length / 2),
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
