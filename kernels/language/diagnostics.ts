// Complaints of the type checker, in the reader's terms.

import path from "node:path";
import ts from "typescript";
import { type CellSource, toCode } from "./cellSource";

/** Line and column count from 1. */
export interface Diagnostic {
  /** Path from the notebook's folder; empty for the cell itself. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Characters that it is about, on that line at most. */
  readonly length: number;
  readonly message: string;
  readonly code: number;
}

/** Complaints that make no sense in a cell. */
const ignored = new Set([
  7016, // No types for a package: it is `any`.
  1208, // Not a module under isolatedModules.
  6133, // Declared but never used.
  2309, // `export =` beside other exports.
]);
const cannotAssignToImport = 2632;
const cannotFindModule = 2307;

/** Complaints that something is `any` as nobody said otherwise: 7027 to 7030 are about other things. */
const isAboutImplicitAny = (code: number) =>
  (code >= 7005 && code <= 7057 && !(code >= 7027 && code <= 7030)) || code === 2683;

/** @param strict whether a tsconfig.json says what is to be annotated */
export function isRelevant({ category, code }: ts.Diagnostic, strict: boolean): boolean {
  if (category !== ts.DiagnosticCategory.Error || ignored.has(code)) return false;
  return strict || !isAboutImplicitAny(code);
}

/** Those of a text that is the reader's alone. */
export function inCode(diagnostic: ts.Diagnostic, code: string): Diagnostic {
  const { start = 0, length = 0 } = diagnostic;
  return {
    ...place(code, start, start + length),
    file: "",
    message: text(diagnostic),
    code: diagnostic.code,
  };
}

/** Those of the cell, at their place in what the reader wrote. */
export function inCell(diagnostic: ts.Diagnostic, source: CellSource): Diagnostic {
  const start = toCode(source, diagnostic.start ?? 0);
  const end = toCode(source, (diagnostic.start ?? 0) + (diagnostic.length ?? 0));
  return { ...place(source.code, start, end), file: "", message: text(diagnostic), code: diagnostic.code };
}

/** Those of a file that the cell imports. */
export function inFile(diagnostic: ts.Diagnostic, folder: string): Diagnostic {
  const { file, start = 0, length = 0 } = diagnostic;
  return {
    ...place(file?.text ?? "", start, start + length),
    file: file ? path.relative(folder, file.fileName) : "",
    message: text(diagnostic),
    code: diagnostic.code,
  };
}

function place(code: string, start: number, end: number): Pick<Diagnostic, "line" | "column" | "length"> {
  const before = code.slice(0, start);
  const lineStart = before.lastIndexOf("\n") + 1;
  const newline = code.indexOf("\n", start);
  const lineEnd = newline < 0 ? code.length : newline;
  return {
    line: before.split("\n").length,
    column: start - lineStart + 1,
    length: Math.max(1, Math.min(end, lineEnd) - start),
  };
}

function text({ code, messageText, file }: ts.Diagnostic): string {
  const message = ts
    .flattenDiagnosticMessageText(messageText, "\n")
    // Types of earlier cells: the reader knows them by their names alone.
    .replace(/(?:typeof )?import\("[^"]*#cell(?:-\d+)?"\)\.?/g, "");
  if (code === cannotAssignToImport)
    return message.replace("because it is an import", "because it is a constant");
  return code === cannotFindModule ? `${message}${moduleHelp(message, file?.fileName)}` : message;
}

/** What to do about a module that is not there; nothing is known about the reader's own files. */
function moduleHelp(message: string, from = ""): string {
  const [, scheme, specifier] = /'(?:(\w+):(?:\/\/)?)?([^']+)'/.exec(message) ?? [];
  if (scheme === "node") return " This version of Node has no such module.";
  if (scheme === "http" || scheme === "https")
    return " Node loads nothing from the network: install it as a package, with npm.";
  const name = /^(?:@[\w.~-]+\/)?\w[\w.~-]*/.exec(specifier ?? "")?.[0];
  if (name === undefined) return "";
  const install = `\nTo install it: npm install ${name}, in ${path.dirname(from)}`;
  return scheme === undefined ? install : `${install}, and import it without "${scheme}:"`;
}
