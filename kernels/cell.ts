// Which cell is running, followed through promises and timers: late output goes to the cell that started it.

import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { setMaxListeners } from "node:events";
import { inspect } from "node:util";
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

/** Any number of things may wait for a cell's signal, which is no leak: Node would warn of more than ten. */
export function cellController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/** Node 20 keeps what is stored in each promise and timer, and prints it with them: so it is one word. */
class Stored {
  constructor(readonly cell: Cell) {}

  [inspect.custom](): string {
    return "cell";
  }
}

const storage = new AsyncLocalStorage<Stored>();
/** Where the reader started something later, such as by a button of a widget: the cell's interrupt does not end it. */
const later = new AsyncLocalStorage<AbortSignal>();
/** A signal for code that no interrupt of a cell ends. */
const never = cellController().signal;
let last: Cell | undefined;

/** Runs `work` as part of `cell`, with all that it starts. */
export function runInCell<T>(cell: Cell, work: () => T): T {
  last = cell;
  return storage.run(new Stored(cell), work);
}

/** The cell that the calling code belongs to; where that cannot be told, the one that ran last. */
export function currentCell(): Cell | undefined {
  return storage.getStore()?.cell ?? last;
}

/** The signal of the calling code: aborted when the cell that started it is interrupted. */
export function currentSignal(): AbortSignal {
  return later.getStore() ?? currentCell()?.controller.signal ?? never;
}

/**
 * The handler of something that the reader does later. Its output belongs to the cell that calls this function; that
 * cell may have been interrupted long ago, which does not end what the reader starts now.
 */
export function bindToCell<A extends unknown[]>(handler: (...args: A) => unknown): (...args: A) => void {
  return AsyncResource.bind((...args: A) => {
    try {
      later.run(never, () => handler(...args));
    } catch (error) {
      // There, too, the reader looks for what went wrong; the other handlers go on.
      console.error(error);
    }
  });
}
