// display(): a place in the output of a cell, filled at once and changed later.

import { randomUUID } from "node:crypto";
import { type Cell, currentCell } from "../cell";
import { displaySymbol, type MimeBundle } from "./convention";
import { encodeBytes, toMimeBundle } from "./mimeBundle";
import { Ordered } from "./ordered";

/** Sends one message on behalf of the running cell. */
export type Publish = (
  type: string,
  content: Readonly<Record<string, unknown>>,
  options?: Jupyter.MessageOptions,
) => void;

/** Stands for the cell where code runs outside of any. */
const nowhere = {};

export class Displays {
  readonly #publish: Publish;
  readonly #ordered = new Ordered();

  constructor(publish: Publish) {
    this.#publish = publish;
  }

  display(value: unknown, options: Jupyter.DisplayOptions = {}): Jupyter.DisplayHandle {
    const id = options.id ?? randomUUID();
    this.#send(options.update ? "update_display_data" : "display_data", id, value, options);
    return new Handle(id, (next, changed) => this.#send("update_display_data", id, next, changed ?? {}));
  }

  clearOutput(wait = false): void {
    this.#ordered.run(currentCell() ?? nowhere, () => this.#publish("clear_output", { wait }));
  }

  broadcast(
    type: Jupyter.BroadcastType,
    content: Readonly<Record<string, unknown>>,
    options?: Jupyter.MessageOptions,
  ): void {
    if (type === "clear_output") {
      this.clearOutput(content.wait === true);
      return;
    }
    const {
      data = {},
      metadata = {},
      transient = {},
    } = content as { data?: MimeBundle; metadata?: object; transient?: object };
    this.#ordered.run(currentCell() ?? nowhere, () =>
      this.#publish(type, { data: encodeBytes(data), metadata, transient }, options),
    );
  }

  /** Waits until everything that the cell has shown is out. @throws the first display that failed */
  ended(cell: Cell): Promise<void> {
    return this.#ordered.ended(cell);
  }

  #send(type: Jupyter.BroadcastType, id: string, value: unknown, options: Jupyter.DisplayOptions): void {
    const publish = (data: MimeBundle | undefined) =>
      this.#publish(type, {
        data: data ?? {},
        metadata: options.metadata ?? {},
        transient: { display_id: id },
      });
    this.#ordered.run(currentCell() ?? nowhere, () => {
      const bundle = options.raw ? rawBundle(value) : (shownText(value) ?? toMimeBundle(value));
      return bundle instanceof Promise ? bundle.then(publish) : publish(bundle);
    });
  }
}

class Handle implements Jupyter.DisplayHandle {
  constructor(
    readonly id: string,
    readonly update: Jupyter.DisplayHandle["update"],
  ) {}

  /** `display(...)` is often the last line of a cell: it has been shown, and is not shown again. */
  [displaySymbol](): MimeBundle {
    return {};
  }
}

/** A text is shown as it is; only the last value of a cell stands in quotes. */
function shownText(value: unknown): MimeBundle | undefined {
  return typeof value === "string" ? { "text/plain": value } : undefined;
}

function rawBundle(value: unknown): MimeBundle {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return encodeBytes(value as MimeBundle);
  throw new TypeError(
    'Expected a MIME bundle such as {"text/html": "<b>1</b>"} from display(bundle, {raw: true}), found ' +
      `${value === null ? "null" : Array.isArray(value) ? "an array" : typeof value}`,
  );
}
