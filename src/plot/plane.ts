// Points in a plane of two quantities, each with its 95 % intervals; one series per method.
import type { Data } from "plotly.js";
import type { Figure } from "./figure";
import { legendRoom } from "./legend";
import { axis, errorBars, layout, methodLabel, seriesColours, seriesMarkers } from "./theme";

/** A mean with its interval; NaN or 0 draws none. */
export interface Measured {
  /** Value. */
  readonly mean: number;
  /** Half-width of its 95 % interval. */
  readonly ci95: number;
}

/** One set in the plane of two quantities. */
export interface PlanePoint {
  /** Series: a method where it can be. */
  readonly name: string;
  /** Written beside the point. */
  readonly text: string;
  /** Place on the horizontal axis. */
  readonly x: Measured;
  /** Place on the vertical axis. */
  readonly y: Measured;
}

/** How the plane is drawn. */
export interface PlaneOptions {
  /** Of the figure. */
  readonly title: string;
  /** Titles of the axes with their units. */
  readonly x: readonly [quantity: string, unit: string];
  /** Of the vertical axis. */
  readonly y: readonly [quantity: string, unit: string];
  /** A thin line through the points of each series, in the order given, and the text beside its end alone. */
  readonly lines?: boolean;
  /**
   * Series that lie so far from all others along the horizontal axis that these would be a heap: they have a narrow panel
   * with a scale of its own at the left.
   */
  readonly apart?: readonly string[];
}

/**
 * Sets as points in the plane of two quantities, with 95 % intervals along both.
 *
 * @throws RangeError if there is no point
 * @example
 * const at = { mean: 1, ci95: 0.1 };
 * igds.plot.plane([{ name: "igds", text: "10", x: at, y: at }], {
 *   title: "Plane",
 *   x: ["I(X;Y)", "nats"],
 *   y: ["H(X|Y)", "nats"],
 * });
 */
export function plane(points: readonly PlanePoint[], options: PlaneOptions): Figure {
  if (points.length === 0) throw new RangeError("plane: expected at least one point, found none.");
  const { title, lines = false, apart = [] } = options;
  const names = [...new Set(points.map(({ name }) => name))];
  const panels = names.some((name) => apart.includes(name)) && names.some((name) => !apart.includes(name));
  const colours = seriesColours(names);
  const markers = seriesMarkers(names);
  const data = names.map((name): Data => {
    const own = points.filter((point) => point.name === name);
    const color = colours.get(name)!;
    const bar = (of: "x" | "y") =>
      errorBars(
        own.map((point) => point[of]),
        color,
        1.2,
        3,
      );
    return {
      type: "scatter",
      mode: lines ? "text+lines+markers" : "text+markers",
      name: methodLabel(name),
      ...(panels && apart.includes(name) ? { xaxis: "x2" as const } : {}),
      x: own.map(({ x }) => x.mean),
      y: own.map(({ y }) => y.mean),
      error_x: bar("x"),
      error_y: bar("y"),
      text: own.map(({ text }, i) => (lines && i < own.length - 1 ? "" : text)),
      customdata: own.map(({ text }) => text),
      textposition: lines ? "top center" : "top right",
      textfont: { color, size: 11 },
      marker: { color, size: 9, symbol: markers.get(name)! },
      ...(lines ? { line: { color, width: 1 } } : {}),
      hovertemplate: `%{customdata}: %{x:.3f}, %{y:.3f}<extra>${methodLabel(name)}</extra>`,
    };
  });
  const [quantity, unit] = options.x;
  return {
    data,
    layout: layout(title, {
      hovermode: "closest",
      ...legendRoom(data, { height: 520 }),
      xaxis: axis(quantity, unit, panels ? { domain: [0.24, 1], zeroline: false } : {}),
      ...(panels ? { xaxis2: axis("", undefined, { domain: [0, 0.2], zeroline: false, nticks: 3 }) } : {}),
      yaxis: axis(options.y[0], options.y[1], panels ? { anchor: "x2" } : {}),
    }),
  };
}
