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

/** Bytes cannot travel in JSON: Jupyter wants base64 for them. */
export function encodeBytes(bundle: MimeBundle): MimeBundle {
  return Object.fromEntries(
    Object.entries(bundle).map(([type, content]) => [
      type,
      content instanceof Uint8Array
        ? Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("base64")
        : content,
    ]),
  );
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
    return figureBundle(value) ?? { "text/plain": plainText(value) };
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
