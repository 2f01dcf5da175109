// Runs cells: tslab's executor, with its results and errors taken as values instead of printed text.

import { format } from "node:util";
import type { Executor } from "tslab/dist/executor";
import { type CellError, type Diagnostic, fromDiagnostics, fromThrown } from "./cellError";
import { Converters } from "./compiler";
import { displaySymbol, type MimeBundle, toMimeBundle } from "./mimeBundle";

/** What one cell came to. */
export type CellOutcome =
  | { readonly status: "ok"; readonly result?: MimeBundle }
  | { readonly status: "error"; readonly error: CellError };

export class Session {
  readonly converters = new Converters();
  readonly executor: Executor;
  #results: unknown[] = [];
  #diagnostics: Diagnostic[] = [];
  #thrown: unknown[] = [];
  #interrupt: ((reason: Error) => void) | undefined;

  /** @param folder where the cells' relative imports start: the notebook's folder */
  constructor(folder: string) {
    const { createExecutor } = require("tslab/dist/executor") as typeof import("tslab/dist/executor");
    this.executor = createExecutor(folder, this.converters, {
      log: (value: unknown) => this.#results.push(value),
      error: (...args: unknown[]) => this.#takeError(args),
    });
  }

  /** Runs one cell to its end, the value's own display included. Never throws. */
  async run(code: string): Promise<CellOutcome> {
    this.#results = [];
    this.#diagnostics = [];
    this.#thrown = [];
    const interrupted = new Promise<never>((_, reject) => {
      this.#interrupt = reject;
    });
    interrupted.catch(() => undefined);
    try {
      const ok = await this.executor.execute(code);
      if (!ok) return { status: "error", error: this.#error(code) };
      // A `@module` cell is registered even with type errors: say so, but it is not a failure.
      if (this.#diagnostics.length > 0) {
        console.error(fromDiagnostics(code, this.#diagnostics).traceback.slice(1).join("\n"));
      }
      if (this.#results.length === 0) return { status: "ok" };
      const result = await Promise.race([this.#show(this.#results.at(-1)), interrupted]);
      return result === undefined ? { status: "ok" } : { status: "ok", result };
    } catch (thrown) {
      return { status: "error", error: fromThrown(thrown) };
    } finally {
      this.#interrupt = undefined;
    }
  }

  /** Ends the running cell's wait; a loop without await is ended by SIGINT itself (vm's breakOnSigint). */
  interrupt(): void {
    this.executor.interrupt();
    this.#interrupt?.(new Error("Interrupted asynchronously"));
  }

  close(): void {
    this.executor.close();
  }

  /** A promise as the last value is awaited, so that its output and its failure belong to this cell. */
  async #show(value: unknown): Promise<MimeBundle | undefined> {
    const shown =
      typeof (value as { [displaySymbol]?: unknown })[displaySymbol] === "function" ? value : await value;
    return shown === undefined || shown === null ? undefined : await toMimeBundle(shown);
  }

  /** tslab reports a thrown value as one argument, a diagnostic as its format string and four. */
  #takeError(args: readonly unknown[]): void {
    const [first, file, line, column, message] = args;
    if (args.length === 5 && first === "%s%d:%d - %s") {
      this.#diagnostics.push({
        file: String(file),
        line: Number(line),
        column: Number(column),
        message: String(message),
      });
    } else {
      this.#thrown.push(args.length === 1 ? first : new Error(format(...args)));
    }
  }

  #error(code: string): CellError {
    return this.#diagnostics.length > 0
      ? fromDiagnostics(code, this.#diagnostics)
      : fromThrown(this.#thrown.at(-1));
  }
}
