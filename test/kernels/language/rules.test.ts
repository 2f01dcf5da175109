// What cells may use: of the language, of this Node, of the folder's rules; and what complaints advise.

import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { fromDiagnostics } from "../../../kernels/cellError";
import { librariesOf } from "../../../kernels/language/compilerOptions";
import { completenessOf } from "../../../kernels/language/completeness";
import { inspectAt } from "../../../kernels/language/inspection";
import { Notebook } from "./notebook";

describe("the language", () => {
  it("is that of this Node", async () => {
    const notebook = new Notebook();
    expect(await notebook.run('[/[\\p{L}--[a-z]]/v.test("B"), "a".isWellFormed()]')).toEqual([true, true]);
    const calls = ["Iterator.from([1])", "Array.fromAsync([1])"];
    const missing = Number(process.versions.node.split(".")[0]) < 22;
    for (const call of calls) expect(notebook.complaints(call)).toHaveLength(missing ? 1 : 0);
    notebook.close();
  });

  it("grows with Node", () => {
    expect(librariesOf(20)).not.toContain("lib.esnext.iterator.d.ts");
    expect(librariesOf(22)).toEqual(
      expect.arrayContaining(["lib.es2024.d.ts", "lib.esnext.iterator.d.ts", "lib.esnext.array.d.ts"]),
    );
    expect(librariesOf(24)).toContain("lib.esnext.d.ts");
  });

  it("needs no helpers from elsewhere, whatever the folder's rules say", async () => {
    const rules = '{ "compilerOptions": { "noEmitHelpers": true, "importHelpers": true } }';
    const notebook = new Notebook({ "tsconfig.json": rules });
    expect(await notebook.run("{ using r = { [Symbol.dispose]() {} }; } 1")).toBe(1);
    notebook.close();
  });
});

describe("a complaint", () => {
  const of = (notebook: Notebook, code: string) => {
    const compiled = notebook.compile(code);
    return compiled.ok ? [] : fromDiagnostics(code, compiled.diagnostics).traceback;
  };

  it("about a missing module says what to do", () => {
    const notebook = new Notebook();
    const advice = {
      "@scope/pack.age/sub": `npm install @scope/pack.age, in ${notebook.folder}`,
      "npm:missing@1": `npm install missing, in ${notebook.folder}, and import it without "npm:"`,
      "https://example.org/a.js": "Node loads nothing from the network",
      "node:nothing": "This version of Node has no such module",
    };
    for (const [specifier, text] of Object.entries(advice))
      expect(of(notebook, `import x from "${specifier}"`).join("\n")).toContain(text);
    expect(of(notebook, 'import x from "./missing"').join("\n")).not.toMatch(/npm|Node/);
    notebook.close();
  });

  it("marks its place behind tabs", () => {
    const notebook = new Notebook();
    const traceback = of(notebook, "{\n\t\tconst n: number = '';\n}");
    const plain = traceback.map((line) => stripVTControlCharacters(line));
    const at = plain.findIndex((line) => line.includes("const n"));
    expect(plain.slice(at, at + 2)).toEqual(["> 2 | \t\tconst n: number = '';", "    | \t\t      ^"]);
    notebook.close();
  });
});

describe("unfinished code", () => {
  const statuses = {
    "if (x) // c": "incomplete",
    "a && /* b */ // c": "incomplete",
    "function f()": "incomplete",
    "export async function f(a: number): Promise<void>": "incomplete",
    "const x": "incomplete",
    "const x: number": "incomplete",
    "declare const x: number": "complete",
    "declare function f(): void": "complete",
    "let x": "complete",
    "const x = 1": "complete",
    "const x;": "complete",
    "for (const x of y) x": "complete",
    "if (x) }": "invalid",
  };
  it.each(Object.entries(statuses))("%s", (code, status) => {
    expect(completenessOf(code).status).toBe(status);
  });

  it("tells what is called behind a comma, a blank or a line", () => {
    const notebook = new Notebook();
    for (const code of ["Math.max(1, ", "Math.max( ", "Math.max(\n  ", "Math.max(1, Math.min(2), "])
      expect(inspectAt(notebook.compiler, code, code.length)?.signature, code).toContain("Math.max");
    expect(inspectAt(notebook.compiler, "Math.max(1) ", 12)).toBeUndefined();
    notebook.close();
  });
});
