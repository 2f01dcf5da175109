// show() puts a value into the notebook in the middle of a cell and can change it later in place.
import { randomBytes } from "node:crypto";
import type { Figure } from "../plot/figure";
import type { GridOptions } from "../plot/grid";
import type { ImageBatch } from "../tensor/batch";
import { bundleOf } from "./bundle";
import { broadcast } from "./channel";
import type { Displayable } from "./mime";

/** What show() draws; anything else is shown as text. */
export type Showable =
  | ImageBatch
  | Figure
  | Uint8Array
  | Displayable
  | string
  | number
  | boolean
  | object
  | null
  | undefined;

/** A place in a cell's output. */
export interface DisplayHandle {
  readonly id: string;
  /** Draws another value in the same place. */
  update(value: Showable, options?: GridOptions): Promise<void>;
}

/**
 * Shows a value at once: images as a grid, a Figure as a live Plotly chart, a PNG as it is, an object with
 * `Symbol.for("Jupyter.display")` as it wants, everything else as text. Without a notebook, text goes to stdout.
 * @param options captions, columns and scale, for images
 */
export async function show(value: Showable, options?: GridOptions): Promise<DisplayHandle> {
  const id = randomBytes(12).toString("hex");
  await send("display_data", id, value, options);
  return { id, update: (next, nextOptions) => send("update_display_data", id, next, nextOptions ?? options) };
}

/** Empties the cell's output; with `wait`, only when the next output comes, so that nothing flickers. */
export async function clear(wait = true): Promise<void> {
  await broadcast("clear_output", { wait });
}

async function send(
  messageType: "display_data" | "update_display_data",
  id: string,
  value: Showable,
  options?: GridOptions,
): Promise<void> {
  const data = await bundleOf(value, options);
  await broadcast(messageType, { data, metadata: {}, transient: { display_id: id } });
}
