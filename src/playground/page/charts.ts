// The figures of a notebook, drawn in the page by the same library: both bounds over the steps, and the ledger.
import Plotly from "plotly.js-basic-dist-min";
import { boundsOverSteps } from "../../plot/bounds";
import type { Figure } from "../../plot/figure";
import { balanceOf, balanceText, ledgerFigure, ledgerOf } from "../../plot/ledger";
import { ink } from "../../plot/theme";
import { element } from "./dom";
import type { PageLane } from "./lane";

export interface Shown {
  readonly lanes: readonly PageLane[];
  /** Place of the step that is shown. */
  readonly at: number;
  readonly image: number;
  /** Lane whose ledger is shown. */
  readonly lane: number;
  /** Number of classes that the model knows. */
  readonly classes: number;
}

export function drawCharts({ lanes, at, image, lane, classes }: Shown): void {
  const begun = lanes.filter(({ records }) => records.length > 0);
  const chosen = lanes[lane] ?? lanes[0];
  if (begun.length === 0 || !chosen || chosen.records.length === 0) {
    for (const id of ["bounds", "ledger"]) Plotly.purge(element(id));
    element("account").textContent = "";
    return;
  }
  const { ipc } = chosen.settings;
  const t = chosen.records[Math.min(at, chosen.records.length - 1)]?.t;
  draw("bounds", boundsOverSteps(begun, { ipc, classes, arrange: "beside" }), 380, t);
  const name = `${chosen.settings.classes[Math.floor(image / ipc)]}, image ${image % ipc}`;
  const of = lanes.length > 1 ? ` (${lane === 0 ? "run" : "fork"})` : "";
  draw("ledger", ledgerFigure(chosen.records, image, { title: `Ledger of ${name}${of}` }), 430, t);
  const { prototype, contextual } = ledgerOf(chosen.records, image);
  element("account").textContent =
    `${name}${of}. Prototype information: ${balanceText(balanceOf(prototype))}. ` +
    `Contextual information: ${balanceText(balanceOf(contextual))}.`;
}

/** @param t time step to mark */
function draw(id: string, { data, layout }: Figure, height: number, t: number | undefined): void {
  const mark = (xref: "x" | "x2") => ({
    type: "line" as const,
    xref,
    yref: "paper" as const,
    x0: t,
    x1: t,
    y0: 0,
    y1: 1,
    line: { color: ink, width: 1, dash: "dot" as const },
  });
  const axes = "xaxis2" in layout ? (["x", "x2"] as const) : (["x"] as const);
  const shapes = [...(layout.shapes ?? []), ...(t === undefined ? [] : axes.map(mark))];
  const sized = { ...layout, height, shapes, autosize: true };
  void Plotly.react(element(id), data, sized, { responsive: true, displayModeBar: false });
}
