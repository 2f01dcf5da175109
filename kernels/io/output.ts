// Everything that a cell shows: text of its streams, displays, results and errors, in the order of its making.

import { currentCell } from "../cell";
import type { Content } from "../link";
import { Batch } from "./batch";
import { Flow, type Post } from "./flow";
import { keepOrder } from "./order";
import { replaceStreams } from "./streams";

export interface Attachments {
  readonly metadata?: Content;
  /** Sent as they are behind the message; copied, so that the caller may go on using them. */
  readonly buffers?: readonly (ArrayBufferView | ArrayBuffer)[];
}

export class Output {
  readonly #flow: Flow;
  readonly #batch: Batch;

  /** `counters` are those shared with the wire thread; `log` gets text that belongs to no cell. */
  constructor(post: Post, counters: Int32Array, log: (text: string) => void) {
    this.#flow = new Flow(post, counters);
    this.#batch = new Batch(this.#flow, counters, log);
  }

  /** From now on process.stdout, process.stderr and the console write to the notebook. */
  replaceStreams(): void {
    replaceStreams(this.#batch);
    keepOrder({
      before: () => {
        this.flush();
        this.#flow.settle();
      },
      after: () => this.#flow.othersWrote(),
    });
  }

  /** Posts the text that is held back for up to 50 ms; to be called before a cell's reply. */
  flush(): void {
    this.#batch.flush();
  }

  /**
   * Publishes a message on iopub in the name of the current cell; a silent cell publishes nothing but comms.
   * Throws a TypeError if the content is not JSON (a cycle, a bigint).
   */
  publish(type: string, content: Content, { metadata, buffers }: Attachments = {}): void {
    this.flush();
    const cell = currentCell();
    if (cell === undefined) return;
    // A comm is state shared with the front end rather than output: half of it would be worse than none.
    if (cell.silent && !type.startsWith("comm_")) return;
    const copies = buffers?.map(copyOf);
    this.#flow.post(
      {
        kind: "publish",
        parent: cell.header,
        type,
        content: plain(content) as Content,
        ...(metadata && { metadata: plain(metadata) as Content }),
        ...(copies && { buffers: copies.map((copy) => new Uint8Array(copy)) }),
      },
      copies,
    );
  }
}

/**
 * The value as JSON has it. Done here and not in the wire thread, so that a value that is no JSON throws where
 * it was made. Strings of a MIME bundle, megabytes for an image, are passed on as they are.
 */
function plain(value: unknown, depth = 2): unknown {
  if (typeof value === "string") return value;
  if (
    depth > 0 &&
    value !== null &&
    typeof value === "object" &&
    Object.getPrototypeOf(value) === Object.prototype
  ) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member, depth - 1)]));
  }
  const text = JSON.stringify(value);
  return text === undefined ? undefined : JSON.parse(text);
}

/** A view may show a few bytes of a large buffer, all of which would be sent to the other thread. */
function copyOf(bytes: ArrayBufferView | ArrayBuffer): ArrayBuffer {
  if (bytes instanceof ArrayBuffer) return bytes.slice(0);
  const copy = new Uint8Array(bytes.byteLength);
  copy.set(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return copy.buffer;
}
