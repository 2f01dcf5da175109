// Lets the main thread write on once its output has been handed to ZeroMQ.

import { shared, type ToWire, weightOf } from "../link";

export class Flow {
  readonly #counters: Int32Array;
  /** Taken and not given back yet. */
  #taken = 0;

  constructor(counters: Int32Array) {
    this.#counters = counters;
  }

  /**
   * Gives the weight of a message back after the event loop has turned: control requests and interrupts are
   * seen in between.
   */
  took(message: Extract<ToWire, { kind: "stream" | "publish" }>): void {
    if (this.#taken === 0) setImmediate(() => this.#giveBack());
    this.#taken += weightOf(message);
  }

  /** The main thread was terminated and all it had posted is here: what it counted and never posted is void. */
  reset(): void {
    Atomics.store(this.#counters, shared.outputInFlight, this.#taken);
  }

  #giveBack(): void {
    Atomics.sub(this.#counters, shared.outputInFlight, this.#taken);
    Atomics.notify(this.#counters, shared.outputInFlight);
    this.#taken = 0;
  }
}
