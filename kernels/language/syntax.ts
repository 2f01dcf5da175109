// What the places in a cell are to the code that takes their place.

import ts from "typescript";

/** Whether it is an expression that gives a value and nothing else: not what is assigned to, and no tag's name. */
export function isRead(name: ts.Identifier): boolean {
  let node: ts.Node = name;
  let { parent } = node;
  if (ts.isJsxOpeningLikeElement(parent) || ts.isJsxClosingElement(parent)) return false;
  if (ts.isQualifiedName(parent) || ts.isImportEqualsDeclaration(parent)) return false;
  for (; isPartOfPattern(parent); { parent } = node) node = parent;
  if (ts.isBinaryExpression(parent)) {
    const { kind } = parent.operatorToken;
    const { FirstAssignment, LastAssignment } = ts.SyntaxKind;
    return parent.left !== node || kind < FirstAssignment || kind > LastAssignment;
  }
  if (ts.isForInStatement(parent) || ts.isForOfStatement(parent)) return parent.initializer !== node;
  if (!ts.isPostfixUnaryExpression(parent) && !ts.isPrefixUnaryExpression(parent)) return true;
  const { PlusPlusToken, MinusMinusToken } = ts.SyntaxKind;
  return parent.operator !== PlusPlusToken && parent.operator !== MinusMinusToken;
}

/** What may stand between a name and the `=` that assigns to it. */
function isPartOfPattern(node: ts.Node): boolean {
  return (
    unwrapped(node as ts.Expression) !== node ||
    ts.isArrayLiteralExpression(node) ||
    ts.isObjectLiteralExpression(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isSpreadElement(node) ||
    ts.isSpreadAssignment(node)
  );
}

/** Where an async generator goes on; others run within the loop that asks them, which can be ended. */
export function isAsyncYield(node: ts.Node): node is ts.YieldExpression {
  if (!ts.isYieldExpression(node)) return false;
  const around = ts.findAncestor(node, ts.isFunctionLike);
  const modifiers = around && ts.canHaveModifiers(around) ? ts.getModifiers(around) : undefined;
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) === true;
}

/** What may stand behind the reader's last statement. */
export function isDeclarationOfOtherCells(statement: ts.Statement): boolean {
  if (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) return true;
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) === true;
}

/** Types, and statements that are dealt with afterwards. */
export function hasNoCode(node: ts.Node): boolean {
  return (
    (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) ||
    ts.isTypeParameterDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node)
  );
}

export function member(object: string, name: string): string {
  // `import { "any text" as a }` is allowed.
  return /^[\p{L}\p{Nl}$_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}$]*$/u.test(name)
    ? `${object}.${name}`
    : `${object}[${JSON.stringify(name)}]`;
}

/** What parentheses and types are about: `f` of `(f as any)!`. */
export function unwrapped(node: ts.Expression): ts.Expression {
  const inner =
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isTypeAssertionExpression(node);
  return inner ? unwrapped(node.expression) : node;
}
