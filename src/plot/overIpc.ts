// Any quantity over the number of images per class: a point with its 95 % interval for each series and IPC.
import type { Data } from "plotly.js";
import type { Figure } from "./figure";
import { legendRoom } from "./legend";
import {
  axis,
  errorBars,
  ink,
  intervalText,
  layout,
  methodLabel,
  seriesColours,
  seriesMarkers,
  withOpacity,
} from "./theme";

/** A mean with its 95 % interval at one IPC. */
export interface IpcPoint {
  /** Name of the series: a method where it can be, which then has its colour. */
  readonly name: string;
  /** Images per class. */
  readonly ipc: number;
  /** Value there. */
  readonly mean: number;
  /** Half width; NaN or 0 draws none. */
  readonly ci95: number;
  /** Number of measurements, told where the point is pointed at. */
  readonly n?: number;
}

/** How a quantity over images per class is drawn. */
export interface OverIpcOptions {
  /** Of the figure. */
  readonly title: string;
  /** What is drawn, and its unit, for the axis. */
  readonly quantity: string;
  /** Of the quantity. */
  readonly unit?: string;
  /** A curve that no point can pass, such as ln IPC, with its name. */
  readonly ceiling?: {
    readonly name: string;
    /** The ceiling at so many images per class. */
    readonly at: (ipc: number) => number;
  };
  /** Draw a line at zero: for differences. */
  readonly zero?: boolean;
  /**
   * A level to compare with, such as guessing: a dashed line with its name, and an axis that begins at zero. Where it
   * would squeeze the points into a corner, it stands in the axis title instead.
   */
  readonly level?: { readonly name: string; readonly at: number };
  /** Digits behind the point where a point is pointed at. Default 3. */
  readonly digits?: number;
  /**
   * The series that the figure is about. All others are thin grey lines without intervals and without a place in the
   * legend, named where they are pointed at. Default: all.
   */
  readonly about?: readonly string[];
}

/**
 * A quantity with 95 % intervals over the images per class, a line for each name.
 *
 * @throws RangeError if there is no point
 * @example
 * igds.plot.overIpc([{ name: "igds", ipc: 10, mean: 2.1, ci95: 0.1 }], {
 *   title: "Context",
 *   quantity: "information",
 *   unit: "nats",
 * });
 */
export function overIpc(points: readonly IpcPoint[], options: OverIpcOptions): Figure {
  if (points.length === 0) throw new RangeError("overIpc: expected at least one point, found none.");
  const { title, quantity, unit, ceiling, zero, level, digits = 3, about } = options;
  const [near, far] = level && isNear(level.at, points) ? [level] : [undefined, level];
  const ticks = [...new Set(points.map(({ ipc }) => ipc))].sort((a, b) => a - b);
  const names = [...new Set(points.map(({ name }) => name))];
  const full = names.filter((name) => about?.includes(name) ?? true);
  const grey = names.filter((name) => !full.includes(name));
  const colours = seriesColours(full);
  const markers = seriesMarkers(full);
  const series = (name: string, dodge: number): Data => {
    const own = points.filter((point) => point.name === name).sort((a, b) => a.ipc - b.ipc);
    return {
      type: "scatter",
      name: methodLabel(name),
      x: own.map(({ ipc }) => ticks.indexOf(ipc) + dodge),
      y: own.map(({ mean }) => mean),
      customdata: own.map(({ ipc, ci95, n }) => [
        ipc,
        `${intervalText(ci95, digits)}${n === undefined ? "" : `, n = ${n}`}`,
      ]),
      hovertemplate: `IPC %{customdata[0]}: %{y:.${digits}f}%{customdata[1]}<extra>${methodLabel(name)}</extra>`,
      ...(full.includes(name) ? look(own, colours.get(name)!, markers.get(name)!) : thin),
    } as Data;
  };
  const data = [
    ...grey.map((name) => series(name, 0)),
    // Neighbouring intervals would hide each other: each series stands a little beside the true IPC.
    ...full.map((name, place) =>
      series(name, (place - (full.length - 1) / 2) * Math.min(0.07, 0.6 / full.length)),
    ),
  ];
  if (ceiling)
    data.push({
      type: "scatter",
      mode: "lines",
      name: ceiling.name,
      x: ticks.map((_, i) => i),
      y: ticks.map(ceiling.at),
      line: { color: ink, width: 1.5, dash: "dash" },
      hovertemplate: `%{y:.3f}<extra>${ceiling.name}</extra>`,
    });
  return {
    data,
    layout: layout(title, {
      hovermode: "closest",
      ...legendRoom(data),
      xaxis: axis("images per class (IPC)", undefined, {
        tickmode: "array",
        tickvals: ticks.map((_, i) => i),
        ticktext: ticks.map(String),
        range: [-0.5, ticks.length - 0.5],
        zeroline: false,
      }),
      yaxis: axis(
        quantity,
        far ? `${unit ? `${unit}; ` : ""}${far.name}: ${far.at}` : unit,
        near ? { rangemode: "tozero" } : {},
      ),
      shapes: [...(zero ? [zeroLine("y")] : []), ...(near ? [levelLine("y", near.at)] : [])],
      annotations: near
        ? [
            {
              xref: "paper",
              x: 1,
              y: near.at,
              text: near.name,
              showarrow: false,
              xanchor: "right",
              yanchor: "bottom",
              font: { size: 12, color: ink },
            },
          ]
        : [],
    }),
  };
}

/** Of a series that the figure is about. */
function look(own: readonly IpcPoint[], color: string, symbol: string) {
  return {
    mode: "lines+markers",
    error_y: errorBars(own, color),
    marker: { color, size: 9, symbol },
    line: { color, width: 1, dash: "dot" },
  };
}

/** Of any other. */
const thin = { mode: "lines", line: { color: withOpacity(ink, 0.45), width: 1 }, showlegend: false };

/** Whether the level is no farther from the points than they are from each other. */
function isNear(level: number, points: readonly IpcPoint[]): boolean {
  const values = points.map(({ mean }) => mean);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high || Math.max(low - level, level - high) <= high - low;
}

/** A dashed line at zero of an axis. */
export function zeroLine(of: "x" | "y") {
  return levelLine(of, 0);
}

function levelLine(of: "x" | "y", at: number) {
  const along =
    of === "y"
      ? { xref: "paper" as const, x0: 0, x1: 1, y0: at, y1: at }
      : { yref: "paper" as const, x0: at, x1: at, y0: 0, y1: 1 };
  return { type: "line" as const, ...along, line: { color: ink, width: 1.2, dash: "dash" as const } };
}
