// Collects stream text, so that 10,000 lines become a few messages.

import { type Cell, currentCell } from "../cell";
import type { StreamName } from "../link";
import type { Flow } from "./flow";
import { HeldText } from "./heldText";
import { clearTimeout, setTimeout } from "./timers";

/** Text waits at most this long for company. */
const batchMilliseconds = 50;
const batchCharacters = 1 << 16;
/** Few enough for a front end to draw each at once, and for the wire thread to look up in between. */
const pieceCharacters = 1 << 18;

/** What follows a message of the same cell and stream. */
interface Pending {
  readonly cell: Cell;
  readonly name: StreamName;
  /** Its place in the held text. */
  readonly start: number;
  text: string;
  /** How many characters have been posted, or taken by the wire thread. */
  posted: number;
}

export class Batch {
  readonly #flow: Flow;
  readonly #held: HeldText;
  readonly #log: (text: string) => void;
  #pending: Pending | undefined;
  #timer: NodeJS.Timeout | undefined;
  #postedAt = Number.NEGATIVE_INFINITY;

  /** `log` gets what is written before any cell has run. */
  constructor(flow: Flow, counters: Int32Array, log: (text: string) => void) {
    this.#flow = flow;
    this.#held = new HeldText(counters);
    this.#log = log;
  }

  write(name: StreamName, text: string): void {
    if (text === "") return;
    const cell = currentCell();
    if (cell === undefined) this.#log(text);
    if (cell === undefined || cell.silent) return;
    const now = performance.now();
    // One batch at a time: stdout and stderr stay in the order in which they were written.
    if (this.#pending?.cell !== cell || this.#pending.name !== name) this.flush();
    this.#pending ??= { cell, name, start: -1, text: "", posted: 0 };
    const pending = this.#pending;
    const at = pending.text.length;
    pending.text += text;
    // The first goes out at once. What comes within 50 ms waits for company where the wire thread finds it too, as
    // no timer fires during a loop without await.
    const waits =
      pending.start >= 0 && pending.text.length < batchCharacters && now - this.#postedAt < batchMilliseconds;
    if (waits) {
      this.#held.add(pending.start, at, text);
      this.#timer ??= setTimeout(() => this.flush(), batchMilliseconds);
    } else {
      this.#postedAt = now;
      this.#post(true);
    }
  }

  /** Posts what is held back; must come before anything that is published after it. */
  flush(): void {
    this.#post(false);
  }

  /** @param goesOn more of the same cell and stream may follow */
  #post(goesOn: boolean): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    const pending = this.#pending;
    if (pending === undefined) return;
    const { cell, name, text } = pending;
    if (pending.start >= 0) pending.posted = Math.max(pending.posted, this.#held.close(pending.start));
    // The wire thread is told of what follows by the last piece.
    const next =
      goesOn && pending.posted < text.length
        ? { cell, name, start: this.#held.open(), text: "", posted: 0 }
        : undefined;
    // A cell can be terminated while it waits here: what is left is then posted by the next flush.
    while (pending.posted < text.length) {
      const end = endOfPiece(text, pending.posted);
      const more = end === text.length && next ? { more: next.start } : {};
      const piece = text.slice(pending.posted, end);
      this.#flow.post({ kind: "stream", parent: cell.header, name, text: piece, ...more });
      pending.posted = end;
    }
    this.#pending = next;
  }
}

/** Where the piece that starts at `start` ends: never between the two halves of a character. */
function endOfPiece(text: string, start: number): number {
  const end = start + pieceCharacters;
  if (end >= text.length) return text.length;
  return text.codePointAt(end - 1)! > 0xffff ? end - 1 : end;
}
