// The bounds on both kinds of information over the steps of one or more runs.
import type { Data } from "plotly.js";
import type { StepRecord } from "../diffusion/stepRecord";
import type { Figure } from "./figure";
import { moreLegend } from "./legend";
import { numbers } from "./numbers";
import { axis, ink, layout, methodLabel, seriesColours, seriesMarkers, withOpacity } from "./theme";

/** The records of one run under the name of its method; a Run is one. */
export interface LabelledRun {
  /** Its name in the legend. */
  readonly label: string;
  /** One for each step. */
  readonly records: readonly StepRecord[];
  /** Images per class, for the ceiling ln IPC. */
  readonly ipc?: number;
  /** Number of classes, for the ceiling ln C. */
  readonly classes?: number;
}

/** How bounds over the steps are drawn. */
export interface BoundsOptions {
  /** Images per class: the ceiling of the contextual bounds is ln IPC. Default: what the runs say. */
  readonly ipc?: number;
  /** Number of classes: the ceiling of the prototype bound is ln C. Default: what the runs say; without, none is drawn. */
  readonly classes?: number;
  /** Of the figure. Default: what it shows. */
  readonly title?: string;
  /** Whether the panel of the contextual bounds stands below that of the prototype bound or beside it. Default: below. */
  readonly arrange?: "below" | "beside";
}

/** Whether the records carry bounds, which a figure needs. */
export function hasBounds(records: readonly StepRecord[]): boolean {
  return records.some(({ bounds }) => bounds);
}

/**
 * Two panels over the steps from noise to image. Above: the prototype bound, mean over images. Below: the mixture
 * sandwich (mean over classes, its low and high ends as a band, of more than two runs as two lines) and the context bound
 * (dotted), with their ceiling.
 * @throws RangeError if no record carries bounds, or the IPC is not known
 * @example igds.figure(igds.plot.boundsOverSteps([run, run.fork({ beta: 0 })]))
 */
export function boundsOverSteps(runs: readonly LabelledRun[], options: BoundsOptions = {}): Figure {
  const { title = "Information in the images while they are denoised", arrange = "below" } = options;
  const ipc = options.ipc ?? largestOf(runs.map((run) => run.ipc));
  const classes = options.classes ?? largestOf(runs.map((run) => run.classes));
  if (ipc === undefined)
    throw new RangeError("boundsOverSteps: bare records do not tell their IPC; give it, as { ipc: 10 }.");
  const data: Data[] = [];
  const number = numbers(runs.map(({ label }) => label));
  const names = runs.map(({ label }, i) => label + number[i]);
  const [colours, markers] = [seriesColours(names), seriesMarkers(names)];
  // Three colours on top of each other are a fourth that nobody has.
  const band = runs.length <= 2;
  for (const [i, { label, records }] of runs.entries()) {
    const steps = records.filter((record) => record.bounds);
    if (steps.length === 0) {
      throw new RangeError(
        `boundsOverSteps: run "${label}" has no bounds; sample it with the bounds recorded.`,
      );
    }
    const series = names[i]!;
    const colour = colours.get(series)!;
    const name = methodLabel(label) + number[i];
    const x = steps.map(({ t }) => t);
    const common = { x, legendgroup: series, type: "scatter" as const };
    const marker = { color: colour, symbol: markers.get(series)!, size: 7, maxdisplayed: 8 };
    const line = (
      values: number[],
      shown: string,
      dash: "solid" | "dot",
      yaxis: "y" | "y2",
      first = false,
      // A single step is a point, not a line; several runs are told apart by markers too.
      marked = x.length === 1 || runs.length > 1,
    ): Data => ({
      ...common,
      y: values,
      name: shown,
      yaxis,
      xaxis: yaxis === "y" ? "x" : "x2",
      line: { color: colour, width: 2, dash },
      ...(marked ? { mode: "lines+markers", marker } : { mode: "lines" }),
      showlegend: first,
      hovertemplate: `%{y:.2f} nats<extra>${shown}</extra>`,
    });
    data.push(
      line(
        steps.map(({ bounds }) => mean(bounds!.prototype)),
        name,
        "solid",
        "y",
        true,
      ),
    );
    const low = steps.map(({ bounds }) => mean(bounds!.contextual.low));
    const high = steps.map(({ bounds }) => mean(bounds!.contextual.high));
    data.push(line(low, `${name}, mixture low`, "solid", "y2"));
    data.push({
      ...line(high, `${name}, mixture high`, "solid", "y2", false, x.length === 1),
      line: { color: colour, width: band ? 0.5 : 1 },
      ...(band ? { fill: "tonexty", fillcolor: withOpacity(colour, 0.18) } : {}),
    } as Data);
    data.push(
      line(
        steps.map(({ bounds }) => mean(bounds!.context)),
        `${name}, context`,
        "dot",
        "y2",
      ),
    );
  }
  // What the two kinds of lines in the lower panel are, without a colour of any run.
  const key = {
    type: "scatter" as const,
    mode: "lines" as const,
    x: [null],
    y: [null],
    hoverinfo: "skip" as const,
  };
  if (band)
    data.push({
      ...key,
      name: "mixture, low to high (band)",
      line: { color: ink, width: 7 },
      opacity: 0.35,
    });
  else data.push({ ...key, name: "mixture, low (thick) and high (thin)", line: { color: ink, width: 2 } });
  data.push({ ...key, name: "context (dotted)", line: { color: ink, width: 2, dash: "dot" } });
  const ended = runs.every(({ records }) => records.some(({ index, count }) => index === count - 1));
  const noisy = ended ? { autorange: "reversed" as const } : { range: [1000, -10] };
  const ceilings = [
    ...(classes ? [ceiling("y", Math.log(classes), `ln C = ${Math.log(classes).toFixed(2)}`)] : []),
    ceiling("y2", Math.log(ipc), `ln IPC = ${Math.log(ipc).toFixed(2)}`),
  ];
  const range = (panel: "y" | "y2") => {
    const values = data.flatMap((trace) => {
      const { yaxis, y } = trace as { yaxis?: string; y: number[] };
      return yaxis === panel ? y : [];
    });
    const highest = panel === "y" ? classes && Math.log(classes) : Math.log(ipc);
    return axisRange(values, highest);
  };
  const beside = arrange === "beside";
  const more = moreLegend(data);
  return {
    data,
    layout: layout(title, {
      height: (beside ? 400 : 600) + more,
      margin: { l: 64, r: 24, t: 136 + more, b: 60 },
      legend: {
        orientation: "h",
        x: 0,
        xanchor: "left",
        y: beside ? 1.12 : 1.065,
        yanchor: "bottom",
        bgcolor: "rgba(0, 0, 0, 0)",
      },
      xaxis: axis(beside ? "time step t" : "", undefined, {
        ...noisy,
        domain: beside ? [0, 0.455] : [0, 1],
        anchor: "y",
        matches: "x2",
        showticklabels: beside,
      }),
      xaxis2: axis(beside ? "time step t" : "time step t, from noise to image", undefined, {
        ...noisy,
        domain: beside ? [0.545, 1] : [0, 1],
        anchor: "y2",
      }),
      yaxis: axis("I(X;Y) bound", "nats", { domain: beside ? [0, 1] : [0.56, 1], ...range("y") }),
      yaxis2: axis("H(X|Y) bounds", "nats", {
        domain: beside ? [0, 1] : [0, 0.46],
        anchor: "x2",
        ...range("y2"),
      }),
      shapes: ceilings.map(({ shape }) => shape),
      annotations: [
        ...ceilings.map(({ annotation }) => annotation),
        heading(
          1,
          beside
            ? "<b>Prototype</b>, mean over images"
            : "<b>Prototype</b>: how well the images show their class (mean over images)",
        ),
        heading(
          2,
          beside
            ? "<b>Contextual</b>, mean over classes"
            : "<b>Contextual</b>: how much the images of a class differ (mean over classes)",
        ),
      ],
    }),
  };
}

function largestOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}

// Zero is always a bound, so values far below it say nothing: they may not squeeze the rest (zoom out to see them).
function axisRange(values: readonly number[], highest: number | undefined): { range?: [number, number] } {
  if (highest === undefined) return {};
  const finite = values.filter(Number.isFinite);
  const top = Math.max(highest, 0.1, ...finite);
  const bottom = Math.max(Math.min(0, ...finite), -0.35 * top);
  const space = 0.06 * (top - bottom);
  // Twice the space above, where the ceiling's name stands.
  return { range: [bottom < 0 ? bottom - space : 0, top + 2 * space] };
}

function ceiling(yref: "y" | "y2", value: number, text: string) {
  const xref = yref === "y" ? ("x domain" as const) : ("x2 domain" as const);
  return {
    shape: {
      type: "line" as const,
      xref,
      yref,
      x0: 0,
      x1: 1,
      y0: value,
      y1: value,
      line: { color: ink, width: 1.2, dash: "dash" as const },
    },
    annotation: {
      xref,
      yref,
      x: 0,
      y: value,
      text,
      showarrow: false,
      xanchor: "left" as const,
      yanchor: "bottom" as const,
      font: { size: 12, color: ink },
    },
  };
}

function heading(panel: 1 | 2, text: string) {
  return {
    xref: panel === 1 ? ("x domain" as const) : ("x2 domain" as const),
    yref: panel === 1 ? ("y domain" as const) : ("y2 domain" as const),
    x: 0,
    y: 1.02,
    text,
    showarrow: false,
    xanchor: "left" as const,
    yanchor: "bottom" as const,
    font: { size: 13, color: ink },
  };
}

/** Mean of a bound over the images; 0 of none. */
export function mean(values: Float32Array): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
