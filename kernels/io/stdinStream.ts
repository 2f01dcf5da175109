// process.stdin of a cell: each line that is read is asked for, as by input(). For code that was written for a terminal,
// such as questions of node:readline.

import { AsyncResource } from "node:async_hooks";
import { Readable } from "node:stream";
import { type Cell, currentCell } from "../cell";
import { KeyboardInterrupt } from "./interrupt";
import type { Stdin } from "./stdin";
import { setImmediate } from "./timers";

class LinesOfReader extends Readable {
  readonly fd = 0;
  readonly #ask: () => Promise<string>;

  constructor(stdin: Pick<Stdin, "input">) {
    // One line at a time, and none before somebody reads.
    super({ highWaterMark: 0 });
    this.#ask = AsyncResource.bind(() => stdin.input());
  }

  override _read(): void {
    // Whoever has got a line may close its interface first.
    setImmediate(() => {
      if (this.destroyed) return;
      if (this.isPaused() && this.listenerCount("readable") === 0) this.once("resume", () => this._read());
      else void this.#next();
    });
  }

  async #next(): Promise<void> {
    try {
      this.push(`${await this.#ask()}\n`);
    } catch (error) {
      if (!(error instanceof KeyboardInterrupt))
        console.error(`process.stdin has nothing to read: ${(error as Error).message}`);
      this.push(null);
    }
  }
}

/** From now on each cell has a process.stdin of its own, which ends with it. */
export function replaceStdin(stdin: Pick<Stdin, "input">): void {
  const streams = new WeakMap<Cell | object, LinesOfReader>();
  const nowhere = {};
  Object.defineProperty(process, "stdin", {
    configurable: true,
    enumerable: true,
    get: () => {
      const cell = currentCell() ?? nowhere;
      const stream = streams.get(cell) ?? new LinesOfReader(stdin);
      streams.set(cell, stream);
      return stream;
    },
  });
}
