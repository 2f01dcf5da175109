// What the thing under the cursor is: its type and its documentation.

import ts from "typescript";
import { type CellSource, cellSource, parseCell, toText } from "./cellSource";
import type { Compiler } from "./compiler";
import { documentationAt } from "./documentation";

export interface Inspection {
  /** Type or signature, as TypeScript writes it. */
  readonly signature: string;
  /** Markdown; empty when nothing is written about it. */
  readonly documentation: string;
}

/**
 * @param offset of the cursor, in UTF-16 units: on a name, just after it, or among the arguments of a call
 * @returns undefined when there is nothing known there
 */
export function inspectAt(compiler: Compiler, code: string, offset: number): Inspection | undefined {
  const source = cellSource(code, compiler.names, "edit");
  compiler.program.show(source);
  for (const at of [offset, offset - 1, calleeBefore(code, offset)]) {
    const found = at === undefined || at < 0 ? undefined : quickInfo(compiler, source, at);
    if (found) return found;
  }
  return undefined;
}

function quickInfo(compiler: Compiler, source: CellSource, offset: number): Inspection | undefined {
  const { service, currentFile } = compiler.program;
  const info = service.getQuickInfoAtPosition(currentFile, toText(source, offset));
  // For a name that nobody has declared TypeScript answers "any", of no kind.
  if (!info?.displayParts?.length || info.kind === ts.ScriptElementKind.unknown) return undefined;
  const signature = ts
    .displayPartsToString(info.displayParts)
    // A name of an earlier cell is an import for the compiler alone.
    .replace(/^\(alias\) /, "")
    .replace(/\nimport [^\n]*$/, "")
    .replace(/import\("[^"]*#cell(?:-\d+)?"\)\./g, "");
  const documentation = documentationAt(compiler.program, toText(source, offset));
  return { signature, documentation };
}

/** One without its `)` goes on to what comes next: a node does not hold the blanks behind it. */
function endOfCall(code: string, { end, arguments: given }: ts.CallExpression | ts.NewExpression): number {
  return given?.end === end ? end + /^\s*/.exec(code.slice(end))![0].length : end;
}

/** Where the name of the innermost call that is still open at the cursor ends. */
function calleeBefore(code: string, offset: number): number | undefined {
  let found: number | undefined;
  const visit = (node: ts.Node): void => {
    if (
      (ts.isCallExpression(node) || ts.isNewExpression(node)) &&
      node.expression.end < offset &&
      offset <= endOfCall(code, node)
    )
      found = node.expression.end - 1;
    ts.forEachChild(node, visit);
  };
  visit(parseCell(code));
  return found;
}
