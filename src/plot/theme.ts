// One look for every figure. The ground is transparent and letters are mid-grey, so that a figure reads on a light
// page and on a dark one; every data colour keeps a contrast of at least 3 to white and to near-black (relative
// luminance 0.12 to 0.30), and neighbours differ in lightness as well as hue for colour-blind readers.
import type { Layout, LayoutAxis } from "plotly.js";

/** Letters and axis lines. */
export const ink = "#787c85";
const gridLine = "rgba(128, 132, 140, 0.22)";

/** Colours in the order in which unnamed series get them (after Okabe and Ito, evened out in lightness). */
export const palette = [
  "#3182bd",
  "#d8590b",
  "#1a9a72",
  "#b5569b",
  "#9a7d0a",
  "#8b6fd1",
  "#2093a5",
  "#c9423f",
] as const;

type Look = readonly [colour: string, marker: Marker, label?: string];

// The same method has the same look in every figure. So many colours cannot all be told apart under every kind of colour
// blindness (the nearest pairs differ by 7 in CIELAB when simulated), so no two methods share a marker either.
const methods: Readonly<Record<string, Look>> = {
  whole: ["#5c626c", "octagon", "whole training set"],
  random: ["#808690", "square", "random real"],
  kmeans: ["#9a7d0a", "diamond", "k-means real"],
  herding: ["#8b6fd1", "pentagon", "herding real"],
  kcenter: ["#7a5c3a", "bowtie", "k-center real"],
  diffusion: ["#3182bd", "triangle-up", "plain diffusion"],
  igds: ["#d8590b", "circle", "IGDS"],
  twoterms: ["#9a3df0", "hexagram", "IGDS, two terms, searched"],
  igdstwoterms: ["#18a02c", "star-diamond", "IGDS, two terms"],
  diffusionsamescale: ["#2a6da6", "star-triangle-up", "plain, IGDS's scale"],
  igdsmixed: ["#e23fc0", "hexagon", "IGDS, mixed"],
  mgd3: ["#24a3a6", "triangle-down", "MGD3"],
  particle: ["#147155", "cross", "particle guidance"],
  cads: ["#b0468f", "x", "CADS"],
  igd: ["#bb2c36", "star", "IGD"],
  cao2: ["#7f9a3c", "triangle-left", "CaO2"],
  d4m: ["#4b55d8", "triangle-right", "D4M"],
  minimax: ["#5e7f1f", "star-square", "Minimax"],
};

// What is measured, and the terms that raise it: no method, as their open markers say too.
const quantities: Readonly<Record<string, Look>> = {
  prototype: ["#d0607f", "circle-open"],
  mixture: ["#1d9b4c", "diamond-open"],
  context: ["#846090", "square-open"],
  cmi: ["#84906c", "cross-open"],
  set: ["#c07a45", "hexagon-open"],
  // The second half of IGD, brighter than its first.
  deviation: ["#f0433f", "star-open"],
};

const aliases: Readonly<Record<string, string>> = {
  plain: "diffusion",
  // The same run under its own label and under that of a fork.
  prototypeonly: "prototype",
  beta0: "prototype",
  barberagakov: "prototype",
  contextual: "mixture",
  // Terms that one method alone has.
  mode: "mgd3",
  influence: "igd",
};

const looks: ReadonlyMap<string, Look> = new Map(Object.entries({ ...methods, ...quantities }));

type Marker =
  | "circle"
  | "square"
  | "diamond"
  | "triangle-up"
  | "triangle-down"
  | "triangle-left"
  | "triangle-right"
  | "cross"
  | "x"
  | "star"
  | "pentagon"
  | "hexagon"
  | "octagon"
  | "hexagram"
  | "bowtie"
  | "star-diamond"
  | "star-square"
  | "star-triangle-up"
  | "star-open"
  | "circle-open"
  | "diamond-open"
  | "square-open"
  | "cross-open"
  | "hexagon-open";
/** Markers of series that are not methods. */
export const plainMarkers: readonly Marker[] = [
  "circle",
  "square",
  "diamond",
  "triangle-up",
  "x",
  "star",
  "cross",
  "triangle-down",
];

function lookOf(name: string): Look | undefined {
  return looks.get(aliases[key(name)] ?? key(name));
}

/**
 * The colour of a method, bound or guidance term; unknown names get a colour that depends on the name alone.
 * @example igds.plot.methodColour("igds") // "#d8590b"
 */
export function methodColour(name: string): string {
  return lookOf(name)?.[0] ?? palette[hash(name) % palette.length]!;
}

/**
 * A colour for each series of one figure: methods have theirs, and no two series share one while the palette lasts.
 * @example igds.plot.seriesColours(["igds", "my own"]).get("igds"); // "#d8590b"
 */
export function seriesColours(names: readonly string[]): Map<string, string> {
  return distinct(names, methodColour, palette, nearlyAlike);
}

/** The marker of a method: shapes tell methods apart where colours do not. */
export function methodMarker(name: string): Marker {
  return lookOf(name)?.[1] ?? plainMarkers[hash(name) % plainMarkers.length]!;
}

/** A marker for each series of one figure, as its colour. */
export function seriesMarkers(names: readonly string[]): Map<string, Marker> {
  return distinct(names, methodMarker, plainMarkers);
}

/** Two colours that a reader takes for one where their lines cross. */
function nearlyAlike(a: string, b: string): boolean {
  const [one, other] = [channels(a), channels(b)];
  return Math.hypot(...one.map((value, i) => value - other[i]!)) < 60;
}

/**
 * What each name wants, or where another name has it the next of `choices` that none has. Of those who have no look of
 * their own, none gets what is `alike` to another's while there is something else.
 */
function distinct<T>(
  names: readonly string[],
  wantedBy: (name: string) => T,
  choices: readonly T[],
  alike: (a: T, b: T) => boolean = () => false,
): Map<string, T> {
  const given = new Map<string, T>();
  const used = new Set<T>();
  // Names with a look of their own first, so that no other name takes it.
  for (const name of [...names.filter(hasLook), ...names]) {
    if (given.has(name)) continue;
    const wanted = wantedBy(name);
    const start = Math.max(0, choices.indexOf(wanted));
    const free = choices
      .map((_, i) => choices[(start + i) % choices.length]!)
      .filter((choice) => !used.has(choice));
    const apart = (choice: T) => ![...used].some((other) => alike(choice, other));
    const good = !used.has(wanted) && (hasLook(name) || apart(wanted));
    const value = good ? wanted : (free.find(apart) ?? (used.has(wanted) ? free[0] : undefined) ?? wanted);
    given.set(name, value);
    used.add(value);
  }
  return given;
}

/** Whether the name has a colour and a marker of its own, as methods, bounds and guidance terms do. */
export function hasLook(name: string): boolean {
  return lookOf(name) !== undefined;
}

/**
 * A method's name as readers see it.
 * @example igds.plot.methodLabel("kmeans") // "k-means real"
 */
export function methodLabel(name: string): string {
  return (aliases[key(name)] ? undefined : lookOf(name)?.[2]) ?? name;
}

/** A colour of the form #rrggbb with an opacity in [0, 1]. */
export function withOpacity(colour: string, opacity: number): string {
  return `rgba(${channels(colour).join(", ")}, ${opacity})`;
}

/** Red, green and blue of #rrggbb, 0 to 255. */
function channels(colour: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

/**
 * Axis settings with a title that carries the unit, such as axis("accuracy", "%").
 * @example igds.plot.axis("accuracy", "%").title; // { text: "accuracy (%)", ... }
 */
export function axis(quantity: string, unit?: string, extra: Partial<LayoutAxis> = {}): Partial<LayoutAxis> {
  return {
    title: { text: unit ? `${quantity} (${unit})` : quantity, standoff: 10, font: { size: 14 } },
    gridcolor: gridLine,
    ...(extra.zeroline === false ? {} : { zerolinecolor: gridLine }),
    linecolor: ink,
    showline: true,
    ticks: "outside",
    ticklen: 5,
    tickcolor: ink,
    automargin: true,
    ...extra,
  };
}

/** Of a figure that says nothing else, px; above its data there is room for two rows of names. */
export const usualHeight = 440;
export const margin = { l: 64, r: 24, t: 84, b: 60 } as const;

/**
 * The layout that all figures start from; the legend stands below the title, above the data.
 * @example
 * igds.figure({
 *   data: [{ type: "bar", x: ["a", "b"], y: [1, 2] }],
 *   layout: igds.plot.layout("Two bars", { yaxis: igds.plot.axis("count") }),
 * })
 */
export function layout(title: string, extra: Partial<Layout> = {}): Partial<Layout> {
  const { height = usualHeight, margin: { t = margin.t, b = margin.b } = {} } = extra;
  return {
    title: {
      text: title,
      font: { size: 17 },
      x: 0,
      xref: "container",
      xanchor: "left",
      y: titlePlace(height),
      yanchor: "top",
      pad: { l: 12 },
    },
    font: {
      family: "Inter, system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif",
      size: 14,
      color: ink,
    },
    paper_bgcolor: "rgba(0, 0, 0, 0)",
    plot_bgcolor: "rgba(0, 0, 0, 0)",
    colorway: [...palette],
    margin,
    legend: {
      orientation: "h",
      x: 0,
      xanchor: "left",
      y: 1 + 6 / (height - t - b),
      yanchor: "bottom",
      bgcolor: "rgba(0, 0, 0, 0)",
    },
    hovermode: "x unified",
    hoverlabel: { bgcolor: "#2b3036", bordercolor: "#2b3036", font: { color: "#f2f4f6", size: 13 } },
    modebar: { orientation: "v", bgcolor: "rgba(0, 0, 0, 0)", color: ink, activecolor: palette[0] },
    height,
    ...extra,
  };
}

/** Where the title of a figure so high begins, as a share of its height: as many pixels below the edge as in any other. */
export function titlePlace(height: number): number {
  return 1 - 13 / height;
}

/** "± 1.2" behind a mean, nothing where a single value has no interval: Plotly would write that as 0. */
export function intervalText(ci95: number, digits: number): string {
  return Number.isFinite(ci95) ? ` ± ${ci95.toFixed(digits)}` : "";
}

/** Bars of 95 % intervals; NaN, the interval of a single value, draws none. */
export function errorBars(
  points: readonly { readonly ci95: number }[],
  color: string,
  thickness = 1.8,
  width = 5,
) {
  return { type: "data" as const, array: points.map(({ ci95 }) => ci95 || 0), color, thickness, width };
}

function key(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

function hash(text: string): number {
  let value = 0;
  for (const letter of text) value = (Math.imul(value, 31) + letter.codePointAt(0)!) >>> 0;
  return value;
}
