// Points in a plane of two quantities, each with its 95 % intervals; one series per method.
import type { Data } from "plotly.js";
import type { Figure } from "./figure";
import { axis, errorBars, layout, legendFor, methodLabel, seriesColours, seriesMarkers } from "./theme";

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
  const names = [...new Set(points.map(({ name }) => name))];
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
      mode: "text+markers",
      name: methodLabel(name),
      x: own.map(({ x }) => x.mean),
      y: own.map(({ y }) => y.mean),
      error_x: bar("x"),
      error_y: bar("y"),
      text: own.map(({ text }) => text),
      textposition: "top right",
      textfont: { color, size: 11 },
      marker: { color, size: 9, symbol: markers.get(name)! },
      hovertemplate: `%{text}: %{x:.3f}, %{y:.3f}<extra>${methodLabel(name)}</extra>`,
    };
  });
  return {
    data,
    layout: layout(options.title, {
      hovermode: "closest",
      ...legendFor(names.length),
      height: 520,
      xaxis: axis(...options.x),
      yaxis: axis(...options.y),
    }),
  };
}
