// What a cell that failed leaves behind: the fields of Jupyter's `error` message.

import { inspect } from "node:util";
import { KeyboardInterrupt } from "./io/interrupt";
import type { Diagnostic } from "./language/diagnostics";

export interface CellError {
  readonly ename: string;
  readonly evalue: string;
  /** With ANSI colours. */
  readonly traceback: readonly string[];
}

const red = (text: string) => `\x1b[31m${text}\x1b[39m`;
const faint = (text: string) => `\x1b[90m${text}\x1b[39m`;

/** What fingers used to IPython type: `%matplotlib inline`, `!ls`. */
const magic = /^\s*(?:%|!\w+(?:\s*$|\s+[-\w./~]))/;
const aboutMagic =
  "Cells are TypeScript: lines that begin with % or ! are IPython's. For a shell command: " +
  'require("node:child_process").execSync("ls").toString()';

/** Type errors stop a cell before it runs: all of them are listed, each with the line that it is about. */
export function fromDiagnostics(code: string, diagnostics: readonly Diagnostic[]): CellError {
  const frames = diagnostics.flatMap((diagnostic) => {
    const { file, line, column, length, message } = diagnostic;
    const title = `${file || "cell"}:${line}:${column} - ${red("error")} TS${diagnostic.code}: ${message}`;
    return file === "" ? [title, ...frameAt(code, line, column, length)] : [title];
  });
  const [first] = diagnostics;
  const isMagic = magic.test(code.split("\n")[first!.line - 1] ?? "");
  const count = `${diagnostics.length} error${diagnostics.length === 1 ? "" : "s"}`;
  return {
    ename: "TypeScriptError",
    evalue: `${first!.line}:${first!.column} - ${first!.message}`,
    traceback: [
      `${red("TypeScriptError")}: the cell did not run (${count})`,
      ...frames,
      ...(isMagic ? [aboutMagic] : []),
    ],
  };
}

/**
 * Anything can be thrown; only an Error has a stack.
 * @param cell what stack traces call the cell whose `code` this is
 */
export function fromThrown(thrown: unknown, cell: string, code: string): CellError {
  try {
    return described(thrown, cell, code);
  } catch {
    // One of its getters or its own look throws.
    const text = "a value that cannot be shown";
    return { ename: "Thrown", evalue: text, traceback: [`${red("Thrown")}: ${text}`] };
  }
}

function described(thrown: unknown, cell: string, code: string): CellError {
  if (thrown instanceof KeyboardInterrupt) {
    const { name: ename, message: evalue } = thrown;
    return { ename, evalue, traceback: [`${red(ename)}: ${evalue}`] };
  }
  // Not `instanceof`: an Error from another realm (vm, worker) is one as well.
  if (typeof thrown === "object" && thrown !== null && "message" in thrown && "stack" in thrown) {
    const error = thrown as Error;
    const ename = textOf(error.name) || "Error";
    const lines = inspect(error).split("\n");
    const place = cell && new RegExp(`${literally(cell)}:(\\d+):(\\d+)`).exec(lines.join("\n"));
    const frame = place ? frameAt(code, Number(place[1]), Number(place[2]), 1) : [];
    // The message first, the line that it came from, and then the way to it.
    const stackAt = lines.findIndex((line) => /^\s+at /.test(line));
    const [title, stack] = stackAt < 0 ? [lines, []] : [lines.slice(0, stackAt), lines.slice(stackAt)];
    title[0] = title[0]!.replace(ename, red(ename));
    return { ename, evalue: textOf(error.message), traceback: [...title, ...frame, ...stack] };
  }
  const text = inspect(thrown);
  return { ename: "Thrown", evalue: text, traceback: [`${red("Thrown")}: ${text}`] };
}

/** The line of the code with its neighbours, and what is wrong with it underlined. */
function frameAt(code: string, line: number, column: number, length: number): string[] {
  const lines = code.split("\n");
  if (lines[line - 1] === undefined) return [];
  const width = String(Math.min(line + 1, lines.length)).length;
  return lines.slice(Math.max(line - 2, 0), line + 1).flatMap((text, index) => {
    const number = Math.max(line - 2, 0) + index + 1;
    const gutter = faint(`${String(number).padStart(width)} | `);
    if (number !== line) return [`  ${gutter}${text}`];
    // A tab is as wide here as there.
    const mark = text.slice(0, column - 1).replace(/[^\t]/g, " ") + red("^".repeat(Math.max(1, length)));
    return [`${red(">")} ${gutter}${text}`, `  ${faint(`${" ".repeat(width)} | `)}${mark}`];
  });
}

function textOf(value: unknown): string {
  try {
    return String(value ?? "");
  } catch {
    return "";
  }
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
