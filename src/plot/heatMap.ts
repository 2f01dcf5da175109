// A quantity over two settings as a map of coloured fields with their values, and curves on top of it.
import type { Data } from "plotly.js";
import type { Figure } from "./figure";
import { axis, ink, layout, palette } from "./theme";

/** A curve over the columns: one ring on the vertical axis for each, around the number that stands there. */
export interface MapCurve {
  /** Its name in the legend. */
  readonly name: string;
  /** One value per column, on the scale of `rows`; values between two rows lie between them, NaN is a gap. */
  readonly values: readonly number[];
  /** What was measured at each of them, null where nothing was; written above the ring where its column is empty. */
  readonly measured?: readonly (number | null)[];
}

/** How a heat map is drawn. */
export interface HeatMapOptions {
  /** Of the figure. */
  readonly title: string;
  /** Columns and rows, each with the title of its axis; ascending. */
  readonly columns: { readonly title: string; readonly values: readonly number[] };
  /** The same of the rows. */
  readonly rows: { readonly title: string; readonly values: readonly number[] };
  /** What the colours are. */
  readonly quantity: string;
  /** Of the colours. */
  readonly unit: string;
  /** Lines on top. */
  readonly curves?: readonly MapCurve[];
}

/**
 * A map of a quantity over two settings, its values written in, with curves on top.
 *
 * @param values by [row][column]; null where there is none
 * @throws RangeError if there are not as many values as rows and columns, or a curve has not one for each column
 * @example
 * igds.plot.heatMap(
 *   [
 *     [70, 71],
 *     [72, 73],
 *   ],
 *   {
 *     title: "Accuracy",
 *     columns: { title: "IPC", values: [1, 5] },
 *     rows: { title: "beta", values: [0, 2] },
 *     quantity: "accuracy",
 *     unit: "%",
 *   },
 * );
 */
export function heatMap(
  values: readonly (readonly (number | null)[])[],
  { title, columns, rows, quantity, unit, curves = [] }: HeatMapOptions,
): Figure {
  const [high, wide] = [rows.values.length, columns.values.length];
  if (values.length !== high || values.some(({ length }) => length !== wide))
    throw new RangeError(
      `heatMap: expected ${high} rows of ${wide} values, found rows of ${values.map(({ length }) => length).join(", ")}.`,
    );
  const odd = curves.find((curve) => curve.values.length !== wide);
  if (odd)
    throw new RangeError(
      `heatMap: expected a value for each of ${wide} columns in curve "${odd.name}", found ${odd.values.length}.`,
    );
  const map = {
    type: "heatmap",
    x: columns.values.map((_, i) => i),
    y: rows.values.map((_, i) => i),
    z: values.map((row) => [...row]),
    text: values.map((row) => row.map((value) => (value === null ? "" : value.toFixed(1)))),
    texttemplate: "%{text}",
    textfont: { size: 13 },
    // Light to dark in one hue: reads in grey and for every kind of colour vision.
    colorscale: [
      [0, "#e8f1f8"],
      [1, "#1f6299"],
    ],
    colorbar: { title: { text: `${quantity} (${unit})`, side: "right" } },
    hovertemplate: `%{z:.2f} ${unit}<extra></extra>`,
  } as unknown as Data;
  const lines = curves.map((curve, i): Data => {
    const color = palette[(i + 1) % palette.length]!;
    const missing = columns.values.map((_, place) => values.every((row) => row[place] === null));
    return {
      type: "scatter",
      mode: "text+lines+markers",
      name: curve.name,
      x: columns.values.map((_, place) => place),
      y: curve.values.map((value) => placeOf(value, rows.values)),
      // Hollow: a filled marker would hide the number that it points at.
      marker: {
        color,
        size: 36 - 5 * i,
        symbol: i % 2 ? "diamond-open" : "circle-open",
        line: { color, width: 2 },
      },
      line: { color, width: 1, dash: i % 2 ? "dash" : "solid" },
      text: columns.values.map((_, place) =>
        missing[place] ? (curve.measured?.[place]?.toFixed(1) ?? "") : "",
      ),
      textposition: "top center",
      textfont: { size: 13, color: ink },
      customdata: [...curve.values],
      hovertemplate: `%{customdata:.2f}<extra>${curve.name}</extra>`,
    };
  });
  const ticks = (of: readonly number[]) => ({
    tickmode: "array" as const,
    tickvals: of.map((_, i) => i),
    ticktext: of.map(String),
    zeroline: false,
    showgrid: false,
  });
  return {
    data: [map, ...lines],
    layout: layout(title, {
      hovermode: "closest",
      // Plotly leaves the legend of a single line out.
      showlegend: curves.length > 0,
      xaxis: axis(columns.title, undefined, ticks(columns.values)),
      yaxis: axis(rows.title, undefined, ticks(rows.values)),
    }),
  };
}

/** Where a value lies among ascending ones, counted in steps; the ends hold what lies outside, NaN lies nowhere. */
function placeOf(value: number, among: readonly number[]): number | null {
  if (Number.isNaN(value)) return null;
  const above = among.findIndex((one) => one >= value);
  if (above < 0) return among.length - 1;
  if (above === 0) return 0;
  const [low, high] = [among[above - 1]!, among[above]!];
  return above - 1 + (value - low) / (high - low);
}
