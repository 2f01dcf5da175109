// What a cell declares for all code, beyond itself: by `declare global`, `declare module "x"` and `import "x"`.

import ts from "typescript";

const isImport = (name: string) => name.startsWith("import ");

/** The names of it, down to the members of interfaces: `Array.last`, `"x".Options.quiet`, `import "x"`. */
export function augmentationsOf(file: ts.SourceFile): string[] {
  return file.statements.flatMap((statement) => {
    if (ts.isImportDeclaration(statement) && !statement.importClause)
      return isOfPackage(statement.moduleSpecifier) ? [`import ${textOf(statement.moduleSpecifier)}`] : [];
    if (!ts.isModuleDeclaration(statement)) return [];
    if (statement.flags & ts.NodeFlags.GlobalAugmentation) return declaredIn(statement, "");
    return isOfPackage(statement.name) ? declaredIn(statement, `${textOf(statement.name)}.`) : [];
  });

  function declaredIn({ body }: ts.ModuleDeclaration, prefix: string): string[] {
    if (!body) return [];
    if (ts.isModuleDeclaration(body)) return declaredIn(body, `${prefix}${textOf(body.name)}.`);
    return ts.isModuleBlock(body) ? body.statements.flatMap((one) => declaredBy(one, prefix)) : [];
  }

  function declaredBy(statement: ts.Statement, prefix: string): string[] {
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.map(({ name }) => prefix + textOf(name));
    if (ts.isModuleDeclaration(statement))
      return declaredIn(statement, `${prefix}${textOf(statement.name)}.`);
    const name = `${prefix}${textOf((statement as ts.DeclarationStatement).name)}`;
    if (!ts.isInterfaceDeclaration(statement) || statement.members.length === 0) return [name];
    // A signature without a name is known by its kind.
    return statement.members.map((member) => `${name}.${textOf(member.name) || member.kind}`);
  }

  function textOf(node: ts.Node | undefined): string {
    return node?.getText(file) ?? "";
  }
}

/** Whether what an older cell declares has to go because a newer one declares some of it anew, or all of it. */
export function areReplaced(older: readonly string[], newer: readonly string[]): boolean {
  const again = older.filter((name) => newer.includes(name));
  return again.some((name) => !isImport(name)) || again.length === older.length;
}

/** A file of the reader's could keep all later cells from running with an error. */
function isOfPackage(specifier: ts.Node): boolean {
  return ts.isStringLiteral(specifier) && !/^[./]/.test(specifier.text);
}
