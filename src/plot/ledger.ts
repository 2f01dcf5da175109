// The ledger of one image: how much information it holds at each step, and what each guidance term gave it there.
import type { Data } from "plotly.js";
import type { StepRecord } from "../diffusion/stepRecord";
import type { Figure } from "./figure";
import { moreLegend } from "./legend";
import { axis, ink, layout, seriesColours } from "./theme";

/** One kind of information in one image, nats at each step. */
export interface LedgerAccount {
  /** The lower bound at x0hat before the step's guidance. */
  readonly value: readonly number[];
  /** Upper end of the sandwich, of the contextual information. */
  readonly high?: readonly number[];
  /** What the push of each term is worth at each step, to first order; no terms where that is not recorded. */
  readonly terms: Readonly<Record<string, readonly number[]>>;
}

/** What each term gave one image at each step, nats. */
export interface Ledger {
  /** Time step of each step. */
  readonly t: readonly number[];
  /** Of prototype information. */
  readonly prototype: LedgerAccount;
  /** Of contextual information. */
  readonly contextual: LedgerAccount;
}

/** @throws RangeError if the records carry no bounds, or there is no such image */
export function ledgerOf(records: readonly StepRecord[], image: number): Ledger {
  const steps = records.filter(({ bounds }) => bounds);
  const [first] = steps;
  if (!first)
    throw new RangeError(
      "ledger: the records carry no bounds; take steps first, of a run that records them.",
    );
  const count = first.x.shape[0];
  if (!Number.isInteger(image) || image < 0 || image >= count)
    throw new RangeError(`ledger: expected an image index from 0 to ${count - 1}, found ${image}.`);
  const names = [...new Set(steps.flatMap(({ guidance }) => guidance.terms.map(({ name }) => name)))];
  const worth = (kind: "prototype" | "contextual") => {
    const entries = names.map((name) => {
      const values = steps.map(
        ({ guidance }) => guidance.terms.find((term) => term.name === name)?.worth?.[kind]?.[image],
      );
      return [name, values] as const;
    });
    const told = entries.filter(([, values]) => values.some((value) => value !== undefined));
    return Object.fromEntries(told.map(([name, values]) => [name, values.map((value) => value ?? 0)]));
  };
  return {
    t: steps.map(({ t }) => t),
    prototype: { value: steps.map(({ bounds }) => bounds!.prototype[image]!), terms: worth("prototype") },
    contextual: {
      value: steps.map(({ bounds }) => bounds!.contextual.low[image]!),
      high: steps.map(({ bounds }) => bounds!.contextual.high[image]!),
      terms: worth("contextual"),
    },
  };
}

/** An account from the first step to the newest, nats: what it began with, what the terms pushed, what else happened. */
export interface LedgerBalance {
  readonly start: number;
  readonly terms: Readonly<Record<string, number>>;
  /** What denoising gave, or took back of what the terms had pushed. */
  readonly denoising: number;
  readonly end: number;
}

/** The pushes of the newest step are not counted: what came of them is seen at the next. */
export function balanceOf({ value, terms }: LedgerAccount): LedgerBalance {
  const [start, end] = [value[0]!, value[value.length - 1]!];
  const sums = Object.fromEntries(
    Object.entries(terms).map(([name, given]) => [name, given.slice(0, -1).reduce((a, b) => a + b, 0)]),
  );
  const pushed = Object.values(sums).reduce((a, b) => a + b, 0);
  return { start, terms: sums, denoising: end - start - pushed, end };
}

/** A balance in words: "-0.10 at the start, +2.31 prototype, -0.40 denoising, 1.81 nats now". */
export function balanceText({ start, terms, denoising, end }: LedgerBalance): string {
  const signed = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
  const parts = Object.entries(terms).map(([name, sum]) => `${signed(sum)} ${name} term`);
  const begun = `${start.toFixed(2).replace("-", "−")} at the start`;
  return [
    begun,
    ...parts,
    `${signed(denoising)} denoising`,
    `${end.toFixed(2).replace("-", "−")} nats now`,
  ].join(", ");
}

/**
 * Lowest and highest value of a chart of these accounts, nats. Pushes are worth what they are to first order only: one
 * that is far above all information there is, as happens in noise, may not squeeze the rest, nor may a vacuous bound.
 */
export function ledgerRange(accounts: readonly LedgerAccount[]): [low: number, high: number] {
  const lines = Math.max(0.1, ...accounts.flatMap(({ value, high = [] }) => [...value, ...high]));
  const most = 2 * lines;
  let [low, high] = [0, lines];
  for (const account of accounts) {
    const bars = barEnds(account);
    low = Math.min(low, ...account.value, ...bars.map(([down]) => down));
    high = Math.max(high, ...bars.map(([, up]) => up));
  }
  return [Math.max(low, -most), Math.min(high, most)];
}

/** The bars of a step, summed, that go on beyond the range of a chart. */
export interface CutBars {
  readonly step: number;
  /** Nats; below zero at the lower end. */
  readonly worth: number;
}

/** Where bars of an account are cut off. @param range of the chart */
export function cutBars(
  account: LedgerAccount,
  [low, high]: readonly [low: number, high: number],
): CutBars[] {
  return barEnds(account).flatMap(([down, up], step) => [
    ...(up > high ? [{ step, worth: up }] : []),
    ...(down < low ? [{ step, worth: down }] : []),
  ]);
}

/** How far cut bars go on, nats: "▲ to 7.3, ▼ to −5.0"; empty where none is cut. */
export function cutText(cut: readonly CutBars[]): string {
  const [low, high] = [Math.min, Math.max].map((most) => most(0, ...cut.map(({ worth }) => worth)));
  return [
    ...(high > 0 ? [`▲ to ${high.toFixed(1)}`] : []),
    ...(low < 0 ? [`▼ to −${(-low).toFixed(1)}`] : []),
  ].join(", ");
}

/** Where the bars of each step end, one on the other. */
function barEnds({ value, terms }: LedgerAccount): (readonly [down: number, up: number])[] {
  return value.map((_, step) => {
    const pushes = Object.values(terms).map((given) => given[step]!);
    const sum = (side: (a: number, b: number) => number) =>
      pushes.reduce((all, push) => all + side(0, push), 0);
    return [sum(Math.min), sum(Math.max)];
  });
}

/** How a ledger is drawn. */
export interface LedgerFigureOptions {
  /** Of the figure. Default: what it shows. */
  readonly title?: string;
}

/** Bars differ in more than their colour: those of the first term are plain. */
function patternOf(term: number) {
  const shape = (["", "/", "x", "-", "\\", "|", "+", "."] as const)[term % 8];
  return shape ? { pattern: { shape, fillmode: "overlay" as const, size: 6 } } : {};
}

/**
 * Both kinds of information in one image over the steps (lines) and what the push of each guidance term was worth
 * there (bars), nats.
 * @throws RangeError if the records carry no bounds, or there is no such image
 * @example igds.figure(igds.plot.ledgerFigure(run.records, 0))
 */
export function ledgerFigure(
  records: readonly StepRecord[],
  image: number,
  {
    title = `Ledger of image ${image}: information at each step, and what the terms gave`,
  }: LedgerFigureOptions = {},
): Figure {
  const { t, prototype, contextual } = ledgerOf(records, image);
  const names = [...new Set([prototype, contextual].flatMap(({ terms }) => Object.keys(terms)))];
  const colours = seriesColours(names);
  const panel = (account: LedgerAccount, xaxis: "x" | "x2", yaxis: "y" | "y2"): Data[] => [
    ...Object.entries(account.terms).map(
      ([name, given]): Data => ({
        type: "bar",
        name: `push of the ${name} term`,
        legendgroup: name,
        // Once for each name: some terms are worth something to one kind of information alone.
        showlegend: xaxis === "x" || !(name in prototype.terms),
        x: [...t],
        y: [...given],
        xaxis,
        yaxis,
        marker: { color: colours.get(name)!, ...patternOf(names.indexOf(name)) },
        hovertemplate: `%{y:+.3f} nats<extra>${name} term</extra>`,
      }),
    ),
    line("lower bound", account.value, xaxis, yaxis, "solid", xaxis === "x"),
    ...(account.high ? [line("upper bound", account.high, xaxis, yaxis, "dot", true)] : []),
    ...arrows(account, xaxis, yaxis),
  ];
  const arrows = (account: LedgerAccount, xaxis: "x" | "x2", yaxis: "y" | "y2"): Data[] => {
    const cut = cutBars(account, shownRange(account));
    if (cut.length === 0) return [];
    const [low, high] = shownRange(account);
    const up = cut.map(({ worth }) => worth > 0);
    return [
      {
        type: "scatter",
        mode: "markers",
        name: "bars that go on",
        showlegend: false,
        x: cut.map(({ step }) => t[step]!),
        y: up.map((above) => (above ? high : low)),
        xaxis,
        yaxis,
        cliponaxis: false,
        marker: {
          color: ink,
          size: 9,
          symbol: up.map((above) => (above ? "triangle-up" : "triangle-down")),
        },
        customdata: cut.map(({ worth }) => worth),
        hovertemplate: "bars to %{customdata:+.3f} nats<extra></extra>",
      },
    ];
  };
  const line = (
    name: string,
    values: readonly number[],
    xaxis: "x" | "x2",
    yaxis: "y" | "y2",
    dash: "solid" | "dot",
    showlegend: boolean,
  ): Data => ({
    type: "scatter",
    mode: t.length === 1 ? "lines+markers" : "lines",
    name,
    legendgroup: name,
    showlegend,
    x: [...t],
    y: [...values],
    xaxis,
    yaxis,
    line: { color: ink, width: 2, dash },
    hovertemplate: `%{y:.3f} nats<extra>${name}</extra>`,
  });
  const x = { autorange: "reversed" } as const;
  const heading = (panel: "x" | "x2", name: string, account: LedgerAccount) => ({
    xref: `${panel} domain` as "x domain",
    yref: panel === "x" ? ("y domain" as const) : ("y2 domain" as const),
    x: 0,
    y: 1.03,
    text: `<b>${name}</b>  ${cutText(cutBars(account, shownRange(account)))}`.trimEnd(),
    showarrow: false,
    xanchor: "left" as const,
    yanchor: "bottom" as const,
    font: { size: 13, color: ink },
  });
  const data = [...panel(prototype, "x", "y"), ...panel(contextual, "x2", "y2")];
  const more = moreLegend(data);
  return {
    data,
    layout: layout(title, {
      barmode: "relative",
      bargap: 0.1,
      height: 430 + more,
      margin: { l: 64, r: 24, t: 136 + more, b: 60 },
      legend: {
        orientation: "h",
        x: 0,
        xanchor: "left",
        y: 1.12,
        yanchor: "bottom",
        bgcolor: "rgba(0, 0, 0, 0)",
      },
      xaxis: axis("time step t", undefined, { ...x, domain: [0, 0.455], anchor: "y" }),
      xaxis2: axis("time step t", undefined, { ...x, domain: [0.545, 1], anchor: "y2", matches: "x" }),
      yaxis: axis("prototype information", "nats", { zeroline: true, range: shownRange(prototype) }),
      yaxis2: axis("contextual information", "nats", {
        zeroline: true,
        anchor: "x2",
        range: shownRange(contextual),
      }),
      annotations: [heading("x", "Prototype", prototype), heading("x2", "Contextual", contextual)],
    }),
  };
}

/** The range of a panel, with some space at its ends. */
function shownRange(account: LedgerAccount): [low: number, high: number] {
  const [low, high] = ledgerRange([account]);
  const space = 0.05 * (high - low);
  return [low < 0 ? low - space : 0, high + space];
}
