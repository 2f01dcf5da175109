// How any value becomes something that a front end can show.

import { inspect } from "node:util";
import { arrayText, isTensor, tensorText } from "./arrays";
import { displaySymbol, type MimeBundle } from "./convention";
import { figureBundle } from "./figures";
import { pictureOf } from "./pictures";
import { isRecords, tableHtml } from "./table";

export { displaySymbol, type MimeBundle } from "./convention";

/**
 * The bundle of a value: its own, when it has a `Symbol.for("Jupyter.display")` method; that of a picture, a figure,
 * a table, a tensor, an array of numbers; else its inspected text. A front end that knows none of the types still
 * needs something, so text/plain is always there. An empty own bundle means that there is nothing to show: undefined.
 * @returns at once where it can be told at once, so that what is shown keeps its place among other output
 * @throws TypeError if the value's own method gives no bundle; whatever that method throws
 */
export function toMimeBundle(value: unknown): MimeBundle | undefined | Promise<MimeBundle | undefined> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) {
    return { "text/plain": plainText(value) };
  }
  const own = ownMethod(value);
  if (own === undefined) return bundleOfObject(value);
  const bundle: unknown = own.call(value);
  return isPromise(bundle)
    ? Promise.resolve(bundle).then((given) => checked(value, given))
    : checked(value, bundle);
}

/**
 * Bytes cannot travel in JSON: Jupyter wants base64 for them, and arrays of numbers within what is JSON itself.
 * @throws TypeError if a type of text has anything else
 */
export function encodeBytes(bundle: MimeBundle): MimeBundle {
  return Object.fromEntries(
    Object.entries(bundle).map(([type, content]) => {
      if (/^application\/(.*\+)?json$/.test(type)) return [type, plainArrays(content)];
      const encoded = base64(content);
      if (type.startsWith("text/") && encoded !== undefined && !isText(encoded)) {
        throw new TypeError(`Expected a string for ${type} in a MIME bundle, found ${plainText(content)}`);
      }
      return [type, encoded];
    }),
  );
}

function base64(content: unknown): unknown {
  if (content instanceof ArrayBuffer) return Buffer.from(content).toString("base64");
  if (!ArrayBuffer.isView(content)) return content;
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("base64");
}

/** Jupyter's notebooks keep a text as one string or as an array of lines. */
function isText(content: unknown): boolean {
  return [content].flat().every((line) => typeof line === "string");
}

/** JSON would make an object of a typed array, which no figure draws. */
function plainArrays(value: unknown, depth = 100): unknown {
  // A cycle is left to whoever writes the JSON.
  if (typeof value !== "object" || value === null || depth === 0) return value;
  const inside = (member: unknown) => plainArrays(member, depth - 1);
  if (ArrayBuffer.isView(value))
    return value instanceof DataView || Buffer.isBuffer(value) ? value : Array.from(value as Uint8Array);
  if (Array.isArray(value)) return value.some((one) => typeof one === "object") ? value.map(inside) : value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inside(member)]));
}

/** The text of any value, long strings whole. */
function plainText(value: unknown): string {
  return inspect(value, {
    depth: 4,
    maxArrayLength: 100,
    maxStringLength: Number.POSITIVE_INFINITY,
    breakLength: 100,
  });
}

function bundleOfObject(value: object): MimeBundle | Promise<MimeBundle> {
  try {
    const picture = pictureOf(value);
    if (picture) return encodeBytes({ [picture.type]: picture.bytes, "text/plain": picture.text });
    if (isTensor(value)) return tensorText(value).then((text) => ({ "text/plain": text }));
    const text = arrayText(value);
    if (text !== undefined) return { "text/plain": text };
    if (isRecords(value)) return { "text/html": tableHtml(value), "text/plain": plainText(value) };
    const figure = figureBundle(value);
    return figure ? encodeBytes(figure) : { "text/plain": plainText(value) };
  } catch {
    // A getter or a proxy that throws when looked at: inspecting does not call them.
    return { "text/plain": plainText(value) };
  }
}

function ownMethod(value: object): ((this: object) => unknown) | undefined {
  try {
    const method: unknown = (value as { [displaySymbol]?: unknown })[displaySymbol];
    return typeof method === "function" ? (method as (this: object) => unknown) : undefined;
  } catch {
    return undefined;
  }
}

function checked(value: object, bundle: unknown): MimeBundle | undefined {
  if (typeof bundle !== "object" || bundle === null) {
    throw new TypeError(
      `Expected an object of MIME types from the value's Symbol.for("Jupyter.display") method, found ${plainText(bundle)}`,
    );
  }
  if (Object.keys(bundle).length === 0) return undefined;
  const encoded = encodeBytes(bundle as MimeBundle);
  return "text/plain" in encoded ? encoded : { "text/plain": summary(value), ...encoded };
}

function summary(value: object): string {
  const name = value.constructor?.name;
  return name && name !== "Object" ? `[${name}]` : "[display]";
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as Promise<unknown> | null | undefined)?.then === "function";
}
