// Completion, inspection, completeness, stack traces: what helps while writing.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { completenessOf } from "../../../kernels/language/completeness";
import { completionsAt } from "../../../kernels/language/completion";
import { askedAbout } from "../../../kernels/language/help";
import { inspectAt } from "../../../kernels/language/inspection";
import { moduleOfCell } from "../../../kernels/language/moduleCell";
import { installStackTraces } from "../../../kernels/language/stackTraces";
import { Notebook } from "./notebook";

let notebook: Notebook;
beforeAll(async () => {
  notebook = new Notebook();
  await notebook.run(
    "/** Adds one.\n * @param x a number\n */\nfunction addOne(x: number): number { return x + 1 }\n" +
      "let total = 1; class Person { firstName = ''; lastName = '' } const person = new Person();",
  );
});
afterAll(() => notebook.close());

const complete = (code: string, at = code.length) => {
  const { items, start, end } = completionsAt(notebook.compiler, code, at);
  return { names: items.map(({ text }) => text), start, end };
};
const inspect = (code: string, at = code.length) => inspectAt(notebook.compiler, code, at);

describe("completion", () => {
  it("knows names of earlier cells, members and globals", () => {
    expect(complete("addO").names[0]).toBe("addOne");
    expect(complete("person.").names).toEqual(expect.arrayContaining(["firstName", "lastName"]));
    expect(complete("consol").names[0]).toBe("console");
    expect(complete("const own = 1; ow").names[0]).toBe("own");
  });

  it("says what names of earlier cells are", async () => {
    await notebook.run("const fixedName = 1; enum ColorName { Red }");
    const kinds = completionsAt(notebook.compiler, "", 0).items;
    const kindOf = (name: string) => kinds.find(({ text }) => text === name)?.kind;
    expect(["addOne", "total", "Person", "person", "fixedName", "ColorName"].map(kindOf)).toEqual([
      "function",
      "let",
      "class",
      "const",
      "const",
      "enum",
    ]);
  });

  it("replaces the whole word under the cursor", () => {
    expect(complete("let a = person.first + 1", 20)).toMatchObject({ start: 15, end: 20 });
    expect(complete("person.fir", 8)).toMatchObject({
      start: 7,
      names: expect.arrayContaining(["firstName"]),
    });
  });

  it("replaces of a path what the entries stand for", () => {
    const code = "import fs from 'node:f";
    const { names, start, end } = complete(code);
    const done = names.map((name) => code.slice(0, start) + name + code.slice(end));
    expect(done).toContain("import fs from 'node:fs");
  });

  it("works in code that is not finished", () => {
    expect(complete("function f() {\n  if (total) { person.last").names[0]).toBe("lastName");
    expect(complete("[1, 2].map((v) => v.toFix").names[0]).toBe("toFixed");
  });
});

describe("inspection", () => {
  it("gives signature and documentation, after the name and among the arguments", () => {
    for (const code of ["addOne", "addOne(", "addOne(total"]) {
      const at = code === "addOne(total" ? 7 : undefined;
      expect(inspect(code, at)?.signature).toMatch(/addOne\(x: number\): number|total/);
    }
    expect(inspect("addOne(")?.documentation).toContain("Adds one.");
    expect(inspect("addOne(")?.documentation).toContain("*@param* x a number");
    expect(inspect("person.firstName")?.signature).toBe("(property) Person.firstName: string");
  });

  it("finds nothing for unknown names and empty places", () => {
    expect(inspect("nobodyKnowsThis")).toBeUndefined();
    expect(inspect("")).toBeUndefined();
  });
});

describe("completeness", () => {
  const expected: Record<string, string[]> = {
    complete: [
      "",
      "1 + 1",
      "const a = 1;",
      "function f() {}",
      "`a${1}`",
      "if (a) b()",
      "// c",
      "a\n  .b()",
      "<div/>",
      "class A {}",
    ],
    incomplete: [
      "function f() {",
      "foo(",
      "[1,",
      "const a =",
      "`abc",
      "/* abc",
      "if (x)",
      "a +",
      "class A {",
      "import {a} from",
      "({ a: 1",
      "for (const x of y) {\n  z()",
      "x.",
      "`a${b",
      "<div>",
    ],
    invalid: ["}", "1 +* 2", "const = 3", "'abc", "let let = 1 1", "foo())", "f( ]"],
  };
  for (const [status, codes] of Object.entries(expected)) {
    for (const code of codes)
      it(`${JSON.stringify(code)} is ${status}`, () => expect(completenessOf(code).status).toBe(status));
  }

  it("indents the next line", () => {
    expect(completenessOf("function f() {")).toEqual({ status: "incomplete", indent: "  " });
    expect(completenessOf("function f() {\n  if (a) {")).toEqual({ status: "incomplete", indent: "    " });
    expect(completenessOf("function f() {\n  a()")).toEqual({ status: "incomplete", indent: "  " });
  });
});

describe("stack traces", () => {
  it("point to cell, line and column as written", async () => {
    installStackTraces();
    const failing = "const o: any = undefined;\n\nfunction boo(): void {\n  o.x.y;\n}\n  boo();";
    const error = await notebook.run(failing).catch((error: Error) => error);
    expect((error as Error).stack).toMatch(/at boo \(Cell \[\d+\]:4:5\)\n\s+at Cell \[\d+\]:6:3/);
  });

  it("are right on the first line, where declarations were inserted", async () => {
    const error = await notebook
      .run("const t1 = total; throw new Error(`x${t1}`)")
      .catch((error: Error) => error);
    expect((error as Error).stack).toMatch(/Cell \[\d+\]:1:25/);
  });

  it("point into local files", async () => {
    notebook.write(
      "fails.ts",
      "interface Long { a: 1 }\n\nexport function fail(): never {\n  throw new Error('no');\n}",
    );
    const error = await notebook.run("import { fail } from './fails'; fail()").catch((error: Error) => error);
    expect((error as Error).stack).toMatch(/at (Module\.)?fail \(.*fails\.ts:4:9\)/);
  });
});

describe("help", () => {
  it("is asked for by a question mark before or behind a name", () => {
    expect(["addOne?", " ?person.firstName ", "a.b ?;"].map(askedAbout)).toEqual([
      "addOne",
      "person.firstName",
      "a.b",
    ]);
    expect(["a ? b : c", "a?.b", "addOne", "?", "a?b", "'a'?"].map(askedAbout)).toEqual(
      Array(6).fill(undefined),
    );
  });
});

describe("module cells", () => {
  it("are told by their comment", () => {
    expect(moduleOfCell("/** @module tools */ export const a = 1")).toBe("tools");
    expect(moduleOfCell("/**\n * @jsx\n * @module my-tools\n */\n")).toBe("my-tools");
    expect(moduleOfCell("const a = '/** @module tools */'")).toBeUndefined();
  });
});
