// Checks a cell against everything before it and turns it into JavaScript that the kernel can run.

import ts from "typescript";
import { type CellSource, cellSource, parseCell, problems } from "./cellSource";
import { type Diagnostic, inCell, inCode, inFile, isRelevant } from "./diagnostics";
import { type EmitOptions, type Renamed, transformers } from "./emit";
import { type Meaning, Names, typeApart } from "./names";
import { type OwnNames, ownNames } from "./ownNames";
import { Program } from "./program";

export interface RunnableCode {
  /** Body of an async function. */
  readonly js: string;
  readonly own: OwnNames;
  /** Name of an earlier cell -> variable that holds its Ref. */
  readonly refs: ReadonlyMap<string, string>;
  /** Expression that stands for a name, as V8 prints it in an error -> the name. */
  readonly names: ReadonlyMap<string, string>;
  /** Exported name -> expression for its value. */
  readonly exports: ReadonlyMap<string, string>;
  readonly map: string;
}

export interface CompiledCell extends RunnableCode {
  readonly source: CellSource;
  readonly meanings: ReadonlyMap<string, Meaning>;
}

export type Compilation =
  | { readonly ok: true; readonly cell: CompiledCell }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export class Compiler {
  readonly names = new Names();
  readonly program: Program;
  /** Versions of the reader's files that were checked and found right. */
  readonly #checked = new Map<string, string>();
  #kept = 0;
  /** A cell that is run again with nothing changed need not be compiled again. */
  #last: { readonly program: ts.Program; readonly cell: CompiledCell } | undefined;

  /**
   * @param folder the notebook's folder
   * @param globals file with the types of what every cell can use
   * @param provided modules that the kernel brings with it: specifier -> file with the types
   */
  constructor(folder: string, globals: string, provided: ReadonlyMap<string, string> = new Map()) {
    this.program = new Program(folder, globals, provided);
  }

  compile(code: string): Compilation {
    const source = cellSource(code, this.names, "run");
    if (source.syntaxErrors.length > 0) {
      const { code, syntaxErrors } = source;
      return { ok: false, diagnostics: syntaxErrors.map((error) => inCode(error, code)) };
    }
    const { program, file } = this.program.show(source);
    if (program === this.#last?.program && code === this.#last.cell.source.code)
      return { ok: true, cell: this.#last.cell };
    const diagnostics = this.#diagnostics(program, file, source);
    if (diagnostics.length > 0) return { ok: false, diagnostics };
    const checker = program.getTypeChecker();
    const cell = {
      source,
      meanings: meaningsOf(checker, file, source),
      ...this.#emit(program, file, "cell"),
    };
    this.#last = { program, cell };
    return { ok: true, cell };
  }

  /** Later cells see these names of the cell from now on. */
  keep(cell: CompiledCell, names: Iterable<string>): void {
    const kept = [...names];
    if (kept.length === 0 && cell.source.augments.length === 0) return;
    const specifier = this.program.cells.keep(cell.source);
    for (const name of kept) this.names.set(name, specifier, cell.meanings.get(name)!);
    // Looking for cells that nothing needs any more is only worth it now and then.
    if (++this.#kept % 50 === 0) this.program.cells.prune(this.names.files());
  }

  /** A `@module` cell: its complaints are returned. A cell that imports it is refused by the same as long as they last. */
  addModule(name: string, code: string): readonly Diagnostic[] {
    const extension = parseCell(code).fileName.endsWith(".tsx") ? ".tsx" : ".ts";
    const path = this.program.setModule(name, extension, `${code}\nexport {};`);
    const { program, file } = this.program.file(path);
    return this.#complaints(program, file).map((diagnostic) => inFile(diagnostic, this.program.folder));
  }

  /** A TypeScript file of the reader's, ready to run. */
  emitModule(path: string): RunnableCode {
    const { program, file } = this.program.file(path);
    return this.#emit(program, file, "module");
  }

  #diagnostics(program: ts.Program, file: ts.SourceFile, source: CellSource): Diagnostic[] {
    const own = this.#complaints(program, file).map((diagnostic) => inCell(diagnostic, source));
    const others: Diagnostic[] = [];
    // A file that has changed may have made others wrong that import it.
    if ([...this.#checked].some(([name, version]) => this.program.version(name) !== version))
      this.#checked.clear();
    for (const local of program.getSourceFiles()) {
      if (!this.program.isLocal(local)) continue;
      const version = this.program.version(local.fileName);
      if (this.#checked.get(local.fileName) === version) continue;
      const found = this.#complaints(program, local).map((diagnostic) =>
        inFile(diagnostic, this.program.folder),
      );
      if (found.length === 0) this.#checked.set(local.fileName, version);
      others.push(...found);
    }
    return [...own, ...others];
  }

  #emit(program: ts.Program, file: ts.SourceFile, kind: EmitOptions["kind"]): RunnableCode {
    const own = ownNames(file.text);
    const renamed: Renamed = {
      own,
      refs: new Map(),
      modules: new Map(),
      names: new Map(),
      exports: new Map(),
    };
    const options: EmitOptions = {
      kind,
      isCell: (specifier) => this.program.cells.fileOf(specifier) !== undefined,
      isLocal: (specifier) => this.program.localFile(specifier, file.fileName) !== undefined,
      jsxFactory: jsxFactory(file, this.program.rules.options),
    };
    const custom = transformers(program.getTypeChecker(), options, renamed);
    let js = "";
    let map = "";
    program.emit(
      file,
      (name, text) => {
        if (name.endsWith(".map")) map = text;
        else js = text;
      },
      undefined,
      false,
      custom,
    );
    // Inside a function, where it comes to stand, `#!` is no comment.
    js = js.replace(/^#!/, "//").replace(/\n\/\/# sourceMappingURL=.*\n?$/, "\n");
    const { refs, exports } = renamed;
    const names = new Map([...renamed.names].map(([name, expression]) => [expression, name]));
    for (const [name, ref] of refs)
      names.set(`${ref}.get(...)`, name).set(`${ref}.get is not a function or its return value`, name);
    return { js, map, own, refs, names, exports };
  }

  #complaints(program: ts.Program, file: ts.SourceFile): readonly ts.Diagnostic[] {
    const strict = this.program.rules.file !== undefined;
    const syntax = problems(file);
    const found = syntax.length > 0 ? syntax : program.getSemanticDiagnostics(file);
    return found.filter((diagnostic) => isRelevant(diagnostic, strict));
  }
}

/** What each name that a cell exports means to later cells. */
function meaningsOf(
  checker: ts.TypeChecker,
  file: ts.SourceFile,
  { declared }: CellSource,
): Map<string, Meaning> {
  const module = checker.getSymbolAtLocation(file);
  const exports = module ? checker.getExportsOfModule(module) : [];
  const names = new Set(exports.map(({ name }) => name));
  const ours = new Set([...names].map(typeApart));
  const meanings = new Map<string, Meaning>();
  for (const exported of exports) {
    // `export default`, `export { a as if }`: no cell can use the name as it is.
    if (!isName(exported.name) || ours.has(exported.name)) continue;
    // The rest of what the name means comes from an earlier cell.
    const here = declared.get(exported.name) ?? { value: true, type: true, imported: false };
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    // A module without types: nobody knows what the name is, so it may be used as anything.
    const unknown = checker.isUnknownSymbol(symbol);
    const value = unknown || (symbol.flags & ts.SymbolFlags.Value) !== 0;
    const type = unknown || (symbol.flags & (ts.SymbolFlags.Type | ts.SymbolFlags.Namespace)) !== 0;
    const apart = names.has(typeApart(exported.name));
    meanings.set(exported.name, {
      value: here.value && value,
      type: here.type && type,
      mutable: isMutable(symbol, file),
      imported: here.imported,
      both: value && type && !apart,
      apart,
    });
  }
  return meanings;
}

/** Whether a variable can have this name. */
function isName(text: string): boolean {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, text);
  const token = scanner.scan();
  const isFree = token === ts.SyntaxKind.Identifier || token > ts.SyntaxKind.LastFutureReservedWord;
  return isFree && scanner.getTokenEnd() === text.length;
}

function isMutable(symbol: ts.Symbol, file: ts.SourceFile): boolean {
  const declaration = symbol.valueDeclaration;
  if (!declaration || declaration.getSourceFile() !== file) return false;
  if (!ts.isVariableDeclaration(declaration) && !ts.isBindingElement(declaration)) return false;
  const constant = ts.NodeFlags.Const | ts.NodeFlags.Using | ts.NodeFlags.AwaitUsing;
  return (ts.getCombinedNodeFlags(declaration) & constant) === 0;
}

function jsxFactory(file: ts.SourceFile, options: ts.CompilerOptions): string | undefined {
  const { pragmas } = file as unknown as {
    pragmas?: Map<string, { arguments?: { factory?: string } } | readonly unknown[]>;
  };
  const pragma = pragmas?.get("jsx");
  const named = pragma && "arguments" in pragma ? pragma.arguments?.factory : undefined;
  const factory = named ?? options.jsxFactory ?? options.reactNamespace ?? "React";
  return factory.split(".")[0];
}
