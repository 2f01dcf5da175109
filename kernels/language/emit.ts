// How a checked module becomes code that the kernel can run: the body of an async function, not an ES module.
//
//   names of earlier cells   a, a = 1       ->  __ref_a.get(), __ref_a.v = 1   (always the newest value)
//   imports                  b              ->  __m0.b, after `const __m0 = await __cell.import("m")`
//   import("m"), import.meta                ->  __cell.import("m"), __cell.meta
//   await p, yield p (async generators)     ->  __cell.resume(await p)   (an interrupted cell ends here)
//   last expression of a cell               ->  __cell.show(expression)
//   export default e                        ->  __cell.default = e
//   export = e, import b = require("./b")   ->  __cell.exportWhole(e), const b = __cell.whole(await ...import("./b"))

import ts from "typescript";
import type { OwnNames } from "./ownNames";
import { RunnableModule } from "./runnableModule";
import { hasNoCode, isAsyncYield, isDeclarationOfOtherCells, isRead, member, unwrapped } from "./syntax";

export interface EmitOptions {
  /** Whether a specifier names an earlier cell. */
  readonly isCell: (specifier: string) => boolean;
  /** Whether it names a TypeScript file of the reader's. */
  readonly isLocal: (specifier: string) => boolean;
  /** A cell has a result; a local module does not. */
  readonly kind: "cell" | "module";
  /** Root name of what makes JSX elements (`React`, `h`), where the old transformation calls it by name. */
  readonly jsxFactory: string | undefined;
}

/** What the emitted code refers to by other names than the source does. */
export interface Renamed {
  readonly own: OwnNames;
  /** Name of an earlier cell -> variable that holds its Ref. */
  readonly refs: Map<string, string>;
  /** Import statement -> variable that holds the module. */
  readonly modules: Map<ts.Node, string>;
  /** Name in the source -> expression in the output. */
  readonly names: Map<string, string>;
  /** Filled while emitting: exported name -> expression that gives its value. */
  readonly exports: Map<string, string>;
}

export function transformers(
  checker: ts.TypeChecker,
  options: EmitOptions,
  renamed: Renamed,
): ts.CustomTransformers {
  return {
    before: [(context) => (file) => new Rewriter(context, checker, options, renamed, file).run()],
    after: [(context) => (file) => new RunnableModule(context.factory, options, renamed).of(file)],
  };
}

/** Works before TypeScript's own transformations, while every name still has its symbol. */
class Rewriter {
  readonly #context: ts.TransformationContext;
  readonly #factory: ts.NodeFactory;
  readonly #checker: ts.TypeChecker;
  readonly #options: EmitOptions;
  readonly #renamed: Renamed;
  readonly #file: ts.SourceFile;
  /** Symbol -> the expression that stands for it. */
  readonly #replaced = new Map<ts.Symbol, string>();

  constructor(
    context: ts.TransformationContext,
    checker: ts.TypeChecker,
    options: EmitOptions,
    renamed: Renamed,
    file: ts.SourceFile,
  ) {
    this.#context = context;
    this.#factory = context.factory;
    this.#checker = checker;
    this.#options = options;
    this.#renamed = renamed;
    this.#file = file;
  }

  run(): ts.SourceFile {
    for (const statement of this.#file.statements) {
      if (ts.isImportDeclaration(statement)) this.#readImport(statement);
      else if (ts.isVariableStatement(statement)) this.#readAmbient(statement);
    }
    const visited = ts.visitEachChild(this.#file, this.#visit, this.#context);
    if (this.#options.kind === "module") return visited;
    return this.#factory.updateSourceFile(visited, this.#takeResult(visited.statements));
  }

  #readImport(statement: ts.ImportDeclaration): void {
    const fromCell = this.#options.isCell((statement.moduleSpecifier as ts.StringLiteral).text);
    const module = `${this.#renamed.own.module}${this.#renamed.modules.size}`;
    if (!fromCell) this.#renamed.modules.set(statement, module);
    const clause = statement.importClause;
    if (clause?.name) this.#replace(clause.name, `${module}.default`);
    const bindings = clause?.namedBindings;
    if (!bindings) return;
    if (ts.isNamespaceImport(bindings)) this.#replace(bindings.name, module);
    else
      for (const { isTypeOnly, name, propertyName } of bindings.elements) {
        // A value of the same name may come from elsewhere.
        if (isTypeOnly) continue;
        this.#replace(name, fromCell ? this.#ref(name.text) : member(module, (propertyName ?? name).text));
      }
  }

  /** `declare let n: typeof import("an earlier cell").n` stands for the `n` of that cell. */
  #readAmbient(statement: ts.VariableStatement): void {
    for (const { name, type } of statement.declarationList.declarations) {
      if (!type || !ts.isImportTypeNode(type) || !ts.isLiteralTypeNode(type.argument)) continue;
      const from = type.argument.literal;
      if (ts.isStringLiteral(from) && this.#options.isCell(from.text) && ts.isIdentifier(name))
        this.#replace(name, this.#ref(name.text));
    }
  }

  #ref(name: string): string {
    const variable = `${this.#renamed.own.ref}${name}`;
    this.#renamed.refs.set(name, variable);
    return `${variable}.v`;
  }

  #replace(name: ts.Identifier, by: string): void {
    const symbol = this.#checker.getSymbolAtLocation(name);
    if (!symbol) return;
    this.#replaced.set(symbol, by);
    this.#renamed.names.set(name.text, by);
  }

  readonly #visit = (node: ts.Node): ts.Node => {
    if (ts.isIdentifier(node)) return this.#identifier(node) ?? node;
    if (ts.isExportDeclaration(node)) return this.#exportAll(node);
    if (hasNoCode(node)) return node;
    if (ts.isImportEqualsDeclaration(node)) return this.#importEquals(node);
    if (ts.isExportAssignment(node) && node.isExportEquals) return this.#exportWhole(node);
    if (ts.isShorthandPropertyAssignment(node)) return this.#shorthand(node);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      return this.#callCell("import", this.#all(node.arguments));
    }
    if (ts.isCallExpression(node) || ts.isTaggedTemplateExpression(node)) return this.#call(node);
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword)
      return this.#ofCell("meta");
    if (ts.isAwaitExpression(node) || isAsyncYield(node)) return this.#resume(this.#deeper(node));
    if (ts.isForOfStatement(node) && node.awaitModifier) return this.#forAwait(node);
    return this.#deeper(node);
  };

  #ofCell(member: string): ts.Identifier {
    return this.#factory.createIdentifier(`${this.#renamed.own.cell}.${member}`);
  }

  #deeper(node: ts.Node): ts.Node {
    return ts.visitEachChild(node, this.#visit, this.#context);
  }

  #all(nodes: ts.NodeArray<ts.Expression>): ts.Expression[] {
    return nodes.map((node) => this.#visit(node) as ts.Expression);
  }

  #identifier(node: ts.Identifier): ts.Expression | undefined {
    if (!this.#renamed.names.has(node.text)) return undefined;
    const symbol = this.#checker.getSymbolAtLocation(node);
    const by = symbol && this.#replaced.get(symbol);
    if (by === undefined) return undefined;
    const ref = this.#renamed.refs.get(node.text);
    if (by === `${ref}.v` && isRead(node)) {
      // Not `.v`, whose getter would call a function of each name in turn: V8 makes code for one place alone faster.
      const get = this.#factory.createIdentifier(`${ref}.get`);
      const read = this.#factory.createCallExpression(get, undefined, []);
      // V8 places a call of the value behind it, the reader at the name.
      return ts.setSourceMapRange(ts.setEmitFlags(read, ts.EmitFlags.NoTrailingSourceMap), node);
    }
    // A whole expression as the text of an identifier: it is printed as it stands.
    return ts.setSourceMapRange(this.#factory.createIdentifier(by), node);
  }

  /** `{ a }` becomes `{ a: __ref_a.v }`, in an object as in a pattern that is assigned to. */
  #shorthand(node: ts.ShorthandPropertyAssignment): ts.Node {
    const symbol = this.#checker.getShorthandAssignmentValueSymbol(node);
    const by = symbol && this.#replaced.get(symbol);
    if (by === undefined) return this.#deeper(node);
    const target = ts.setSourceMapRange(this.#factory.createIdentifier(by), node.name);
    const initial = node.objectAssignmentInitializer;
    const value = initial
      ? this.#factory.createAssignment(target, this.#visit(initial) as ts.Expression)
      : target;
    return this.#factory.createPropertyAssignment(node.name.text, value);
  }

  /** A function of another module must not get that module as its `this`. */
  #call(node: ts.CallExpression | ts.TaggedTemplateExpression): ts.Node {
    const callee = unwrapped(ts.isCallExpression(node) ? node.expression : node.tag);
    const replaced = ts.isIdentifier(callee) ? this.#identifier(callee) : undefined;
    if (!replaced) return this.#deeper(node);
    const factory = this.#factory;
    const bare = ts.isIdentifier(replaced)
      ? factory.createParenthesizedExpression(factory.createComma(factory.createNumericLiteral(0), replaced))
      : replaced;
    if (ts.isCallExpression(node)) {
      const given = this.#all(node.arguments);
      return ts.isCallChain(node)
        ? factory.updateCallChain(node, bare, node.questionDotToken, undefined, given)
        : factory.updateCallExpression(node, bare, undefined, given);
    }
    const template = this.#visit(node.template) as ts.TemplateLiteral;
    return factory.updateTaggedTemplateExpression(node, bare, undefined, template);
  }

  #resume(waited?: ts.Node): ts.CallExpression {
    return this.#callCell("resume", waited ? [waited as ts.Expression] : []);
  }

  #callCell(member: string, given: readonly ts.Expression[]): ts.CallExpression {
    return this.#factory.createCallExpression(this.#ofCell(member), undefined, given);
  }

  /** A cell's `export * from "m"` with names: its own are known when it is emitted. */
  #exportAll(node: ts.ExportDeclaration): ts.Node {
    if (this.#options.kind === "module" || node.exportClause || !node.moduleSpecifier) return node;
    const module = this.#checker.getSymbolAtLocation(node.moduleSpecifier);
    const own = this.#checker.getSymbolAtLocation(this.#file)?.exports;
    const names = (module ? this.#checker.getExportsOfModule(module) : []).filter(
      (symbol) => symbol.name !== "default" && !own?.has(symbol.escapedName) && this.#isValue(symbol),
    );
    const factory = this.#factory;
    const clause = factory.createNamedExports(
      names.map(({ name }) => factory.createExportSpecifier(false, undefined, name)),
    );
    const { modifiers, isTypeOnly, moduleSpecifier, attributes } = node;
    return factory.updateExportDeclaration(node, modifiers, isTypeOnly, clause, moduleSpecifier, attributes);
  }

  /** What TypeScript would make of them reaches no file of the reader's and no name of an earlier cell. */
  #importEquals(node: ts.ImportEqualsDeclaration): ts.Node {
    const symbol = this.#checker.getSymbolAtLocation(node.name);
    // TypeScript leaves out what is a type alone.
    if (node.isTypeOnly || !symbol || !this.#isValue(symbol)) return node;
    const value = this.#referenced(node.moduleReference);
    if (!value) return node;
    const { factory } = this.#context;
    const declaration = factory.createVariableDeclaration(node.name, undefined, undefined, value);
    const list = factory.createVariableDeclarationList([declaration], ts.NodeFlags.Const);
    return ts.setTextRange(factory.createVariableStatement(node.modifiers, list), node);
  }

  #referenced(reference: ts.ModuleReference): ts.Expression | undefined {
    if (ts.isIdentifier(reference)) return this.#identifier(reference);
    if (ts.isQualifiedName(reference)) {
      const left = this.#referenced(reference.left);
      return left && this.#factory.createPropertyAccessExpression(left, reference.right);
    }
    const specifier = reference.expression;
    if (!ts.isStringLiteral(specifier) || !this.#options.isLocal(specifier.text)) return undefined;
    const loaded = this.#factory.createAwaitExpression(this.#callCell("import", [specifier]));
    return this.#callCell("whole", [loaded]);
  }

  /** In a cell it is no more than an expression. */
  #exportWhole(node: ts.ExportAssignment): ts.Node {
    const symbol = this.#checker.getSymbolAtLocation(node.expression);
    if (this.#options.kind === "cell" || (symbol && !this.#isValue(symbol))) return this.#deeper(node);
    const call = this.#callCell("exportWhole", [this.#visit(node.expression) as ts.Expression]);
    return ts.setTextRange(this.#factory.createExpressionStatement(call), node);
  }

  #isValue(symbol: ts.Symbol): boolean {
    const target = symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
    return this.#checker.isUnknownSymbol(target) || (target.flags & ts.SymbolFlags.Value) !== 0;
  }

  #forAwait(node: ts.ForOfStatement): ts.Node {
    const visited = this.#deeper(node) as ts.ForOfStatement;
    const body = this.#factory.createBlock(
      [this.#factory.createExpressionStatement(this.#resume()), visited.statement],
      true,
    );
    return this.#factory.updateForOfStatement(
      visited,
      visited.awaitModifier,
      visited.initializer,
      visited.expression,
      body,
    );
  }

  #takeResult(statements: ts.NodeArray<ts.Statement>): readonly ts.Statement[] {
    const at = statements.findLastIndex((statement) => !isDeclarationOfOtherCells(statement));
    const last = statements[at];
    if (!last || !(ts.isExpressionStatement(last) || ts.isExportAssignment(last))) return statements;
    // A call and no assignment, which would give a function without a name the name of the variable.
    const result = this.#factory.createCallExpression(this.#ofCell("show"), undefined, [last.expression]);
    return [
      ...statements.slice(0, at),
      ts.setTextRange(this.#factory.createExpressionStatement(result), last),
      ...statements.slice(at + 1),
    ];
  }
}
