// What a cell that failed leaves behind: the fields of Jupyter's `error` message.

import { inspect } from "node:util";

export interface CellError {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** A complaint of the type checker; line and column count from 1. */
export interface Diagnostic {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Type errors stop a cell before it runs: all of them are listed, each with the line that it is about. */
export function fromDiagnostics(code: string, diagnostics: readonly Diagnostic[]): CellError {
  const lines = code.split("\n");
  const traceback = diagnostics.flatMap(({ file, line, column, message }) => {
    const where = `${file === "" ? "cell" : file.trim()}:${line}:${column}`;
    const source = file === "" ? lines[line - 1] : undefined;
    if (source === undefined) return [`${where} - ${message}`];
    return [`${where} - ${message}`, `    ${source}`, `    ${" ".repeat(Math.max(column - 1, 0))}^`];
  });
  const first = diagnostics[0]!;
  return {
    ename: "TypeScriptError",
    evalue: `${first.line}:${first.column} - ${first.message}`,
    traceback: [
      `TypeScriptError: the cell did not run (${diagnostics.length} type or syntax error${diagnostics.length === 1 ? "" : "s"})`,
      ...traceback,
    ],
  };
}

/** Anything can be thrown; only an Error has a stack. */
export function fromThrown(thrown: unknown): CellError {
  if (isInterruption(thrown)) {
    const evalue = "the cell was interrupted; what it had defined before is kept";
    return { ename: "KeyboardInterrupt", evalue, traceback: [`KeyboardInterrupt: ${evalue}`] };
  }
  // Not `instanceof`: an Error from another realm (vm, worker) is one as well.
  if (typeof thrown === "object" && thrown !== null && "message" in thrown && "stack" in thrown) {
    const error = thrown as Error;
    const ename = error.name || "Error";
    return { ename, evalue: String(error.message), traceback: stackOf(error).split("\n") };
  }
  const text = inspect(thrown);
  return { ename: "Thrown", evalue: text, traceback: [`Thrown: ${text}`] };
}

const kernelFrame =
  /^\s+at .*(node:vm:|node:internal\/|tslab[/\\]dist|[/\\]kernels[/\\]\w+\.[tj]s:)|lines matching cause stack trace/;

/** The stack with causes and extra fields, without the frames of the kernel itself. */
function stackOf(error: Error): string {
  return inspect(error)
    .split("\n")
    .filter((line) => !kernelFrame.test(line))
    .join("\n")
    .replaceAll("evalmachine.<anonymous>", "cell (as JavaScript)");
}

/** SIGINT in a running loop (vm's error), or tslab's rejection while a cell awaits. */
function isInterruption(thrown: unknown): boolean {
  if (typeof thrown !== "object" || thrown === null) return false;
  const { code, message } = thrown as { code?: unknown; message?: unknown };
  return code === "ERR_SCRIPT_EXECUTION_INTERRUPTED" || message === "Interrupted asynchronously";
}
