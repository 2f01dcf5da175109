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
const htmlNames: Readonly<Record<string, string>> = { className: "class", htmlFor: "for" };

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
  const named = htmlNames[name] ?? name;
  if (value === true) return ` ${named}`;
  const text = named === "style" && typeof value === "object" ? styleText(value) : String(value);
  return ` ${named}="${escapeMarkup(text)}"`;
}

function styleText(style: object): string {
  return Object.entries(style)
    .map(([name, value]) => `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}: ${value}`)
    .join("; ");
}
