// Plotly in a DOM without a browser: jsdom for the tree, our font metrics for every measurement that jsdom lacks.
import { readFileSync } from "node:fs";
import { Script } from "node:vm";
import type { DOMWindow } from "jsdom";
import { Canvases } from "./canvas";
import type { Figure } from "./figure";
import { textWidth } from "./font";
import { type Box, outlineText, textBox, textRuns, union } from "./svgText";

/** What is used of the Plotly object. */
interface Plotly {
  toImage(figure: Figure, options: object): Promise<string>;
  /** Problems of a specification, each with a message; undefined if there is none. */
  validate(data: object[], layout: object): { msg: string }[] | undefined;
}

export interface PlotlyPage {
  readonly plotly: Plotly;
  /** An SVG document of the figure, text as outlines. */
  svg(figure: Figure, width: number, height: number): Promise<string>;
}

let page: PlotlyPage | undefined;

/** The page, made at the first call (one to two seconds) and kept. */
export function plotlyPage(): PlotlyPage {
  page ??= open();
  return page;
}

function open(): PlotlyPage {
  // Loaded when the first figure is drawn: commands that draw none should not wait for it.
  const { JSDOM } = require("jsdom") as typeof import("jsdom");
  const dom = new JSDOM("<!doctype html><body></body>", { runScripts: "outside-only" });
  const { window } = dom;
  const canvases = new Canvases();
  supplyMeasurements(window);
  supplyBrowserParts(window, canvases);
  const file = require.resolve("plotly.js-dist");
  new Script(readFileSync(file, "utf8"), { filename: file }).runInContext(dom.getInternalVMContext());
  const plotly = (window as unknown as { Plotly: Plotly }).Plotly;
  const draw = async (figure: Figure, width: number, height: number) => {
    // A copy, because Plotly writes into what it is given.
    const { data, layout } = structuredClone({ data: figure.data, layout: figure.layout });
    const options = { format: "svg", width, height, imageDataOnly: true };
    const drawn = await plotly.toImage({ data, layout: { ...layout, width, height } }, options);
    const document = new window.DOMParser().parseFromString(drawn, "image/svg+xml");
    outlineText(document);
    return canvases.encode(new window.XMLSerializer().serializeToString(document));
  };
  // One figure at a time: Plotly measures in a part of the page that all figures share.
  let turn: Promise<unknown> = Promise.resolve();
  return {
    plotly,
    svg(figure, width, height) {
      const mine = turn.then(() => draw(figure, width, height));
      turn = mine.catch(() => undefined);
      return mine;
    },
  };
}

function supplyMeasurements(window: DOMWindow): void {
  const rectangle = (box: Box) => ({
    ...box,
    left: box.x,
    top: box.y,
    right: box.x + box.width,
    bottom: box.y + box.height,
  });
  Object.assign(window.SVGElement.prototype, {
    getBBox(this: SVGElement) {
      return rectangle(boxOf(this));
    },
    // Plotly compares these only with each other inside one SVG, so the SVG's own space will do.
    getBoundingClientRect(this: SVGElement) {
      return rectangle(boxOf(this));
    },
    getComputedTextLength(this: SVGElement) {
      return textRuns(this).reduce((sum, { text, size, weight }) => sum + textWidth(text, size, weight), 0);
    },
  });
}

function boxOf(element: Element): Box {
  const number = (name: string) => Number.parseFloat(element.getAttribute(name) ?? "0") || 0;
  switch (element.localName) {
    case "text":
    case "tspan":
      return textBox(element);
    case "rect":
    case "image":
      return { x: number("x"), y: number("y"), width: number("width"), height: number("height") };
    case "g":
    case "svg": {
      const boxes = Array.from(element.children, (child) =>
        moved(boxOf(child), child.getAttribute("transform")),
      );
      return union(boxes.filter(({ width, height }) => width > 0 || height > 0)) ?? nothing;
    }
    default:
      return nothing;
  }
}

const nothing: Box = { x: 0, y: 0, width: 0, height: 0 };

/** The upright box around a box that a transform attribute moves, turns or scales. */
function moved(box: Box, transform: string | null): Box {
  let corners = [
    [box.x, box.y],
    [box.x + box.width, box.y],
    [box.x, box.y + box.height],
    [box.x + box.width, box.y + box.height],
  ] as [number, number][];
  // The last transform of the list acts first.
  for (const [, kind, list] of [
    ...(transform ?? "").matchAll(/(translate|rotate|scale)\(([^)]*)\)/g),
  ].reverse()) {
    const [a = 0, b, c] = list!.split(/[\s,]+/).map(Number);
    corners = corners.map(([x, y]): [number, number] => {
      if (kind === "translate") return [x + a, y + (b ?? 0)];
      if (kind === "scale") return [x * a, y * (b ?? a)];
      const [centreX, centreY, turn] = [b ?? 0, c ?? 0, (a * Math.PI) / 180];
      return [
        centreX + (x - centreX) * Math.cos(turn) - (y - centreY) * Math.sin(turn),
        centreY + (x - centreX) * Math.sin(turn) + (y - centreY) * Math.cos(turn),
      ];
    });
  }
  const [x, y] = [Math.min(...corners.map(([at]) => at)), Math.min(...corners.map(([, at]) => at))];
  const [right, bottom] = [Math.max(...corners.map(([at]) => at)), Math.max(...corners.map(([, at]) => at))];
  return { x, y, width: right - x, height: bottom - y };
}

function supplyBrowserParts(window: DOMWindow, canvases: Canvases): void {
  window.URL.createObjectURL = () => "blob:none";
  const canvas = window.HTMLCanvasElement.prototype;
  // Plotly's 3D parts ask for a context when they load and do without one.
  const context = function (this: HTMLCanvasElement, kind: string) {
    return kind === "2d" ? canvases.context(this) : null;
  };
  canvas.getContext = context as unknown as typeof canvas.getContext;
  canvas.toDataURL = function (this: HTMLCanvasElement) {
    return canvases.mark(this);
  };
}
