// `{ a }` with `a` from an earlier cell: tslab turns names of earlier cells into `exports.a`, but takes the name
// in a shorthand property for that of the property. Here `{ a }` becomes `{ a: a }` before tslab looks at it.

import type * as TypeScript from "typescript";

type Compiler = typeof TypeScript;
type Emit = TypeScript.BuilderProgram["emit"];

/** Makes a program expand shorthand properties whenever it emits. */
export function expandShorthands<P extends TypeScript.BuilderProgram>(ts: Compiler, builder: P): P {
  const emit: Emit = builder.emit.bind(builder);
  builder.emit = (file, write, cancel, onlyDeclarations, transformers) => {
    seeThroughShorthands(ts, builder.getProgram().getTypeChecker());
    const before = [expansion(ts), ...(transformers?.before ?? [])];
    return emit(file, write, cancel, onlyDeclarations, { ...transformers, before });
  };
  return builder;
}

function expansion(ts: Compiler): TypeScript.TransformerFactory<TypeScript.SourceFile> {
  return (context) => (file) => {
    const visit = (node: TypeScript.Node): TypeScript.Node => {
      if (!ts.isShorthandPropertyAssignment(node) || node.objectAssignmentInitializer)
        return ts.visitEachChild(node, visit, context);
      const value = ts.setOriginalNode(ts.factory.createIdentifier(node.name.text), node.name);
      return ts.factory.createPropertyAssignment(ts.factory.createIdentifier(node.name.text), value);
    };
    return ts.visitNode(file, visit) as TypeScript.SourceFile;
  };
}

const seeing = new WeakSet<TypeScript.TypeChecker>();

/** The symbol at the name of a shorthand property becomes that of the variable, not of the property. */
function seeThroughShorthands(ts: Compiler, checker: TypeScript.TypeChecker): void {
  if (seeing.has(checker)) return;
  seeing.add(checker);
  const symbolAt = checker.getSymbolAtLocation.bind(checker);
  checker.getSymbolAtLocation = (node) => {
    const { parent } = ts.getParseTreeNode(node) ?? node;
    return parent && ts.isShorthandPropertyAssignment(parent)
      ? checker.getShorthandAssignmentValueSymbol(parent)
      : symbolAt(node);
  };
}
