// What is written about a name in the comment before its declaration.

import ts from "typescript";
import type { Program } from "./program";

/** Documentation, as Markdown, of the name at an offset of the running cell's text; empty when there is none. */
export function documentationAt(program: Program, offset: number): string {
  const { service, currentFile } = program;
  for (const { fileName, textSpan } of service.getDefinitionAtPosition(currentFile, offset) ?? []) {
    const text = program.textOf(fileName);
    if (text === undefined) continue;
    // The program's own files are parsed without their comments.
    const file = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true);
    const declaration = nodeAt(file, textSpan);
    const found =
      declaration && ts.getJSDocCommentsAndTags(declaration).map(markdownOf).filter(Boolean).join("\n\n");
    if (found) return found;
  }
  return "";
}

/** The declaration whose name stands there. */
function nodeAt(file: ts.SourceFile, { start, length }: ts.TextSpan): ts.Node | undefined {
  let found: ts.Node | undefined;
  const visit = (node: ts.Node): void => {
    if (node.getStart(file) > start || node.end < start + length) return;
    if (ts.isIdentifier(node)) found = node.parent;
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function markdownOf(comment: ts.JSDoc | ts.JSDocTag): string {
  if (ts.isJSDoc(comment)) {
    const text = ts.getTextOfJSDocComment(comment.comment) ?? "";
    return [text, ...(comment.tags ?? []).map(markdownOf)].filter(Boolean).join("\n\n");
  }
  const text = ts.getTextOfJSDocComment(comment.comment)?.replace(/^- /, "") ?? "";
  const name = ts.isJSDocParameterTag(comment) ? `${comment.name.getText()} ` : "";
  return comment.tagName.text === "example"
    ? `*@example*\n\`\`\`ts\n${text}\n\`\`\``
    : `*@${comment.tagName.text}* ${name}${text}`;
}
