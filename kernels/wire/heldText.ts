// The wire thread's side of the text that is held back, see `heldCharacters` in link.ts.

import { type Header, heldCharacters, type StreamName, shared, type ToWire } from "../link";

/**
 * When it is looked for, in milliseconds after the message before it. The main thread holds text back for 50 ms and
 * then posts itself; the second look finds what it was kept from sharing by other programs.
 */
const looks = [60, 400];

interface Followed {
  readonly parent: Header;
  readonly name: StreamName;
  readonly start: number;
}

export class HeldText {
  readonly #counters: Int32Array;
  readonly #publish: (parent: Header, name: StreamName, text: string) => void;
  #followed: Followed | undefined;
  #timers: readonly NodeJS.Timeout[] = [];

  constructor(counters: Int32Array, publish: (parent: Header, name: StreamName, text: string) => void) {
    this.#counters = counters;
    this.#publish = publish;
  }

  /** Looks for what follows this message. */
  follow({ parent, name, more }: Extract<ToWire, { kind: "stream" }>): void {
    this.forget();
    if (more === undefined) return;
    this.#followed = { parent, name, start: more };
    this.#timers = looks.map((milliseconds) => setTimeout(() => this.take(), milliseconds));
  }

  /** The main thread has posted the rest. */
  forget(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
    this.#followed = undefined;
  }

  /** Publishes what was written up to now. */
  take(): void {
    const { parent, name, start } = this.#followed ?? {};
    if (!parent || !name || start === undefined) return;
    const taken = Atomics.load(this.#counters, shared.heldTaken);
    // In this order: what is closed and opened anew in the meantime lets the exchange below fail.
    if (taken < 0 || Atomics.load(this.#counters, shared.heldStart) !== start) return;
    const end = Atomics.load(this.#counters, shared.heldEnd);
    if (end === taken) return;
    const memory = Buffer.from(this.#counters.buffer, 4 * shared.length, 2 * heldCharacters);
    const text = memory.toString("utf16le", 2 * (taken - start), 2 * (end - start));
    if (Atomics.compareExchange(this.#counters, shared.heldTaken, taken, end) !== taken) return;
    this.#publish(parent, name, text);
  }
}
