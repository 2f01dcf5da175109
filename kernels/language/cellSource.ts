// The text of a cell as the compiler sees it: the reader's code with declarations that the reader never sees.

import ts from "typescript";
import { augmentationsOf } from "./augmentations";
import { type Declarations, declarationsOf, mentionedIn } from "./declarations";
import type { Names } from "./names";

export interface CellSource {
  readonly code: string;
  readonly declared: Declarations;
  /** What it declares for all code. */
  readonly augments: readonly string[];
  readonly syntaxErrors: readonly ts.Diagnostic[];
  /** `code` with `inserted` at offset `at`; the lines of the code keep their numbers. */
  readonly text: string;
  readonly at: number;
  readonly inserted: string;
  readonly extension: ".ts" | ".tsx";
}

/**
 * @param purpose a cell that is to run sees the names that it mentions, and its own documentation comments stay where
 *   they are as the declarations come last; one that is being written may be unfinished and end anywhere, so that the
 *   declarations come first, and it sees all names
 */
export function cellSource(code: string, names: Names, purpose: "run" | "edit"): CellSource {
  const file = parseCell(code);
  const declared = declarationsOf(file);
  const used = purpose === "edit" ? names.all : mentionedIn(file);
  const exported = [...declared].flatMap(([name, { exported }]) => (exported ? [] : [name]));
  const header = `${names.header(used, declared)} export { ${exported.join(", ")} };`;
  const first = firstToken(code);
  const factory = callsJsxFactory(code.slice(0, first));
  const [at, inserted] =
    purpose === "edit" || factory
      ? [first, `${factory ? "/** @jsxRuntime classic */ " : ""}${header} `]
      : [code.length, `\n${header}`];
  return {
    code,
    declared,
    augments: augmentationsOf(file),
    syntaxErrors: problems(file),
    text: code.slice(0, at) + inserted + code.slice(at),
    at,
    inserted,
    extension: file.fileName.endsWith(".tsx") ? ".tsx" : ".ts",
  };
}

/** A cell is TSX only if it is not TypeScript: there `<T>(x: T) => x` and `<T>x` have other meanings. */
export function parseCell(code: string): ts.SourceFile {
  const plain = parse("cell.ts", code);
  if (problems(plain).length === 0) return plain;
  const withTags = parse("cell.tsx", code);
  return problems(withTags).length < problems(plain).length ? withTags : plain;
}

/** Syntax errors of a parsed file, in the order of the text. */
export function problems(file: ts.SourceFile): readonly ts.Diagnostic[] {
  // Not in the public types, but there since the first release: program.getSyntacticDiagnostics returns it.
  return (file as unknown as { parseDiagnostics: readonly ts.Diagnostic[] }).parseDiagnostics;
}

function parse(name: string, code: string): ts.SourceFile {
  return ts.createSourceFile(name, code, ts.ScriptTarget.Latest, false);
}

/** Comments at the top can be instructions (`@ts-nocheck`, `@jsx`) and have to stay first. */
function firstToken(code: string): number {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, true, ts.LanguageVariant.Standard, code);
  scanner.scan();
  return scanner.getTokenStart();
}

/** `@jsx h` at the top means calls of `h`, which TypeScript believes only with a second instruction. */
function callsJsxFactory(comments: string): boolean {
  return /@jsx\s/.test(comments) && !/@jsxRuntime\s/.test(comments);
}

/** Offset in the reader's code of an offset in the compiler's text. */
export function toCode(source: CellSource, offset: number): number {
  if (offset <= source.at) return offset;
  return Math.min(Math.max(source.at, offset - source.inserted.length), source.code.length);
}

/** Offset in the compiler's text of an offset in the reader's code. */
export function toText(source: CellSource, offset: number): number {
  return offset < source.at ? offset : offset + source.inserted.length;
}
