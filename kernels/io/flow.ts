// Posts output to the wire thread, and waits while too much is on its way.

import { shared, type ToWire, weightOf } from "../link";

export type Post = (message: ToWire, transfer?: readonly ArrayBuffer[]) => void;

/**
 * In the unit of `weightOf`: above the first the writer waits until the second is reached. The wire thread sees
 * an interrupt after what is on its way; more would make neither faster.
 */
const mostInFlight = 1 << 20;
const enoughInFlight = 1 << 19;
/** A wire thread that takes nothing for so long is dead; waiting on would keep the process from noticing. */
const patienceMilliseconds = 10_000;

export class Flow {
  readonly #post: Post;
  readonly #counters: Int32Array;

  constructor(post: Post, counters: Int32Array) {
    this.#post = post;
    this.#counters = counters;
  }

  post(message: Extract<ToWire, { kind: "stream" | "publish" }>, transfer?: readonly ArrayBuffer[]): void {
    const weight = weightOf(message);
    this.#waitForRoom();
    this.#post(message, transfer);
    // After posting: nobody would take back the weight of a message that a terminated cell did not post.
    Atomics.add(this.#counters, shared.outputInFlight, weight);
  }

  #waitForRoom(): void {
    const inFlight = () => Atomics.load(this.#counters, shared.outputInFlight);
    if (inFlight() <= mostInFlight) return;
    for (let now = inFlight(); now >= enoughInFlight; now = inFlight()) {
      const woken = Atomics.wait(this.#counters, shared.outputInFlight, now, patienceMilliseconds);
      if (woken === "timed-out") return;
    }
  }
}
