// What src/index.ts exports, with what its drawers hold.
import path from "node:path";
import ts from "typescript";

const root = path.resolve(__dirname, "..");
const door = path.join(root, "src", "index.ts");

/** A name behind the public door. */
export interface PublicName {
  /** As a cell writes it after `igds.`. */
  readonly name: string;
  /** Where it is declared. */
  readonly symbol: ts.Symbol;
}

/** All of them, and the compiler's knowledge of their types. */
export function publicNames(): { names: PublicName[]; checker: ts.TypeChecker } {
  const read = ts.readConfigFile(path.join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, root);
  const program = ts.createProgram([door], options);
  const checker = program.getTypeChecker();
  const within = (module: ts.Symbol, drawer: string): PublicName[] =>
    checker.getExportsOfModule(module).flatMap((exported) => {
      const alias = exported.flags & ts.SymbolFlags.Alias;
      const symbol = alias ? checker.getAliasedSymbol(exported) : exported;
      const name = drawer + exported.name;
      return symbol.flags & ts.SymbolFlags.ValueModule ? within(symbol, `${name}.`) : [{ name, symbol }];
    });
  const source = program.getSourceFile(door) as ts.Node;
  return { names: within(checker.getSymbolAtLocation(source) as ts.Symbol, ""), checker };
}
