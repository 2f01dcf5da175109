// Points of the plane that move, such as a two-dimensional diffusion: an animated scatter plot with a slider.
import type { Data } from "plotly.js";
import type { Figure } from "./figure";
import { player } from "./player";
import { axis, ink, layout, palette, plainMarkers, withOpacity } from "./theme";

/** Where the points are at one moment. */
export interface PointFrame {
  /** Shown at the slider, such as "900". */
  readonly label: string;
  /** x, y of each point, row by row, N x 2. */
  readonly points: ArrayLike<number>;
}

/** How moving points are drawn. */
export interface PointAnimationOptions {
  /** Of the figure. Default: what it shows. */
  readonly title?: string;
  /** Group of each point, 0, 1, ...; a group has one colour and one marker. Default: all in one. */
  readonly groups?: ArrayLike<number>;
  /** Names of the groups. */
  readonly names?: readonly string[];
  /** Points that stand still in the background, N x 2, such as the data. */
  readonly background?: ArrayLike<number>;
  /** The axes reach from -range to range; by the data unless told. */
  readonly range?: number;
  /** Stands before the label of the current frame, such as "t = ". */
  readonly prefix?: string;
  /** Index of the frame that is shown before play, and in the still picture. Default: the last. */
  readonly first?: number;
}

/**
 * Points over steps, with play and pause and a slider; without scripts one of them is seen. A single frame is a
 * plain scatter plot.
 * @throws RangeError without frames, if they differ in their number of points, or `first` is the index of none
 * @example
 * igds.figure(igds.plot.pointAnimation([
 *   { label: "1", points: [0, 0, 1, 1] },
 *   { label: "0", points: [0, 1, 1, 0] },
 * ], { prefix: "t = " }));
 */
export function pointAnimation(frames: readonly PointFrame[], options: PointAnimationOptions = {}): Figure {
  const last = frames[frames.length - 1];
  if (!last) throw new RangeError("pointAnimation: expected at least one frame, found none.");
  const odd = frames.find(({ points }) => points.length !== last.points.length);
  if (odd)
    throw new RangeError(
      `pointAnimation: expected as many points in every frame, found ${last.points.length / 2} and, at ` +
        `"${odd.label}", ${odd.points.length / 2}.`,
    );
  const active = options.first ?? frames.length - 1;
  const shown = frames[active];
  if (!shown)
    throw new RangeError(
      `pointAnimation: expected as first the index of a frame, 0 to ${frames.length - 1}, found ${active}.`,
    );
  const { title = "Points over the steps", groups, names = [], background = [], prefix } = options;
  const count = last.points.length / 2;
  const groupOf = (i: number): number => groups?.[i] ?? 0;
  const kinds = [...new Set(Array.from({ length: count }, (_, i) => groupOf(i)))].sort((a, b) => a - b);
  const rows = kinds.map((kind) =>
    Array.from({ length: count }, (_, i) => i).filter((i) => groupOf(i) === kind),
  );
  const range =
    options.range ?? (1.05 * Math.max(reach(background), ...frames.map(({ points }) => reach(points))) || 1);
  // At least 200 places across are what a screen shows, and a quarter of the bytes.
  const digits = Math.min(20, Math.max(0, 2 - Math.floor(Math.log10(range))));
  const rounded = (value: number) => Number(value.toFixed(digits));
  const places = (points: ArrayLike<number>, chosen: readonly number[]) => ({
    x: chosen.map((i) => rounded(points[2 * i]!)),
    y: chosen.map((i) => rounded(points[2 * i + 1]!)),
  });
  const still: Data[] =
    background.length === 0
      ? []
      : [
          {
            type: "scatter",
            mode: "markers",
            name: "data",
            ...places(
              background,
              Array.from({ length: background.length / 2 }, (_, i) => i),
            ),
            marker: { color: withOpacity(ink, 0.35), size: 4 },
            hoverinfo: "skip",
          },
        ];
  const moving = (points: ArrayLike<number>): Data[] =>
    rows.map((chosen, k) => ({
      type: "scatter",
      mode: "markers",
      name: names[kinds[k]!] ?? (kinds.length > 1 ? `group ${kinds[k]}` : "samples"),
      ...places(points, chosen),
      marker: {
        color: palette[kinds[k]! % palette.length],
        symbol: plainMarkers[kinds[k]! % plainMarkers.length],
        size: 5,
        opacity: 0.85,
      },
      hovertemplate: `(%{x:.${digits}f}, %{y:.${digits}f})<extra></extra>`,
    }));
  const traces = rows.map((_, k) => still.length + k);
  return {
    data: [...still, ...moving(shown.points)],
    layout: layout(title, {
      height: frames.length > 1 ? 620 : 530,
      margin: { l: 64, r: 24, t: 84, b: frames.length > 1 ? 150 : 60 },
      hovermode: "closest",
      showlegend: kinds.length > 1 || still.length > 0,
      xaxis: axis("first coordinate", undefined, { range: [-range, range], constrain: "domain" }),
      yaxis: axis("second coordinate", undefined, { range: [-range, range], scaleanchor: "x" }),
      ...(frames.length > 1
        ? player({
            labels: frames.map(({ label }) => label),
            active,
            below: 40,
            ...(prefix ? { prefix } : {}),
          })
        : {}),
    }),
    frames: frames.map(({ points }, i) => ({
      name: String(i),
      data: moving(points).map((trace) => {
        const { x, y } = trace as { x: number[]; y: number[] };
        return { type: "scatter", x, y } as Data;
      }),
      traces,
    })),
  };
}

/** The largest coordinate, whatever its sign. */
function reach(points: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < points.length; i++)
    if (Number.isFinite(points[i])) most = Math.max(most, Math.abs(points[i]!));
  return most;
}
