// Displays whose look takes time to find: they keep their order, and their cell waits for them.

import type { Cell } from "../cell";

interface Pending {
  tail: Promise<void> | undefined;
  failure: { readonly thrown: unknown } | undefined;
  ended: boolean;
}

export class Ordered {
  readonly #cells = new WeakMap<object, Pending>();

  /**
   * Runs `work` after what the cell has put here before: at once, when none of it is still going on.
   * @throws what `work` throws at once; what it throws later is thrown by `ended`
   */
  run(cell: object, work: () => void | Promise<void>): void {
    const pending = this.#of(cell);
    const going = pending.tail ? pending.tail.then(work) : work();
    if (!(going instanceof Promise)) return;
    const tail = going
      .catch((thrown: unknown) => {
        // Too late for the cell: left to the kernel, as any promise that nobody waits for.
        if (pending.ended) throw thrown;
        pending.failure ??= { thrown };
      })
      .finally(() => {
        if (pending.tail === tail) pending.tail = undefined;
      });
    pending.tail = tail;
  }

  /** Waits until all of the cell's displays are out. @throws the first that failed */
  async ended(cell: Cell): Promise<void> {
    const pending = this.#of(cell);
    while (pending.tail) await pending.tail;
    pending.ended = true;
    if (pending.failure) throw pending.failure.thrown;
  }

  #of(cell: object): Pending {
    const known = this.#cells.get(cell);
    if (known) return known;
    const pending: Pending = { tail: undefined, failure: undefined, ended: false };
    this.#cells.set(cell, pending);
    return pending;
  }
}
