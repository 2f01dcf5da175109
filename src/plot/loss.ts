// Training loss over steps.
import type { Data } from "plotly.js";
import type { Figure } from "./figure";
import { axis, layout, palette, withOpacity } from "./theme";

/** Loss of one training step. */
export interface LossPoint {
  /** Of training. */
  readonly step: number;
  /** At that step. */
  readonly loss: number;
}

/** How a loss curve is drawn. */
export interface LossOptions {
  /** Of the figure. Default: what it shows. */
  readonly title?: string;
  /** What the loss is counted in: "mean squared error of epsilon" unless told, "nats" for a classifier. */
  readonly unit?: string;
}

/**
 * The loss at each recorded step (pale) and its running mean over 5 % of the points (strong); logarithmic scale. Losses
 * that are not finite, as of training that has gone wrong, are gaps.
 * @throws RangeError if no point has a finite loss above 0
 * @example igds.figure(igds.plot.lossCurve([{ step: 1, loss: 1 }, { step: 2, loss: 0.5 }], { unit: "nats" }))
 */
export function lossCurve(points: readonly LossPoint[], options: LossOptions = {}): Figure {
  const { title = "Training loss", unit = "mean squared error of epsilon" } = options;
  if (points.length === 0) throw new RangeError("lossCurve: expected at least one point, found none.");
  const finite = points.filter(({ loss }) => Number.isFinite(loss));
  if (!finite.some(({ loss }) => loss > 0))
    throw new RangeError(
      `lossCurve: expected a finite loss above 0 at one step at least, found ${points[0]!.loss} at the first.`,
    );
  const half = Math.round(points.length * 0.025);
  const x = points.map(({ step }) => step);
  const smooth = points.map((_, i) => {
    const near = points.slice(Math.max(0, i - half), i + half + 1).map(({ loss }) => loss);
    const known = near.filter(Number.isFinite);
    return known.length === 0 ? null : known.reduce((sum, loss) => sum + loss, 0) / known.length;
  });
  const colour = palette[0];
  const data: Data[] = [
    {
      type: "scatter",
      mode: "lines",
      name: "each record",
      x,
      y: points.map(({ loss }) => (Number.isFinite(loss) ? loss : null)),
      line: { color: withOpacity(colour, 0.5), width: 1 },
      hoverinfo: "skip",
    },
  ];
  if (half > 0) {
    data.push({
      type: "scatter",
      mode: "lines",
      name: `running mean over ${2 * half + 1} records`,
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
      yaxis: axis("loss", unit, { type: "log", ...logTicks(finite.map(({ loss }) => loss)) }),
    }),
  };
}

// Plotly's own ticks between powers of ten show the digit alone, which reads as another number.
function logTicks(values: readonly number[]): { tickvals: number[]; ticktext: string[] } {
  const positive = values.filter((value) => value > 0);
  const low = positive.reduce((a, b) => Math.min(a, b));
  const high = positive.reduce((a, b) => Math.max(a, b));
  const digits = high / low > 200 ? [1] : high / low > 20 ? [1, 3] : [1, 2, 3, 4, 5, 7];
  const tickvals: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of digits) tickvals.push(Number((digit * 10 ** power).toPrecision(1)));
  }
  return { tickvals, ticktext: tickvals.map(String) };
}
