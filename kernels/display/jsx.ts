// `<b>{x}</b>` in a cell, where no React is installed: HTML that is shown. The compiler calls these functions.

import { escapeMarkup, html, type Markup } from "./tags";

type Properties = Readonly<Record<string, unknown>>;
type Component = (properties: Properties) => Markup;

export declare namespace JSX {
  type Element = Markup;
  type ElementType = string | ((properties: never) => Markup);
  interface IntrinsicElements {
    /** Any HTML element; attributes by their HTML or their React name. */
    [name: string]: Properties;
  }
  interface ElementChildrenAttribute {
    children: unknown;
  }
}

/** Elements that have no content and no closing tag. */
const empty = new Set("area base br col embed hr img input link meta source track wbr".split(" "));
/** Attributes with a hyphen in them, nearly all of SVG; others, as viewBox, have the same name in both. */
const hyphenated =
  "accept-charset http-equiv alignment-baseline baseline-shift clip-path clip-rule color-interpolation " +
  "color-interpolation-filters color-rendering dominant-baseline fill-opacity fill-rule flood-color flood-opacity " +
  "font-family font-size font-size-adjust font-stretch font-style font-variant font-weight image-rendering " +
  "letter-spacing lighting-color marker-end marker-mid marker-start paint-order pointer-events shape-rendering " +
  "stop-color stop-opacity stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit " +
  "stroke-opacity stroke-width text-anchor text-decoration text-rendering transform-origin unicode-bidi " +
  "vector-effect word-spacing writing-mode";
/** React's name -> its name in HTML and SVG. */
const htmlNames: ReadonlyMap<string, string> = new Map([
  ["className", "class"],
  ["htmlFor", "for"],
  ...hyphenated.split(" ").map((name) => [camelCase(name), name] as const),
]);

export function Fragment({ children }: Properties): Markup {
  return html`${children}` as Markup;
}

/** Attributes are escaped; functions among them are left out, as nothing in the front end could call them. */
export function jsx(type: string | Component, properties: Properties): Markup {
  if (typeof type === "function") return type(properties);
  const { children, ...attributes } = properties;
  const opening = `<${type}${Object.entries(attributes).map(attribute).join("")}>`;
  return empty.has(type)
    ? (html.raw(opening) as Markup)
    : (html`${html.raw(opening)}${children}${html.raw(`</${type}>`)}` as Markup);
}

export { jsx as jsxs };

function attribute([name, value]: [string, unknown]): string {
  if (value === undefined || value === null || value === false || typeof value === "function") return "";
  const named = htmlNames.get(name) ?? name;
  if (value === true) return ` ${named}`;
  const text = named === "style" && typeof value === "object" ? styleText(value) : String(value);
  return ` ${named}="${escapeMarkup(text)}"`;
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function styleText(style: object): string {
  return Object.entries(style)
    .map(([name, value]) => `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}: ${value}`)
    .join("; ");
}
