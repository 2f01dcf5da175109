// Accuracy of networks trained on distilled sets, over the number of images per class.
import type { Data } from "plotly.js";
import type { Figure } from "./figure";
import { axis, ink, layout, methodLabel, methodMarker, seriesColours } from "./theme";

/** Accuracy of one method at one IPC: mean over `n` trainings with its 95 % interval, in percent. */
export interface AccuracyRow {
  readonly method: string;
  readonly ipc: number;
  /** Percent, 0..100. */
  readonly mean: number;
  /** Half width of the 95 % interval, in percentage points. */
  readonly ci95: number;
  readonly n: number;
}

export interface AccuracyOptions {
  readonly title?: string;
  /** Accuracy of guessing, percent: drawn as a dashed line. */
  readonly chance?: number;
}

/**
 * Points with 95 % intervals for every method over IPC; methods are set side by side at each IPC.
 * @example
 * figure(accuracyOverIpc([{ method: "igds", ipc: 10, mean: 74.8, ci95: 1.2, n: 3 }], { chance: 10 }))
 */
export function accuracyOverIpc(rows: readonly AccuracyRow[], options: AccuracyOptions = {}): Figure {
  const { data, ticks } = series(rows, (row) => row, "%");
  const chance = options.chance;
  return {
    data,
    layout: layout(options.title ?? "Test accuracy of networks trained on the distilled set", {
      hovermode: "closest",
      xaxis: ipcAxis(ticks),
      yaxis: axis("test accuracy", "%", chance === undefined ? {} : { rangemode: "tozero" }),
      shapes:
        chance === undefined
          ? []
          : [
              {
                type: "line",
                xref: "paper",
                x0: 0,
                x1: 1,
                y0: chance,
                y1: chance,
                line: { color: ink, width: 1, dash: "dash" },
              },
            ],
      annotations:
        chance === undefined
          ? []
          : [
              {
                xref: "paper",
                x: 1,
                y: chance,
                text: "guessing",
                showarrow: false,
                xanchor: "right",
                yanchor: "bottom",
                font: { size: 12, color: ink },
              },
            ],
    }),
  };
}

/**
 * Accuracy minus that of a baseline at the same IPC, in percentage points. The intervals are those of a difference
 * of independent means: the root of the sum of squares.
 * @throws RangeError if the baseline is missing at an IPC
 * @example
 * figure(gainOverIpc([
 *   { method: "igds", ipc: 10, mean: 74.8, ci95: 1.2, n: 3 },
 *   { method: "diffusion", ipc: 10, mean: 72.0, ci95: 1.6, n: 3 },
 * ]))
 */
export function gainOverIpc(rows: readonly AccuracyRow[], baseline = "diffusion", title?: string): Figure {
  const base = new Map(rows.filter(({ method }) => method === baseline).map((row) => [row.ipc, row]));
  const others = rows.filter(({ method }) => method !== baseline);
  const { data, ticks } = series(
    others,
    (row) => {
      const zero = base.get(row.ipc);
      if (!zero) throw new RangeError(`gainOverIpc: no row of the baseline "${baseline}" at IPC ${row.ipc}.`);
      return { mean: row.mean - zero.mean, ci95: Math.hypot(row.ci95, zero.ci95) };
    },
    " points",
  );
  return {
    data,
    layout: layout(title ?? `Gain over ${methodLabel(baseline)}`, {
      hovermode: "closest",
      xaxis: ipcAxis(ticks),
      yaxis: axis("gain in test accuracy", "percentage points"),
      shapes: [
        {
          type: "line",
          xref: "paper",
          x0: 0,
          x1: 1,
          y0: 0,
          y1: 0,
          line: { color: ink, width: 1.2, dash: "dash" },
        },
      ],
    }),
  };
}

function series(
  rows: readonly AccuracyRow[],
  value: (row: AccuracyRow) => { mean: number; ci95: number },
  unit: string,
): { data: Data[]; ticks: number[] } {
  if (rows.length === 0) throw new RangeError("accuracy figure: expected at least one row, found none.");
  const ticks = [...new Set(rows.map(({ ipc }) => ipc))].sort((a, b) => a - b);
  const methods = [...new Set(rows.map(({ method }) => method))];
  const colours = seriesColours(methods);
  const data = methods.map((method, place): Data => {
    const own = rows.filter((row) => row.method === method).sort((a, b) => a.ipc - b.ipc);
    const values = own.map(value);
    // Neighbouring intervals would hide each other: each method stands a little beside the true IPC.
    const dodge = (place - (methods.length - 1) / 2) * 0.07;
    const colour = colours.get(method)!;
    return {
      type: "scatter",
      mode: "lines+markers",
      name: methodLabel(method),
      x: own.map(({ ipc }) => ticks.indexOf(ipc) + dodge),
      y: values.map(({ mean }) => mean),
      error_y: {
        type: "data",
        array: values.map(({ ci95 }) => ci95),
        color: colour,
        thickness: 1.8,
        width: 5,
      },
      customdata: own.map((row, i) => [row.ipc, values[i]!.ci95, row.n]),
      marker: { color: colour, size: 9, symbol: methodMarker(method) },
      line: { color: colour, width: 1, dash: "dot" },
      hovertemplate: `IPC %{customdata[0]}: %{y:.1f} ± %{customdata[1]:.1f}${unit}, n = %{customdata[2]}<extra>${methodLabel(method)}</extra>`,
    };
  });
  return { data, ticks };
}

function ipcAxis(ticks: readonly number[]) {
  return axis("images per class (IPC)", undefined, {
    tickmode: "array",
    tickvals: ticks.map((_, i) => i),
    ticktext: ticks.map(String),
    range: [-0.5, ticks.length - 0.5],
    zeroline: false,
  });
}
