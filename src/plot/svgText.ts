// Where the letters of an SVG <text> go: what a browser works out by itself and a bare DOM does not. The same walk
// serves to measure text while Plotly lays a figure out, and to draw it as outlines afterwards.
import { lineMetrics, textPath, textWidth, type Weight } from "./font";

/** Letters with one style on one line; x and y are the start of their baseline in the text element's own space. */
export interface Run {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly weight: Weight;
  readonly fill: string;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Style {
  readonly size: number;
  readonly weight: Weight;
  readonly fill: string;
}

interface Chunk {
  readonly start: number;
  readonly runs: Run[];
}

// Plotly marks the borders of sub- and superscripts with these.
const invisible = /\u200b|\u200c|\u200d|\ufeff/g;

/** The runs of a text element, with line breaks, sub- and superscripts and the anchor applied. */
export function textRuns(element: Element): Run[] {
  const chunks: Chunk[] = [];
  const pen = { x: 0, y: 0 };
  walk(element, { size: 12, weight: "regular", fill: "#000" }, pen, chunks);
  const anchor = property(element, "text-anchor") ?? "start";
  return chunks.flatMap(({ runs, start }) => {
    const last = runs.at(-1);
    if (!last) return [];
    const wide = last.x + textWidth(last.text, last.size, last.weight) - start;
    const shift = anchor === "middle" ? wide / 2 : anchor === "end" ? wide : 0;
    return runs.map((run) => ({ ...run, x: run.x - shift }));
  });
}

function walk(element: Element, inherited: Style, pen: { x: number; y: number }, chunks: Chunk[]): void {
  const style = styleOf(element, inherited);
  const x = element.getAttribute("x");
  const y = element.getAttribute("y");
  if (x !== null || chunks.length === 0) {
    pen.x = x === null ? pen.x : length(x, style.size);
    chunks.push({ start: pen.x, runs: [] });
  }
  if (y !== null) pen.y = length(y, style.size);
  pen.x += length(element.getAttribute("dx") ?? "0", style.size);
  pen.y += length(element.getAttribute("dy") ?? "0", style.size);
  for (const child of Array.from(element.childNodes)) {
    if (child.nodeType === 1) walk(child as Element, style, pen, chunks);
    else if (child.nodeType === 3) {
      const text = (child.textContent ?? "").replace(invisible, "");
      if (text === "") continue;
      chunks.at(-1)!.runs.push({ text, x: pen.x, y: pen.y, ...style });
      pen.x += textWidth(text, style.size, style.weight);
    }
  }
}

function styleOf(element: Element, inherited: Style): Style {
  const size = property(element, "font-size");
  const weight = property(element, "font-weight");
  const slant = property(element, "font-style");
  const heavy = weight === undefined ? undefined : weight === "bold" || Number(weight) >= 600;
  return {
    size: size === undefined ? inherited.size : length(size, inherited.size),
    weight:
      slant === "italic" ? "italic" : heavy === undefined ? inherited.weight : heavy ? "bold" : "regular",
    fill: property(element, "fill") ?? inherited.fill,
  };
}

/** A style property of an element, from its style or its attribute of that name. */
function property(element: Element, name: string): string | undefined {
  const style = element.getAttribute("style") ?? "";
  const declared = new RegExp(`(?:^|;)\\s*${name}\\s*:\\s*([^;]+)`).exec(style)?.[1]?.trim();
  const value = declared ?? element.getAttribute(name) ?? undefined;
  return value === undefined || value === "inherit" || value === "" ? undefined : value;
}

function length(text: string, fontSize: number): number {
  const value = Number.parseFloat(text);
  if (!Number.isFinite(value)) return 0;
  if (text.trim().endsWith("em")) return value * fontSize;
  if (text.trim().endsWith("%")) return (value / 100) * fontSize;
  return value;
}

/** The smallest box around all runs, lines counted in full height; empty text has an empty box. */
export function textBox(element: Element): Box {
  const boxes = textRuns(element).map(({ text, x, y, size, weight }): Box => {
    const { ascent, descent } = lineMetrics(size);
    return { x, y: y - ascent, width: textWidth(text, size, weight), height: ascent + descent };
  });
  return union(boxes) ?? { x: 0, y: 0, width: 0, height: 0 };
}

/** The smallest box around boxes; undefined if there is none. */
export function union(boxes: readonly Box[]): Box | undefined {
  if (boxes.length === 0) return undefined;
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  return {
    x,
    y,
    width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
  };
}

/** Puts outlines in the place of every <text> of a document. */
export function outlineText(document: Document): void {
  for (const text of Array.from(document.querySelectorAll("text"))) {
    const group = document.createElementNS("http://www.w3.org/2000/svg", "g");
    for (const name of ["transform", "clip-path", "class"]) {
      const value = text.getAttribute(name);
      if (value !== null) group.setAttribute(name, value);
    }
    for (const name of ["opacity", "fill-opacity"]) {
      const value = property(text, name);
      if (value !== undefined) group.setAttribute(name, value);
    }
    for (const run of textRuns(text)) {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", textPath(run.text, run.x, run.y, run.size, { weight: run.weight }));
      path.setAttribute("fill", run.fill);
      group.appendChild(path);
    }
    text.replaceWith(group);
  }
}
