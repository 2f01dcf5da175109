// The convention (Deno's) by which any object can say how it is shown, without knowing this kernel.

/** MIME type -> content: text, bytes, or an object where the type is JSON. */
export type MimeBundle = Jupyter.MimeBundle;

/** Key of the method that gives a value's MIME bundle, at once or as a promise. An empty one shows nothing. */
export const displaySymbol: unique symbol = Symbol.for("Jupyter.display") as typeof displaySymbol;
