// Runs cells one after the other and answers what only the compiler knows.

import { type Cell, cellController, runInCell } from "./cell";
import { type CellError, fromDiagnostics, fromThrown } from "./cellError";
import { cellEnded } from "./display/api";
import { type MimeBundle, toMimeBundle } from "./display/mimeBundle";
import { KeyboardInterrupt } from "./io/interrupt";
import { setImmediate } from "./io/timers";
import { Compiler } from "./language/compiler";
import { completenessOf } from "./language/completeness";
import { completionsAt } from "./language/completion";
import { type CellEnd, Executor } from "./language/executor";
import { askedAbout } from "./language/help";
import { inspectAt } from "./language/inspection";
import { moduleOfCell } from "./language/moduleCell";
import type { Content, Request } from "./link";
import { toCodePoints, toUtf16 } from "./positions";

/** A module that cells can import without having installed it. */
export interface ProvidedModule {
  readonly specifier: string;
  /** File with its types. */
  readonly types: string;
  readonly exports: () => unknown;
}

/** What a session needs of the rest of the kernel. */
export interface SessionPorts {
  /** Publishes a message on behalf of the running cell. */
  readonly publish: (type: string, content: Content) => void;
  /** Waits for everything that the cell has shown. */
  readonly displaysEnded: (cell: Cell) => Promise<void>;
  /** Throws when the calling code's cell has been interrupted. */
  readonly checkpoint: () => void;
  readonly provided: readonly ProvidedModule[];
}

interface Running {
  readonly cell: Cell;
  /** Its code "waits" for a turn of its own until it "runs": what is terminated before is something else. */
  state: "compiles" | "waits" | "runs";
  /** Interrupted before its code runs: it is to end as soon as that would. */
  early: boolean;
  /** Ends the wait for the cell. */
  readonly interrupt: () => void;
}

export class Session {
  readonly #ports: SessionPorts;
  readonly #compiler: Compiler;
  /** Of the rules, not told yet. */
  #problems: readonly string[] = [];
  readonly #executor: Executor;
  #running: Running | undefined;
  #uncounted = 0;

  /**
   * @param folder the notebook's folder
   * @param globals file with the types of what every cell can use
   */
  constructor(folder: string, globals: string, ports: SessionPorts) {
    this.#ports = ports;
    const { checkpoint, provided } = ports;
    const types = new Map(provided.map(({ specifier, types }) => [specifier, types]));
    const exports = new Map(provided.map(({ specifier, exports }) => [specifier, exports]));
    this.#compiler = new Compiler(folder, globals, types);
    this.#executor = new Executor(this.#compiler, { checkpoint, provided: exports });
  }

  /** Reads the types that every cell needs, which takes a second, and what is wrong with the tsconfig.json. */
  warmUp(): void {
    this.#compiler.compile("1 + 1");
    const { file, problems } = this.#compiler.program.rules;
    this.#problems = problems.map((problem) => `${file}: ${problem}`);
  }

  /** The content of the reply to an execute_request. Never throws. */
  async execute(request: Request): Promise<Content> {
    const { content, header, count } = request;
    const controller = cellController();
    const cell: Cell = {
      header,
      count,
      silent: content.silent === true,
      allowStdin: content.allow_stdin === true,
      controller,
    };
    const interrupted = new Promise<never>((_, reject) => {
      this.#running = {
        cell,
        state: "compiles",
        early: false,
        interrupt: () => {
          controller.abort(new KeyboardInterrupt());
          reject(new KeyboardInterrupt());
        },
      };
    });
    interrupted.catch(() => undefined);
    const code = String(content.code);
    if (!cell.silent) this.#tellProblems(cell);
    try {
      const counted = !cell.silent && content.store_history !== false;
      const error = await this.#run(cell, { code, counted }, interrupted);
      if (error) {
        runInCell(cell, () => this.#ports.publish("error", { ...error }));
        return { status: "error", ...error };
      }
      const expressions = (content.user_expressions ?? {}) as Record<string, unknown>;
      const asked = askedAbout(code);
      return {
        status: "ok",
        payload: asked === undefined ? [] : [{ source: "page", start: 0, data: this.#help(asked) }],
        user_expressions: await this.#evaluateAll(cell, expressions, interrupted),
      };
    } finally {
      this.#running = undefined;
      runInCell(cell, cellEnded);
    }
  }

  /** What is wrong with the folder's rules, in the first cell that the reader sees. */
  #tellProblems(cell: Cell): void {
    const problems = this.#problems;
    // Output of earlier cells is theirs until this one runs.
    if (problems.length === 0) return;
    this.#problems = [];
    runInCell(cell, () => {
      for (const problem of problems) console.error(problem);
    });
  }

  /** The cell that is being compiled, waits to run or runs. */
  get running(): Cell | undefined {
    return this.#running?.cell;
  }

  /**
   * Ends the running cell: its wait at once, its code where it next awaits or before it begins.
   * @returns false when no code of a cell runs
   */
  interrupt(): boolean {
    const running = this.#running;
    if (!running) return false;
    if (running.state === "runs") running.interrupt();
    else running.early = true;
    return running.state === "runs";
  }

  /**
   * What was interrupted has been terminated: it was no cell whose code waits to run, but a timer of an earlier one.
   * @returns whether there is such a cell
   */
  spare(): boolean {
    if (this.#running?.state !== "waits") return false;
    this.#running.early = false;
    return true;
  }

  /** Answers a request in the place of its function, which was terminated. */
  abandon(): Content {
    const error = fromThrown(new KeyboardInterrupt(), "", "");
    const running = this.#running;
    this.#running = undefined;
    if (running)
      runInCell(running.cell, () => {
        this.#ports.publish("error", { ...error });
        cellEnded();
      });
    return { status: "error", ...error };
  }

  complete(code: string, cursor: number): Content {
    const { items, start, end } = completionsAt(this.#compiler, code, toUtf16(code, cursor));
    const cursor_start = toCodePoints(code, start);
    const cursor_end = toCodePoints(code, end);
    const types = items.map(({ text, kind }) => ({ start: cursor_start, end: cursor_end, text, type: kind }));
    return {
      status: "ok",
      matches: items.map(({ text }) => text),
      cursor_start,
      cursor_end,
      metadata: { _jupyter_types_experimental: types },
    };
  }

  inspect(code: string, cursor: number): Content {
    const data = this.#describe(code, toUtf16(code, cursor));
    return { status: "ok", found: data !== undefined, data: data ?? {}, metadata: {} };
  }

  isComplete(code: string): Content {
    return askedAbout(code) === undefined ? { ...completenessOf(code) } : { status: "complete" };
  }

  /** What is known about the thing at a place in the code, for people. */
  #describe(code: string, offset: number): MimeBundle | undefined {
    const found = inspectAt(this.#compiler, code, offset);
    if (!found) return undefined;
    const { signature, documentation } = found;
    const plain = documentation ? `${signature}\n\n${documentation}` : signature;
    const markdown = `\`\`\`typescript\n${signature}\n\`\`\`\n\n${documentation}`.trimEnd();
    return { "text/plain": plain, "text/markdown": markdown };
  }

  #help(name: string): MimeBundle | undefined {
    return this.#describe(name, name.length);
  }

  /** Runs the code and publishes its result; gives what it failed with. */
  async #run(
    cell: Cell,
    { code, counted }: { readonly code: string; readonly counted: boolean },
    interrupted: Promise<never>,
  ): Promise<CellError | undefined> {
    // A cell that is not counted has the number of the one before, whose lines must stay its own.
    const name = counted ? `Cell [${cell.count}]` : `Uncounted cell [${++this.#uncounted}]`;
    try {
      const asked = askedAbout(code);
      if (asked !== undefined) {
        if (this.#help(asked)) return undefined;
        throw new ReferenceError(`nothing is known about ${asked}`);
      }
      const module = moduleOfCell(code);
      if (module !== undefined) {
        const diagnostics = this.#compiler.addModule(module, code);
        return diagnostics.length > 0 ? fromDiagnostics(code, diagnostics) : undefined;
      }
      const bundle = await this.#evaluate(cell, code, name, interrupted);
      if ("error" in bundle) return bundle.error;
      await Promise.race([this.#ports.displaysEnded(cell), interrupted]);
      if (bundle.result) {
        const result = { data: bundle.result, metadata: {}, execution_count: cell.count };
        runInCell(cell, () => this.#ports.publish("execute_result", result));
      }
      return undefined;
    } catch (thrown) {
      // What it has shown before comes before its end all the same.
      await Promise.race([this.#ports.displaysEnded(cell), interrupted]).catch(() => undefined);
      return fromThrown(thrown, name, code);
    }
  }

  async #evaluate(
    cell: Cell,
    code: string,
    name: string,
    interrupted: Promise<never>,
  ): Promise<{ result: MimeBundle | undefined } | { error: CellError }> {
    const compiled = this.#compiler.compile(code);
    if (!compiled.ok) return { error: fromDiagnostics(code, compiled.diagnostics) };
    const { run, settle } = this.#executor.prepare(compiled.cell, name);
    let end: CellEnd = "failed";
    try {
      const value = new Promise<unknown>((resolve, reject) => {
        // In a turn of its own: were it terminated, this function must be there to say so.
        setImmediate(() =>
          runInCell(cell, () => {
            const running = this.#running;
            if (running?.early) running.interrupt();
            if (running) running.state = "runs";
            if (!cell.controller.signal.aborted) run().then(resolve, reject);
          }),
        );
        if (this.#running?.state === "compiles") this.#running.state = "waits";
      });
      value.catch(() => undefined);
      const shown = (async () => this.#show(cell, await value))();
      shown.catch(() => undefined);
      const result = await Promise.race([shown, interrupted]);
      end = "done";
      return { result };
    } finally {
      settle(cell.controller.signal.aborted ? "interrupted" : end);
    }
  }

  /** A promise as the last value has been awaited: its output and its failure belong to this cell. */
  async #show(cell: Cell, value: unknown): Promise<MimeBundle | undefined> {
    return value === undefined ? undefined : await runInCell(cell, () => toMimeBundle(value));
  }

  async #evaluateAll(
    cell: Cell,
    expressions: Readonly<Record<string, unknown>>,
    interrupted: Promise<never>,
  ): Promise<Content> {
    const results: Record<string, Content> = {};
    for (const [key, expression] of Object.entries(expressions)) {
      const code = String(expression);
      const name = `Expression [${key}]`;
      try {
        const found = await this.#evaluate(cell, `(${code}\n)`, name, interrupted);
        results[key] =
          "error" in found
            ? { status: "error", ...found.error }
            : { status: "ok", data: found.result ?? { "text/plain": "undefined" }, metadata: {} };
      } catch (thrown) {
        results[key] = { status: "error", ...fromThrown(thrown, name, code) };
      }
    }
    return results;
  }
}
