import path from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { publicNames } from "../publicDoor";

const own = path.resolve(__dirname, "..", "..", "src");

/** Members of the interfaces and classes behind the door, which have no docstring. */
function undocumented(): string[] {
  const declarations = publicNames()
    .names.flatMap(({ symbol }) => symbol.declarations ?? [])
    .filter((declaration) => declaration.getSourceFile().fileName.startsWith(own));
  return declarations.flatMap((declaration) => {
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
