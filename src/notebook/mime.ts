// The one convention between the library and any notebook kernel: a value that has a method under
// Symbol.for("Jupyter.display") says by itself how it looks (the convention comes from Deno's kernel).
import escapeLetters from "lodash/escape";
import unescapeEntity from "lodash/unescape";

/** The same content by MIME type; a front end picks the richest that it can draw. Binary types are base64. */
export type MimeBundle = Record<string, unknown>;

/** Key of the method that turns a value into a MIME bundle. */
export const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display");

/** A value that shows itself as the last value of a cell. */
export interface Displayable {
  /** What a notebook shows. */
  [jupyterDisplay](): Promise<MimeBundle> | MimeBundle;
}

/** True if the value says by itself how it looks. */
export function isDisplayable(value: unknown): value is Displayable {
  return (
    (typeof value === "object" || typeof value === "function") &&
    value !== null &&
    typeof (value as Partial<Displayable>)[jupyterDisplay] === "function"
  );
}

/**
 * Text made safe to stand in HTML, between tags or inside a quoted attribute.
 * @example igds.html(`<b>${igds.escapeHtml("a < b")}</b>`)
 */
export function escapeHtml(text: string): string {
  return escapeLetters(text);
}

/** HTML as words: without its tags, and what was made safe as it was. */
export function plainText(html: string): string {
  return html
    .replace(/<[^>]*>/g, "")
    .replace(/&(?:#(\d+)|#x([\da-f]+)|\w+);/gi, (entity, decimal?: string, hexadecimal?: string) => {
      if (entity === "&nbsp;") return "\u00a0";
      if (!decimal && !hexadecimal) return unescapeEntity(entity);
      const code = decimal ? Number(decimal) : Number.parseInt(hexadecimal!, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : entity;
    });
}
