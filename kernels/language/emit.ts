// How a checked module becomes code that the kernel can run: the body of an async function, not an ES module.
//
//   names of earlier cells   a              ->  __scope.a             (always the newest value)
//   imports                  b              ->  __m0.b, after `const __m0 = await __cell.import("m")`
//   import("m"), import.meta                ->  __cell.import("m"), __cell.meta
//   await p                                 ->  __cell.resume(await p)   (an interrupted cell ends here)
//   last expression of a cell               ->  __cell.show(expression)
//   export default e                        ->  __cell.default = e

import ts from "typescript";
import { RunnableModule } from "./runnableModule";

export interface EmitOptions {
  /** Whether a specifier names an earlier cell. */
  readonly isCell: (specifier: string) => boolean;
  /** A cell has a result; a local module does not. */
  readonly kind: "cell" | "module";
  /** Root name of what makes JSX elements (`React`, `h`), where the old transformation calls it by name. */
  readonly jsxFactory: string | undefined;
}

/** What the emitted code refers to by other names than the source does. */
export interface Renamed {
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
  /** What the names of imported modules begin with: nothing that stands in the file. */
  readonly #modulePrefix: string;
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
    let prefix = "__m";
    while (file.text.includes(prefix)) prefix += "_";
    this.#modulePrefix = prefix;
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
    const module = fromCell ? "__scope" : `${this.#modulePrefix}${this.#renamed.modules.size}`;
    if (!fromCell) this.#renamed.modules.set(statement, module);
    const clause = statement.importClause;
    if (clause?.name) this.#replace(clause.name, `${module}.default`);
    const bindings = clause?.namedBindings;
    if (!bindings) return;
    if (ts.isNamespaceImport(bindings)) this.#replace(bindings.name, module);
    // A value of the same name may come from elsewhere.
    else
      for (const { isTypeOnly, name, propertyName } of bindings.elements)
        if (!isTypeOnly) this.#replace(name, member(module, (propertyName ?? name).text));
  }

  /** `declare let n: typeof import("an earlier cell").n` stands for the `n` of that cell. */
  #readAmbient(statement: ts.VariableStatement): void {
    for (const { name, type } of statement.declarationList.declarations) {
      if (!type || !ts.isImportTypeNode(type) || !ts.isLiteralTypeNode(type.argument)) continue;
      const from = type.argument.literal;
      if (ts.isStringLiteral(from) && this.#options.isCell(from.text) && ts.isIdentifier(name))
        this.#replace(name, member("__scope", name.text));
    }
  }

  #replace(name: ts.Identifier, by: string): void {
    const symbol = this.#checker.getSymbolAtLocation(name);
    if (!symbol) return;
    this.#replaced.set(symbol, by);
    this.#renamed.names.set(name.text, by);
  }

  readonly #visit = (node: ts.Node): ts.Node => {
    if (ts.isIdentifier(node)) return this.#identifier(node) ?? node;
    if (hasNoCode(node)) return node;
    if (ts.isShorthandPropertyAssignment(node)) return this.#shorthand(node);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const load = this.#factory.createIdentifier("__cell.import");
      return this.#factory.createCallExpression(load, undefined, this.#all(node.arguments));
    }
    if (ts.isCallExpression(node) || ts.isTaggedTemplateExpression(node)) return this.#call(node);
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword)
      return this.#factory.createIdentifier("__cell.meta");
    if (ts.isAwaitExpression(node)) return this.#resume(this.#deeper(node) as ts.AwaitExpression);
    if (ts.isForOfStatement(node) && node.awaitModifier) return this.#forAwait(node);
    return this.#deeper(node);
  };

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
    // A whole expression as the text of an identifier: it is printed as it stands.
    return ts.setSourceMapRange(this.#factory.createIdentifier(by), node);
  }

  /** `{ a }` becomes `{ a: __scope.a }`, in an object as in a pattern that is assigned to. */
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
    const bare = factory.createParenthesizedExpression(
      factory.createComma(factory.createNumericLiteral(0), replaced),
    );
    if (ts.isCallExpression(node)) {
      const { questionDotToken } = node;
      const call = questionDotToken
        ? factory.updateCallChain(
            node as ts.CallChain,
            bare,
            questionDotToken,
            undefined,
            this.#all(node.arguments),
          )
        : factory.updateCallExpression(node, bare, undefined, this.#all(node.arguments));
      return call;
    }
    const template = this.#visit(node.template) as ts.TemplateLiteral;
    return factory.updateTaggedTemplateExpression(node, bare, undefined, template);
  }

  #resume(waited?: ts.AwaitExpression): ts.CallExpression {
    const resume = this.#factory.createIdentifier("__cell.resume");
    return this.#factory.createCallExpression(resume, undefined, waited ? [waited] : []);
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
    const result = this.#factory.createCallExpression(
      this.#factory.createIdentifier("__cell.show"),
      undefined,
      [last.expression],
    );
    return [
      ...statements.slice(0, at),
      ts.setTextRange(this.#factory.createExpressionStatement(result), last),
      ...statements.slice(at + 1),
    ];
  }
}

/** What may stand behind the reader's last statement. */
function isDeclarationOfOtherCells(statement: ts.Statement): boolean {
  if (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) return true;
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) === true;
}

/** Types, and statements that are dealt with afterwards. */
function hasNoCode(node: ts.Node): boolean {
  return (
    (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) ||
    ts.isTypeParameterDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node)
  );
}

function member(object: string, name: string): string {
  // `import { "any text" as a }` is allowed.
  return /^[\p{L}\p{Nl}$_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}$]*$/u.test(name)
    ? `${object}.${name}`
    : `${object}[${JSON.stringify(name)}]`;
}

/** What parentheses and types are about: `f` of `(f as any)!`. */
function unwrapped(node: ts.Expression): ts.Expression {
  const inner =
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isTypeAssertionExpression(node);
  return inner ? unwrapped(node.expression) : node;
}
