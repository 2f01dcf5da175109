// Works after TypeScript's own transformations: takes the module syntax out of JavaScript that is ready otherwise.

import ts from "typescript";
import type { EmitOptions, Renamed } from "./emit";
import { member } from "./syntax";

export class RunnableModule {
  readonly #factory: ts.NodeFactory;
  readonly #options: EmitOptions;
  readonly #renamed: Renamed;
  /** Modules are loaded before anything else runs, wherever the import stands. */
  readonly #imports: ts.Statement[] = [];

  constructor(factory: ts.NodeFactory, options: EmitOptions, renamed: Renamed) {
    this.#factory = factory;
    this.#options = options;
    this.#renamed = renamed;
  }

  of(file: ts.SourceFile): ts.SourceFile {
    const body = file.statements.flatMap((statement) => this.#statement(statement));
    return this.#factory.updateSourceFile(file, [...this.#imports, ...this.#jsxFactory(), ...body]);
  }

  #statement(statement: ts.Statement): ts.Statement[] {
    if (ts.isImportDeclaration(statement)) {
      this.#import(statement);
      return [];
    }
    if (ts.isExportDeclaration(statement)) return this.#export(statement);
    if (ts.isExportAssignment(statement)) return [this.#default(statement.expression, statement)];
    return [this.#withoutModifiers(statement)];
  }

  #import(statement: ts.ImportDeclaration): void {
    const specifier = statement.moduleSpecifier as ts.StringLiteral;
    if (this.#options.isCell(specifier.text)) return;
    const load = this.#load(specifier, statement.attributes);
    const clause = statement.importClause;
    if (!clause) {
      this.#imports.push(this.#factory.createExpressionStatement(load));
      return;
    }
    const known = this.#renamed.modules.get(ts.getOriginalNode(statement));
    this.#imports.push(this.#constant(known ?? this.#pattern(clause), load));
  }

  /** Imports that TypeScript itself adds (the functions behind JSX) are used by their own names. */
  #pattern(clause: ts.ImportClause): ts.BindingName {
    const bindings = clause.namedBindings;
    const elements = bindings && ts.isNamedImports(bindings) ? bindings.elements : [];
    return this.#factory.createObjectBindingPattern(
      elements.map(({ name, propertyName }) =>
        this.#factory.createBindingElement(undefined, propertyName as ts.Identifier | undefined, name),
      ),
    );
  }

  #load(specifier: ts.Expression, attributes?: ts.ImportAttributes): ts.Expression {
    const factory = this.#factory;
    const options = attributes && [
      factory.createObjectLiteralExpression(
        attributes.elements.map(({ name, value }) => factory.createPropertyAssignment(name, value)),
      ),
    ];
    const call = factory.createCallExpression(
      factory.createIdentifier(`${this.#renamed.own.cell}.import`),
      undefined,
      [
        specifier,
        ...(options
          ? [factory.createObjectLiteralExpression([factory.createPropertyAssignment("with", options[0]!)])]
          : []),
      ],
    );
    return factory.createAwaitExpression(call);
  }

  #constant(name: string | ts.BindingName, value: ts.Expression): ts.Statement {
    const declaration = this.#factory.createVariableDeclaration(name, undefined, undefined, value);
    return this.#factory.createVariableStatement(
      undefined,
      this.#factory.createVariableDeclarationList([declaration], ts.NodeFlags.Const),
    );
  }

  #export(statement: ts.ExportDeclaration): ts.Statement[] {
    const { exportClause: clause, moduleSpecifier } = statement;
    if (!moduleSpecifier) {
      // TypeScript has left the names of values alone.
      for (const { name, propertyName } of clause && ts.isNamedExports(clause) ? clause.elements : []) {
        const local = (propertyName ?? name).text;
        const value = this.#renamed.names.get(local) ?? local;
        // An earlier cell's, for which this cell has a type alone: it would be asked for itself without end.
        if (value !== `${this.#renamed.refs.get(name.text)}.v`) this.#renamed.exports.set(name.text, value);
      }
      return [];
    }
    if (this.#options.kind === "cell") return this.#reexport(statement, moduleSpecifier);
    const factory = this.#factory;
    const names = !clause
      ? []
      : ts.isNamespaceExport(clause)
        ? [factory.createStringLiteral(clause.name.text)]
        : [
            factory.createObjectLiteralExpression(
              clause.elements.map(({ name, propertyName }) =>
                factory.createPropertyAssignment(
                  factory.createStringLiteral(name.text),
                  factory.createStringLiteral((propertyName ?? name).text),
                ),
              ),
            ),
          ];
    const call = factory.createCallExpression(
      factory.createIdentifier(`${this.#renamed.own.cell}.reexport`),
      undefined,
      [this.#load(moduleSpecifier, statement.attributes), ...names],
    );
    return [factory.createExpressionStatement(call)];
  }

  /** Names of a cell live where those do that it declares. */
  #reexport({ exportClause: clause, attributes }: ts.ExportDeclaration, from: ts.Expression): ts.Statement[] {
    const { own, modules, exports } = this.#renamed;
    const module = `${own.module}${modules.size}`;
    modules.set(from, module);
    this.#imports.push(this.#constant(module, this.#load(from, attributes)));
    if (clause && ts.isNamespaceExport(clause)) exports.set(clause.name.text, module);
    else
      for (const { name, propertyName } of clause?.elements ?? [])
        exports.set(name.text, member(module, (propertyName ?? name).text));
    return [];
  }

  #default(value: ts.Expression, statement: ts.Statement): ts.Statement {
    const assignment = this.#factory.createAssignment(
      this.#factory.createIdentifier(`${this.#renamed.own.cell}.default`),
      value,
    );
    return ts.setTextRange(this.#factory.createExpressionStatement(assignment), statement);
  }

  #withoutModifiers(statement: ts.Statement): ts.Statement {
    const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
    if (!modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return statement;
    const isDefault = modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);
    const kept = modifiers.filter(
      ({ kind }) => kind !== ts.SyntaxKind.ExportKeyword && kind !== ts.SyntaxKind.DefaultKeyword,
    );
    const factory = this.#factory;
    if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) this.#exportPattern(name);
      return factory.updateVariableStatement(statement, kept, statement.declarationList);
    }
    if (ts.isFunctionDeclaration(statement)) {
      const { asteriskToken, name, parameters, body } = statement;
      if (!name) {
        const value = factory.createFunctionExpression(
          kept.filter(ts.isModifier),
          asteriskToken,
          name,
          undefined,
          parameters,
          undefined,
          body ?? factory.createBlock([]),
        );
        return this.#default(value, statement);
      }
      this.#renamed.exports.set(isDefault ? "default" : name.text, name.text);
      return factory.updateFunctionDeclaration(
        statement,
        kept,
        asteriskToken,
        name,
        undefined,
        parameters,
        undefined,
        body,
      );
    }
    if (ts.isClassDeclaration(statement)) {
      const { name, heritageClauses, members } = statement;
      if (!name)
        return this.#default(
          factory.createClassExpression(kept, name, undefined, heritageClauses, members),
          statement,
        );
      this.#renamed.exports.set(isDefault ? "default" : name.text, name.text);
      return factory.updateClassDeclaration(statement, kept, name, undefined, heritageClauses, members);
    }
    return statement;
  }

  #exportPattern(name: ts.BindingName): void {
    if (ts.isIdentifier(name)) this.#renamed.exports.set(name.text, name.text);
    else
      for (const element of name.elements)
        if (ts.isBindingElement(element)) this.#exportPattern(element.name);
  }

  /** The old transformation of JSX calls its factory by a name that may have been replaced in the rest of the code. */
  #jsxFactory(): ts.Statement[] {
    const { jsxFactory } = this.#options;
    const by = jsxFactory && this.#renamed.names.get(jsxFactory);
    return by ? [this.#constant(jsxFactory, this.#factory.createIdentifier(by))] : [];
  }
}
