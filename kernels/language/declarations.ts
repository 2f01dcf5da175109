// The names that a cell declares at its top level and those that it mentions.

import ts from "typescript";

interface Declaration {
  readonly value: boolean;
  readonly type: boolean;
  /** Already exported under its own name. */
  readonly exported: boolean;
  /** By an import, `import type` too, beside which the name can be declared by nothing else. */
  readonly imported: boolean;
  /** Of a type: `<T extends string>`, and how they are handed on, `<T>`. */
  readonly parameters: { readonly declared: string; readonly used: string };
}

export type Declarations = ReadonlyMap<string, Declaration>;

/** Names declared at the top level of a parsed file, `var`s of nested blocks included. */
export function declarationsOf(file: ts.SourceFile): Declarations {
  const found = new Map<string, Declaration>();
  const add = (
    name: ts.Identifier | undefined,
    kind: Partial<Declaration>,
    exported = false,
    parameters?: ts.NodeArray<ts.TypeParameterDeclaration>,
  ) => {
    if (!name || name.text === "") return;
    const before = found.get(name.text);
    found.set(name.text, {
      value: kind.value === true || before?.value === true,
      type: kind.type === true || before?.type === true,
      exported: exported || before?.exported === true,
      imported: kind.imported === true || before?.imported === true,
      parameters: parametersOf(file, parameters),
    });
  };
  const value = { value: true, type: false };
  const type = { value: false, type: true };
  const both = { value: true, type: true };

  const addPattern = (name: ts.BindingName, exported: boolean): void => {
    if (ts.isIdentifier(name)) add(name, value, exported);
    else
      for (const element of name.elements)
        if (ts.isBindingElement(element)) addPattern(element.name, exported);
  };
  const addList = (list: ts.VariableDeclarationList, exported: boolean) => {
    for (const { name } of list.declarations) addPattern(name, exported);
  };
  // `var` in a block, a loop or a branch belongs to the whole cell.
  const addNestedVars = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isModuleDeclaration(node)) return;
    if (ts.isVariableDeclarationList(node) && !(node.flags & ts.NodeFlags.BlockScoped)) addList(node, false);
    ts.forEachChild(node, addNestedVars);
  };

  for (const statement of file.statements) {
    const exported = isExported(statement);
    if (ts.isVariableStatement(statement)) addList(statement.declarationList, exported);
    else if (ts.isFunctionDeclaration(statement)) add(statement.name, value, exported);
    else if (ts.isClassDeclaration(statement)) add(statement.name, both, exported);
    else if (ts.isEnumDeclaration(statement)) add(statement.name, both, exported);
    else if (ts.isModuleDeclaration(statement) && ts.isIdentifier(statement.name)) {
      if (!(statement.flags & ts.NodeFlags.GlobalAugmentation)) add(statement.name, both, exported);
    } else if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
      add(statement.name, type, exported, statement.typeParameters);
    else if (ts.isImportEqualsDeclaration(statement)) add(statement.name, both, exported);
    else if (ts.isImportDeclaration(statement)) {
      const clause = statement.importClause;
      const imported = (isType = false) => ({ ...(isType ? type : both), imported: true });
      const kind = imported(clause?.isTypeOnly);
      add(clause?.name, kind);
      const bindings = clause?.namedBindings;
      if (bindings && ts.isNamespaceImport(bindings)) add(bindings.name, kind);
      else for (const one of bindings?.elements ?? []) add(one.name, one.isTypeOnly ? imported(true) : kind);
    } else addNestedVars(statement);
  }
  for (const statement of file.statements) {
    const clause = ts.isExportDeclaration(statement) && !statement.moduleSpecifier && statement.exportClause;
    if (!clause || !ts.isNamedExports(clause)) continue;
    for (const { name, propertyName } of clause.elements) {
      const before = found.get(name.text);
      if (before && !propertyName) found.set(name.text, { ...before, exported: true });
    }
  }
  return found;
}

function parametersOf(
  file: ts.SourceFile,
  parameters: readonly ts.TypeParameterDeclaration[] = [],
): Declaration["parameters"] {
  const list = (texts: readonly string[]) => (texts.length > 0 ? `<${texts.join(", ")}>` : "");
  return {
    // On one line, which a comment to the end of the line would take the rest of.
    declared: list(parameters.map((one) => printed(one, file))),
    used: list(parameters.map(({ name }) => name.text)),
  };
}

const printer = ts.createPrinter({ removeComments: true });

function printed(node: ts.Node, file: ts.SourceFile): string {
  return printer.printNode(ts.EmitHint.Unspecified, node, file).replaceAll("\n", " ");
}

/** Every identifier in a file, wherever it stands. */
export function mentionedIn(file: ts.SourceFile): Set<string> {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) found.add(node.text);
    // <p/> is React.createElement("p") where the compiler is set to that.
    else if (ts.isJsxOpeningLikeElement(node) || ts.isJsxOpeningFragment(node)) found.add("React");
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  const has = (kind: ts.SyntaxKind) => modifiers?.some((modifier) => modifier.kind === kind) === true;
  return has(ts.SyntaxKind.ExportKeyword) && !has(ts.SyntaxKind.DefaultKeyword);
}
