// Points of the plane in groups, such as images in two components, before a background such as the data.
import type { Data } from "plotly.js";
import type { Figure } from "./figure";
import { legendRoom } from "./legend";
import { axis, ink, layout, methodLabel, seriesColours, seriesMarkers, withOpacity } from "./theme";

/** Points that belong together. */
export interface ScatterGroup {
  /** In the legend: a method where it can be, which then has its own look. */
  readonly name: string;
  /** x, y of each point, row by row, N x 2. */
  readonly points: ArrayLike<number>;
  /** What is said of each point where it is pointed at. Default: its place alone. */
  readonly said?: readonly string[];
}

/** How points are drawn. */
export interface ScatterOptions {
  /** Of the figure. */
  readonly title: string;
  /** Title of the horizontal axis and its unit. */
  readonly x: readonly [quantity: string, unit?: string];
  /** Of the vertical axis. */
  readonly y: readonly [quantity: string, unit?: string];
  /** Small grey points behind all others. */
  readonly background?: ScatterGroup;
  /** Whether both axes have one scale, so that distances are those of the plane. Default: no. */
  readonly equal?: boolean;
}

/**
 * Points in groups, each with a colour and a marker of its own.
 * @throws RangeError if there is no group
 * @example
 * igds.figure(
 *   igds.plot.scatter([{ name: "igds", points: [0, 0, 1, 1] }], { title: "Two images", x: ["first"], y: ["second"] }),
 * )
 */
export function scatter(groups: readonly ScatterGroup[], options: ScatterOptions): Figure {
  if (groups.length === 0)
    throw new RangeError("scatter: expected at least one group of points, found none.");
  const { title, x, y, background, equal = false } = options;
  const names = groups.map(({ name }) => name);
  const [colours, markers] = [seriesColours(names), seriesMarkers(names)];
  const of = ({ name, points, said }: ScatterGroup, size: number, color: string) => ({
    type: "scatter" as const,
    mode: "markers" as const,
    name: methodLabel(name),
    x: Array.from({ length: points.length / 2 }, (_, i) => points[2 * i]!),
    y: Array.from({ length: points.length / 2 }, (_, i) => points[2 * i + 1]!),
    marker: { size, color },
    ...(said ? { text: [...said], hovertemplate: "%{text}<extra></extra>" } : {}),
  });
  const data: Data[] = [
    ...(background ? [{ ...of(background, 4, withOpacity(ink, 0.4)), hoverinfo: "skip" as const }] : []),
    ...groups.map((group) => {
      const trace = of(group, 9, colours.get(group.name)!);
      return { ...trace, marker: { ...trace.marker, symbol: markers.get(group.name)! } };
    }),
  ];
  return {
    data,
    layout: layout(title, {
      ...legendRoom(data, { height: 560 }),
      hovermode: "closest",
      xaxis: axis(x[0], x[1]),
      yaxis: axis(y[0], y[1], equal ? { scaleanchor: "x" } : {}),
    }),
  };
}
