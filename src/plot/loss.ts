// Training loss over steps.
import type { Data } from "plotly.js";
import type { Figure } from "./figure";
import { axis, layout, palette, withOpacity } from "./theme";

/** Loss of one training step. */
export interface LossPoint {
  readonly step: number;
  readonly loss: number;
}

export interface LossOptions {
  readonly title?: string;
  /** What the loss is counted in: "mean squared error of epsilon" unless told, "nats" for a classifier. */
  readonly unit?: string;
}

/** The loss at each recorded step (pale) and its running mean over 5 % of the points (strong); logarithmic scale. */
export function lossCurve(points: readonly LossPoint[], options: LossOptions = {}): Figure {
  const { title = "Training loss", unit = "mean squared error of epsilon" } = options;
  if (points.length === 0) throw new RangeError("lossCurve: expected at least one point, found none.");
  const width = Math.max(1, Math.round(points.length * 0.05));
  const x = points.map(({ step }) => step);
  const smooth = points.map((_, i) => {
    const near = points.slice(Math.max(0, i - width + 1), i + 1);
    return near.reduce((sum, { loss }) => sum + loss, 0) / near.length;
  });
  const colour = palette[0];
  const data: Data[] = [
    {
      type: "scatter",
      mode: "lines",
      name: "each record",
      x,
      y: points.map(({ loss }) => loss),
      line: { color: withOpacity(colour, 0.35), width: 1 },
      hoverinfo: "skip",
    },
  ];
  if (width > 1) {
    data.push({
      type: "scatter",
      mode: "lines",
      name: `mean of the last ${width} records`,
      x,
      y: smooth,
      line: { color: colour, width: 2.2 },
      hovertemplate: "%{y:.4f}<extra></extra>",
    });
  }
  return {
    data,
    layout: layout(title, {
      xaxis: axis("training step"),
      yaxis: axis("loss", unit, { type: "log" }),
    }),
  };
}
