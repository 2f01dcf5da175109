// Collects stream text, so that 10,000 lines become a few messages.

import { type Cell, currentCell } from "../cell";
import type { StreamName } from "../link";
import type { Flow } from "./flow";
import { clearTimeout, setTimeout } from "./timers";

/** Text waits at most this long for company. */
const batchMilliseconds = 50;
const batchCharacters = 1 << 16;
/** Few enough for a front end to draw each at once, and for the wire thread to look up in between. */
const pieceCharacters = 1 << 18;

interface Pending {
  readonly cell: Cell;
  readonly name: StreamName;
  readonly since: number;
  text: string;
  /** How many characters have been posted. */
  posted: number;
}

export class Batch {
  readonly #flow: Flow;
  readonly #log: (text: string) => void;
  #pending: Pending | undefined;
  #timer: NodeJS.Timeout | undefined;
  #flushedAt = Number.NEGATIVE_INFINITY;

  /** `log` gets what is written before any cell has run. */
  constructor(flow: Flow, log: (text: string) => void) {
    this.#flow = flow;
    this.#log = log;
  }

  write(name: StreamName, text: string): void {
    if (text === "") return;
    const cell = currentCell();
    if (cell === undefined) this.#log(text);
    if (cell === undefined || cell.silent) return;
    const now = performance.now();
    let pending = this.#pending;
    if (pending === undefined || pending.cell !== cell || pending.name !== name) {
      // One batch at a time: stdout and stderr stay in the order in which they were written.
      this.flush();
      pending = { cell, name, since: now, text: "", posted: 0 };
      this.#pending = pending;
      this.#timer ??= setTimeout(() => this.flush(), batchMilliseconds);
    }
    pending.text += text;
    // No timer fires during a loop without await, so the age is looked at here as well; and after a pause text
    // goes out at once, as nothing else may be written before a loop that is silent for minutes.
    const since = Math.min(pending.since, this.#flushedAt);
    if (pending.text.length >= batchCharacters || now - since >= batchMilliseconds) this.flush(now);
  }

  /** Posts what is held back; must come before anything that is published after it. */
  flush(now = performance.now()): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#flushedAt = now;
    // A cell can be terminated while it waits here: what is left is then posted by the next flush.
    for (const { cell, name, text } = pending; pending.posted < text.length; ) {
      const end = endOfPiece(text, pending.posted);
      this.#flow.post({ kind: "stream", parent: cell.header, name, text: text.slice(pending.posted, end) });
      pending.posted = end;
    }
    this.#pending = undefined;
  }
}

/** Where the piece that starts at `start` ends: never between the two halves of a character. */
function endOfPiece(text: string, start: number): number {
  const end = start + pieceCharacters;
  if (end >= text.length) return text.length;
  return text.codePointAt(end - 1)! > 0xffff ? end - 1 : end;
}
