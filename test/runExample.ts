// Compiles code of the documentation, and runs it as a cell would.
import path from "node:path";
import ts from "typescript";
import { expect } from "vitest";
import type * as igds from "../src";
import { jupyterDisplay } from "../src";

/** What the compiler finds wrong with modules that exist in memory alone, by their names; "igds" is this library to them. */
export function compilerFaults(modules: ReadonlyMap<string, string>): string[] {
  const root = path.resolve(__dirname, "..");
  const texts = new Map([...modules].map(([name, text]) => [path.join(__dirname, `${name}.ts`), text]));
  const { options } = ts.parseJsonConfigFileContent(
    {
      compilerOptions: {
        ...{ strict: true, noEmit: true, skipLibCheck: true, types: ["node"], lib: ["es2023"] },
        ...{ target: "es2022", module: "esnext", moduleResolution: "bundler" },
        paths: { igds: [path.join(root, "src")] },
      },
    },
    ts.sys,
    root,
  );
  const host = ts.createCompilerHost(options);
  const fromDisk = host.getSourceFile;
  host.getSourceFile = (file, ...rest) => {
    const text = texts.get(file);
    return text === undefined ? fromDisk(file, ...rest) : ts.createSourceFile(file, text, rest[0], true);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  const found = [...texts.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  });
  return found.map(
    ({ file, messageText }) =>
      `${path.parse(file?.fileName ?? "").name}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
  );
}

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
