// The main thread's side of the text that is held back, see `heldCharacters` in link.ts.

import { heldCharacters, shared } from "../link";

/** Far from where a place would not fit into 32 bits. */
const lastPlace = 1 << 30;

export class HeldText {
  readonly #counters: Int32Array;
  readonly #memory: Buffer;
  readonly #most: number;

  /** `counters` with less memory behind them than `sharedBytes` share less text or none. */
  constructor(counters: Int32Array) {
    this.#counters = counters;
    const bytes = Math.max(0, counters.buffer.byteLength - 4 * shared.length);
    this.#memory = bytes > 0 ? Buffer.from(counters.buffer, 4 * shared.length, bytes) : Buffer.alloc(0);
    this.#most = Math.min(heldCharacters, bytes / 2);
  }

  /** Begins with no text; gives the place. */
  open(): number {
    const last = this.#load("heldEnd");
    const start = last > lastPlace ? 0 : last + 1;
    this.#store("heldStart", start);
    this.#store("heldEnd", start);
    this.#store("heldTaken", start);
    return start;
  }

  /**
   * Shares what is written `at` so many characters behind `start`; not if that is no longer what is open or a write
   * before it was terminated half-way.
   */
  add(start: number, at: number, text: string): void {
    const isNext = this.#load("heldStart") === start && this.#load("heldEnd") === start + at;
    if (!isNext || this.#load("heldTaken") < 0 || at + text.length > this.#most) return;
    this.#memory.write(text, 2 * at, "utf16le");
    this.#store("heldEnd", start + at + text.length);
  }

  /** Ends it; gives how many characters behind `start` the wire thread has taken. */
  close(start: number): number {
    let taken = this.#load("heldTaken");
    while (taken >= 0) {
      const found = Atomics.compareExchange(this.#counters, shared.heldTaken, taken, ~taken);
      taken = found === taken ? ~taken : found;
    }
    return this.#load("heldStart") === start ? ~taken - start : 0;
  }

  #load(place: "heldStart" | "heldEnd" | "heldTaken"): number {
    return Atomics.load(this.#counters, shared[place]);
  }

  #store(place: "heldStart" | "heldEnd" | "heldTaken", value: number): void {
    Atomics.store(this.#counters, shared[place], value);
  }
}
