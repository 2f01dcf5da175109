// Curves over a setting, each with its 95 % intervals, in one panel or in several beside each other with one scale.
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
  usualHeight,
} from "./theme";

/** A value at one place of a curve. */
export interface LinePoint {
  /** Place on the horizontal axis. */
  readonly x: number;
  /** Value there. */
  readonly mean: number;
  /** Half-width of its 95 % interval; NaN, 0 or nothing draws none. */
  readonly ci95?: number;
}

/** One curve. */
export interface Line {
  /** A method or bound where it can be, which then has its own look; `truth` is a dashed grey line. */
  readonly name: string;
  /** In the order in which they are joined. */
  readonly points: readonly LinePoint[];
}

/** Curves that share a panel. */
export interface LinePanel {
  /** Above the panel; `<br>` breaks its line. Default: none. */
  readonly heading?: string;
  /** What is drawn in it. */
  readonly lines: readonly Line[];
}

/** How curves are drawn. */
export interface LinesOptions {
  /** Of the figure. */
  readonly title: string;
  /** Title of the horizontal axis and its unit. */
  readonly x: readonly [quantity: string, unit?: string];
  /** Of the vertical axis. */
  readonly y: readonly [quantity: string, unit?: string];
  /** `log`: equal factors are equal distances, with a tick at every place that has a value; `falling`: largest first. */
  readonly scale?: "linear" | "log" | "falling";
  /** Whether the vertical axis begins at zero, so that heights can be compared too. Default: no. */
  readonly fromZero?: boolean;
}

/** A curve of more points than these is a line without markers. */
const FEW = 30;
/** Height of a line of a heading, and space between two panels as a share of the width. */
const HEADING = 18;
const GAP = 0.05;

/**
 * Curves over a setting. Several panels stand beside each other and share the vertical scale, so that distances can be
 * compared.
 * @throws RangeError if a panel has no curve, or a curve no point
 * @example
 * const truth = { name: "truth", points: [{ x: 2, mean: 1.0 }, { x: 256, mean: 1.2 }] };
 * igds.figure(
 *   igds.plot.lines([{ lines: [truth] }], {
 *     title: "I(X;Y) over the dimension d",
 *     x: ["dimension d"],
 *     y: ["I(X;Y)", "nats"],
 *     scale: "log",
 *   }),
 * )
 */
export function lines(panels: readonly LinePanel[], options: LinesOptions): Figure {
  const { title, x, y, scale, fromZero = false } = options;
  const all = panels.flatMap((panel) => panel.lines);
  const empty = all.find(({ points }) => points.length === 0);
  if (empty)
    throw new RangeError(`lines: expected a point at least in each curve, found none in "${empty.name}".`);
  if (panels.length === 0 || panels.some((panel) => panel.lines.length === 0))
    throw new RangeError("lines: expected a curve at least in each panel, found none.");
  const names = [...new Set(all.map(({ name }) => name))];
  const looks = { colours: seriesColours(names), markers: seriesMarkers(names) };
  const data = panels.flatMap((panel, k) =>
    panel.lines.map((line) => {
      const before = panels.slice(0, k).some((other) => other.lines.some(({ name }) => name === line.name));
      return { ...curve(line, looks), showlegend: !before, xaxis: `x${numberOf(k)}` } as Data;
    }),
  );
  const places = [...new Set(all.flatMap(({ points }) => points.map((point) => point.x)))].sort(
    (a, b) => a - b,
  );
  const wide = (1 - GAP * (panels.length - 1)) / panels.length;
  const axes = panels.map((_, k) => [
    `xaxis${numberOf(k)}`,
    axis(k === Math.floor((panels.length - 1) / 2) ? x[0] : "", x[1], {
      domain: [k * (wide + GAP), k * (wide + GAP) + wide],
      ...(scale === "log" ? { type: "log", tickvals: places, ticktext: places.map(String) } : {}),
      ...(scale === "falling" ? { autorange: "reversed" } : {}),
      ...(panels.length > 1 ? { tickfont: { size: 11 }, zeroline: false } : {}),
    }),
  ]);
  const headings = panels.map(({ heading = "" }) => heading);
  const above =
    HEADING * Math.max(...headings.map((heading) => (heading ? heading.split("<br>").length : 0)));
  const room = legendRoom(data, { height: usualHeight + above });
  const margin = { ...room.margin!, t: room.margin!.t! + above };
  const base = layout(title, { ...room, margin });
  const panelHeight = base.height! - margin.t - margin.b!;
  return {
    data,
    layout: {
      ...base,
      legend: { ...base.legend, y: 1 + (6 + above) / panelHeight },
      hovermode: "closest",
      ...Object.fromEntries(axes),
      yaxis: axis(y[0], y[1], fromZero ? { rangemode: "tozero" } : {}),
      annotations: headings.flatMap((text, k) => (text ? [headingOf(text, k)] : [])),
    },
  };
}

/** What Plotly puts behind the names of a panel's axes. */
function numberOf(panel: number): string {
  return panel === 0 ? "" : String(panel + 1);
}

function curve(
  { name, points }: Line,
  looks: { readonly colours: ReadonlyMap<string, string>; readonly markers: ReadonlyMap<string, string> },
) {
  const truth = name === "truth";
  const marked = !truth && points.length <= FEW;
  const color = truth ? ink : looks.colours.get(name)!;
  const all = points.map(({ ci95 = 0, ...point }) => ({ ...point, ci95 }));
  return {
    type: "scatter",
    mode: marked ? "lines+markers" : "lines",
    name: methodLabel(name),
    legendgroup: name,
    x: all.map((point) => point.x),
    y: all.map(({ mean }) => mean),
    // Plotly draws the caps of an interval of no width.
    ...(all.some(({ ci95 }) => ci95 > 0) ? { error_y: errorBars(all, color) } : {}),
    customdata: all.map(({ ci95 }) => (ci95 > 0 ? intervalText(ci95, 3) : "")),
    line: { color, width: 2, dash: truth ? "dash" : "solid" },
    ...(marked ? { marker: { color, size: 8, symbol: looks.markers.get(name)! } } : {}),
    hovertemplate: `%{x}: %{y:.3f}%{customdata}<extra>${methodLabel(name)}</extra>`,
  };
}

function headingOf(text: string, panel: number) {
  return {
    xref: `x${numberOf(panel)} domain` as "paper",
    yref: "paper" as const,
    x: 0,
    y: 1,
    text,
    showarrow: false,
    align: "left" as const,
    xanchor: "left" as const,
    yanchor: "bottom" as const,
    font: { size: 13, color: ink },
  };
}
