// Runs code of the documentation as a cell would.
import ts from "typescript";
import { expect } from "vitest";
import type * as igds from "../src";
import { jupyterDisplay } from "../src";

/** Runs TypeScript with the names of `scope`, which it may declare anew; its last value shows itself, as in a cell. */
export async function runExample(example: string, scope: Record<string, unknown>): Promise<void> {
  const source = `async () => { ${withResult(example)}\n}`;
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.None, removeComments: false },
  });
  const body = outputText.trim().replace(/;$/, "");
  const work = new Function(...Object.keys(scope), `return (${body})();`) as (
    ...values: unknown[]
  ) => Promise<unknown>;
  const result = await work(...Object.values(scope));
  const shown = (result as Partial<igds.Displayable> | undefined)?.[jupyterDisplay];
  if (!shown) return;
  const bundle = await shown.call(result as igds.Displayable);
  // An empty bundle: it has been shown already.
  if (Object.keys(bundle).length > 0) expect(bundle).toHaveProperty("text/plain");
}

/** The code with its last expression returned. */
function withResult(code: string): string {
  const file = ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true);
  const last = file.statements.at(-1);
  if (!last || !ts.isExpressionStatement(last)) return code;
  return `${code.slice(0, last.getStart())}return ${code.slice(last.getStart())}`;
}
