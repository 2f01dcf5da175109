// Bounds and estimators beside the truth: an interval for each, a line for what they are about.
import type { Data } from "plotly.js";
import type { Comparison } from "../information/compareBounds";
import type { Figure } from "./figure";
import { axis, ink, layout, palette } from "./theme";

const colours = { lower: palette[0], upper: palette[1], none: palette[4] } as const;
const symbols = { lower: "triangle-right", upper: "triangle-left", none: "circle-open" } as const;
const words = { lower: "lower bound", upper: "upper bound", none: "estimator, no bound" } as const;

/** How bounds beside the truth are drawn. */
export interface BoundComparisonOptions {
  /** Of the figure. Default: what it shows. */
  readonly title?: string;
  /** Which quantities to draw; all that have a bound unless told. */
  readonly quantities?: readonly (keyof Comparison["truth"])[];
}

/**
 * One row for each bound, with its 95 % interval; a panel for each quantity, whose true value is a line.
 * @throws RangeError if there is no bound on the quantities
 * @example
 * const mixture = igds.information.drawMixture({ dimension: 4, classes: 3, separation: 3 }, 0);
 * igds.figure(igds.plot.boundComparison(igds.information.compareBounds(mixture, { samples: 600 }, 1)));
 */
export function boundComparison(comparison: Comparison, options: BoundComparisonOptions = {}): Figure {
  const { title = "Each bound beside the truth" } = options;
  const quantities = (
    options.quantities ?? (Object.keys(comparison.truth) as (keyof Comparison["truth"])[])
  ).filter((quantity) => comparison.bounds.some((bound) => bound.quantity === quantity));
  const chosen = quantities.flatMap((quantity) => comparison.bounds.filter((b) => b.quantity === quantity));
  if (chosen.length === 0)
    throw new RangeError(
      `boundComparison: expected bounds on ${options.quantities?.join(", ") ?? "something"}, found none.`,
    );
  const data: Data[] = [];
  const panels: Record<string, object> = {};
  const shapes: object[] = [];
  const annotations: object[] = [];
  const gap = 0.11;
  const room = 1 - gap * (quantities.length - 1);
  const seen = new Set<string>();
  let top = 1;
  quantities.forEach((quantity, k) => {
    const own = chosen.filter((bound) => bound.quantity === quantity);
    const bottom = Math.max(0, top - (room * own.length) / chosen.length);
    const id = k === 0 ? "" : String(k + 1);
    panels[`xaxis${id}`] = axis(
      k === quantities.length - 1 ? "information" : "",
      k === quantities.length - 1 ? "nats" : undefined,
      {
        anchor: `y${id}` as "y",
        zeroline: false,
      },
    );
    panels[`yaxis${id}`] = axis("", undefined, {
      anchor: `x${id}` as "x",
      domain: [bottom, top],
      autorange: "reversed",
      type: "category",
      gridcolor: "rgba(0, 0, 0, 0)",
    });
    for (const side of ["lower", "upper", "none"] as const) {
      const rows = own.filter((bound) => bound.side === side);
      if (rows.length === 0) continue;
      data.push({
        type: "scatter",
        mode: "markers",
        name: words[side],
        legendgroup: side,
        showlegend: !seen.has(side),
        xaxis: `x${id}`,
        yaxis: `y${id}`,
        x: rows.map(({ value }) => value),
        y: rows.map(({ name }) => name),
        error_x: {
          type: "data",
          array: rows.map(({ standardError }) => 1.96 * standardError),
          color: colours[side],
          thickness: 1.8,
          width: 5,
        },
        marker: { color: colours[side], size: 10, symbol: symbols[side] },
        hovertemplate: `%{y}: %{x:.3f} ± %{error_x.array:.3f} nats<extra>${words[side]}</extra>`,
      });
      seen.add(side);
    }
    const { value } = comparison.truth[quantity];
    shapes.push({
      type: "line",
      xref: `x${id}`,
      yref: `y${id} domain`,
      x0: value,
      x1: value,
      y0: 0,
      y1: 1,
      line: { color: ink, width: 1.6, dash: "dash" },
    });
    annotations.push({
      xref: "paper",
      yref: `y${id} domain`,
      x: 0,
      y: 1.01,
      xanchor: "left",
      yanchor: "bottom",
      showarrow: false,
      text: `<b>${quantity === "set" ? "information of a blurred set" : quantity}</b>, truth ${value.toFixed(3)} nats (dashed)`,
      font: { size: 13, color: ink },
    });
    top = bottom - gap;
  });
  const height = 170 + 34 * chosen.length + 70 * quantities.length;
  const base = layout(title);
  return {
    data,
    layout: layout(title, {
      height,
      margin: { l: 190, r: 24, t: 120, b: 60 },
      hovermode: "closest",
      // Between the title and the heading of the first panel.
      legend: { ...base.legend, y: 1 + 28 / (height - 180) },
      ...panels,
      shapes: shapes as [],
      annotations: annotations as [],
    }),
  };
}
