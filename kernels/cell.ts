// Which cell is running, followed through promises and timers: late output goes to the cell that started it.

import { AsyncLocalStorage } from "node:async_hooks";
import type { Header } from "./link";

export interface Cell {
  readonly header: Header;
  /** The number in brackets beside the cell. */
  readonly count: number;
  /** No output but the status is published. */
  readonly silent: boolean;
  readonly allowStdin: boolean;
  /** Aborted when the cell is interrupted. */
  readonly controller: AbortController;
}

const storage = new AsyncLocalStorage<Cell>();
let last: Cell | undefined;

/** Runs `work` as part of `cell`, with all that it starts. */
export function runInCell<T>(cell: Cell, work: () => T): T {
  last = cell;
  return storage.run(cell, work);
}

/** The cell that the calling code belongs to; where that cannot be told, the one that ran last. */
export function currentCell(): Cell | undefined {
  return storage.getStore() ?? last;
}
