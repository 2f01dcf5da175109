// How the last value of a cell becomes something that a front end can show.

import { inspect } from "node:util";

/** MIME type -> content: text, or an object where the type is JSON. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** The convention (Deno's) by which any object can say how it is shown, without knowing this kernel. */
export const displaySymbol = Symbol.for("Jupyter.display");

/**
 * The bundle of a value: its own, when it has a `Symbol.for("Jupyter.display")` method, else its inspected text.
 * A front end that knows none of the types still needs something, so text/plain is always there. An empty own
 * bundle means that there is nothing to show: undefined.
 */
export async function toMimeBundle(value: unknown): Promise<MimeBundle | undefined> {
  const own = await ownBundle(value);
  if (own === undefined) return { "text/plain": plainText(value) };
  if (Object.keys(own).length === 0) return undefined;
  const bundle = encodeBytes(own);
  return "text/plain" in bundle ? bundle : { "text/plain": summary(value), ...bundle };
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

async function ownBundle(value: unknown): Promise<MimeBundle | undefined> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  const show = (value as { [displaySymbol]?: unknown })[displaySymbol];
  if (typeof show !== "function") return undefined;
  const bundle: unknown = await show.call(value);
  if (typeof bundle !== "object" || bundle === null) {
    throw new TypeError(
      `Expected an object of MIME types from the value's Symbol.for("Jupyter.display") method, found ${plainText(bundle)}`,
    );
  }
  return bundle as MimeBundle;
}

function plainText(value: unknown): string {
  return inspect(value, { depth: 4, maxArrayLength: 100, maxStringLength: 100_000, breakLength: 100 });
}

function summary(value: unknown): string {
  const name = (value as object).constructor?.name;
  return name && name !== "Object" ? `[${name}]` : "[display]";
}
