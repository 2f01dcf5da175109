// Posts output to the wire thread, and waits while too much is on its way to it. What the wire thread has handed to
// ZeroMQ is not counted: there it waits, in memory, for a front end that is slow.

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
/** Before a child is started: a wire thread that is kept from running for longer costs the order of some text. */
const settleMilliseconds = 300;

export class Flow {
  readonly #post: Post;
  readonly #counters: Int32Array;
  /** Others have written to the descriptors since the last message. */
  #othersWrote = false;

  constructor(post: Post, counters: Int32Array) {
    this.#post = post;
    this.#counters = counters;
  }

  post(message: Extract<ToWire, { kind: "stream" | "publish" }>, transfer?: readonly ArrayBuffer[]): void {
    const weight = weightOf(message);
    this.#waitForRoom();
    if (this.#othersWrote) this.#post({ kind: "drain" });
    this.#othersWrote = false;
    this.#post(message, transfer);
    // After posting: nobody would take back the weight of a message that a terminated cell did not post.
    Atomics.add(this.#counters, shared.outputInFlight, weight);
  }

  /** Waits until the wire thread has published all that was posted. */
  settle(): void {
    const end = performance.now() + settleMilliseconds;
    for (;;) {
      const now = Atomics.load(this.#counters, shared.outputInFlight);
      const left = end - performance.now();
      if (now <= 0 || left <= 0) return;
      Atomics.wait(this.#counters, shared.outputInFlight, now, left);
    }
  }

  /** A child or native code has written to the descriptors: that comes before the next message. */
  othersWrote(): void {
    this.#othersWrote = true;
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
