// show() puts a value into the notebook in the middle of a cell and can change it later in place.
import { randomBytes } from "node:crypto";
import type { Figure } from "../plot/figure";
import type { GridOptions } from "../plot/grid";
import { staticPicture } from "../plot/staticPicture";
import type { ImageBatch } from "../tensor/batch";
import { bundleOf, isFigure, type LabelledImages, pngBundle } from "./bundle";
import { broadcast, inNotebook, type MessageType } from "./channel";
import { figureBundle } from "./figureBundle";
import { type Displayable, jupyterDisplay, type MimeBundle } from "./mime";
import { carrierMark } from "./plotlyScript";

/** What show() draws; anything else is shown as text. */
export type Showable =
  | ImageBatch
  | LabelledImages
  | Figure
  | Uint8Array
  | Displayable
  | string
  | number
  | boolean
  | object
  | null
  | undefined;

/** How something is shown in a cell. */
export interface ShowOptions extends GridOptions {
  /** Figures only as a quick picture, for updates in a loop; end with a full update. */
  readonly draft?: boolean;
}

/** A place in a cell's output. */
export interface DisplayHandle extends Displayable {
  /** Of the place, as the protocol has it. */
  readonly id: string;
  /** Draws another value in the same place. */
  update(value: Showable, options?: ShowOptions): Promise<void>;
}

/**
 * Shows a value at once: images as a grid, a Figure as a live Plotly chart, a PNG as it is, an object with
 * `Symbol.for("Jupyter.display")` as it wants, everything else as text. Without a notebook, text goes to stdout.
 * @param options captions, columns and scale, for images; `draft`, for figures
 * @example
 * const place = await igds.show(images, { columns: 2 });
 * await place.update("done");
 */
export async function show(value: Showable, options: ShowOptions = {}): Promise<DisplayHandle> {
  const id = randomBytes(12).toString("hex");
  const place = new Place(id);
  await place.draw("display_data", value, options);
  return {
    id,
    update: (next, changed) => place.draw("update_display_data", next, { ...options, ...changed }),
    // `await show(...)` is often the last line of a cell: it has been shown, and is not shown again.
    [jupyterDisplay]: () => ({}),
  };
}

/**
 * Empties the cell's output; with `wait`, only when the next output comes, so that nothing flickers.
 * @example
 * await igds.show("first");
 * await igds.clear();
 * await igds.show("in its place");
 */
export async function clear(wait = true): Promise<void> {
  await broadcast("clear_output", { wait });
}

class Place {
  private carries = false;

  constructor(private readonly id: string) {}

  async draw(
    messageType: "display_data" | "update_display_data",
    value: Showable,
    options: ShowOptions,
  ): Promise<void> {
    if (!isFigure(value)) return this.send(messageType, await bundleOf(value, options));
    if (options.draft) {
      return this.send(messageType, pngBundle(await staticPicture(value, { scale: 1 }), "figure"));
    }
    // A place that once carried the script for the whole notebook must go on doing so.
    const bundle = await figureBundle(value, this.carries ? { carry: true } : {});
    this.carries = String(bundle["text/html"]).includes(carrierMark);
    if (messageType === "update_display_data" && inNotebook()) {
      // JupyterLab's Plotly renderer ignores new data once it is live; a picture in between makes it start anew.
      await this.send(messageType, { "image/png": bundle["image/png"], "text/plain": bundle["text/plain"] });
    }
    await this.send(messageType, bundle);
  }

  private async send(messageType: MessageType, data: MimeBundle): Promise<void> {
    await broadcast(messageType, { data, metadata: {}, transient: { display_id: this.id } });
  }
}
