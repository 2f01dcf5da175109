// Whether a console should run what was typed or wait for more lines.

import ts from "typescript";
import { parseCell, problems } from "./cellSource";

export type Completeness =
  | { readonly status: "complete" | "invalid" }
  | { readonly status: "incomplete"; readonly indent: string };

/** A string cannot go on in the next line. */
const unterminatedString = 1002;
const unterminatedTemplate = 1160;
const commentEndExpected = 1010;

/** Code is incomplete when the first thing wrong with it is that it ends. */
export function completenessOf(code: string): Completeness {
  const file = parseCell(code);
  const first = problems(file)[0];
  if (!first && !wantsMore(file)) return { status: "complete" };
  if (first?.code === unterminatedString) return { status: "invalid" };
  if (
    first &&
    !isEmpty(code.slice(first.start)) &&
    first.code !== unterminatedTemplate &&
    first.code !== commentEndExpected
  ) {
    return { status: "invalid" };
  }
  return { status: "incomplete", indent: indentOfNextLine(code) };
}

/** Of a function without a body and a constant without a value the checker alone complains. */
function wantsMore(file: ts.SourceFile): boolean {
  const last = file.statements.at(-1);
  if (!last || file.text[last.end - 1] === ";" || isAmbient(last)) return false;
  if (ts.isFunctionDeclaration(last)) return last.body === undefined;
  if (!ts.isVariableStatement(last)) return false;
  const { declarations, flags } = last.declarationList;
  return (flags & ts.NodeFlags.Const) !== 0 && declarations.at(-1)?.initializer === undefined;
}

function isAmbient(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) === true;
}

/** Blanks and comments. */
function isEmpty(text: string): boolean {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, true, ts.LanguageVariant.Standard, text);
  return scanner.scan() === ts.SyntaxKind.EndOfFileToken;
}

/** That of the last line, with one step more for each bracket that is left open on it. */
function indentOfNextLine(code: string): string {
  const line = code.trimEnd().split("\n").at(-1) ?? "";
  const indent = /^\s*/.exec(line)![0];
  return openBrackets(line) > 0 ? `${indent}  ` : indent;
}

function openBrackets(line: string): number {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, true, ts.LanguageVariant.Standard, line);
  let open = 0;
  for (let token = scanner.scan(); token !== ts.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    if (opening.has(token)) open++;
    else if (closing.has(token)) open--;
  }
  return open;
}

const { OpenBraceToken, OpenParenToken, OpenBracketToken, TemplateHead } = ts.SyntaxKind;
const { CloseBraceToken, CloseParenToken, CloseBracketToken } = ts.SyntaxKind;
const opening = new Set([OpenBraceToken, OpenParenToken, OpenBracketToken, TemplateHead]);
const closing = new Set([CloseBraceToken, CloseParenToken, CloseBracketToken]);
