// Text that a front end draws: HTML, Markdown, SVG. Safe to put together from values.

import { displaySymbol, type MimeBundle } from "./convention";

export class Markup implements Jupyter.Markup {
  constructor(
    readonly type: Jupyter.Markup["type"],
    readonly text: string,
  ) {}

  toString(): string {
    return this.text;
  }

  [displaySymbol](): MimeBundle {
    return { [this.type]: this.text, "text/plain": this.text };
  }
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text made safe to stand in HTML and SVG, between tags or inside a quoted attribute. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => entities[letter]!);
}

export const html = tag("text/html", escapeMarkup);
export const svg = tag("image/svg+xml", escapeMarkup);
export const md = tag("text/markdown", (text) => text);

/** @param safe - what becomes of values that are not markup themselves */
function tag(type: Markup["type"], safe: (text: string) => string): Jupyter.MarkupTag {
  const insert = (value: unknown): string => {
    if (value === undefined || value === null || value === false) return "";
    if (Array.isArray(value)) return value.map(insert).join("");
    return value instanceof Markup && value.type !== "text/markdown" ? value.text : safe(String(value));
  };
  const fill = (parts: TemplateStringsArray, ...values: readonly unknown[]) =>
    // Markdown and its formulas are full of backslashes: they are kept as they were written.
    new Markup(
      type,
      String.raw({ raw: type === "text/markdown" ? parts.raw : parts }, ...values.map(insert)),
    );
  return Object.assign(fill, { raw: (text: string) => new Markup(type, text) });
}
