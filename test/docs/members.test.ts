import path from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

const root = path.resolve(__dirname, "..", "..");
const door = path.join(root, "src", "index.ts");

/** Members of the interfaces and classes that the door exports, which have no docstring. */
function undocumented(): string[] {
  const read = ts.readConfigFile(path.join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, root);
  const program = ts.createProgram([door], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(door);
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(source as ts.Node) as ts.Symbol);
  const own = exported
    .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
    .flatMap(({ declarations }) => declarations ?? [])
    .filter((declaration) => declaration.getSourceFile().fileName.startsWith(path.join(root, "src")));
  return own.flatMap((declaration) => {
    if (!ts.isInterfaceDeclaration(declaration) && !ts.isClassDeclaration(declaration)) return [];
    const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
    return [...declaration.members]
      .filter((member) => member.name && !(ts.getCombinedModifierFlags(member) & hidden))
      .filter((member) => ts.getJSDocCommentsAndTags(member).length === 0)
      .map((member) => `${declaration.name?.text}.${member.name?.getText()}`);
  });
}

it("every member of a public type says what it is", () => {
  expect(undocumented()).toEqual([]);
});
