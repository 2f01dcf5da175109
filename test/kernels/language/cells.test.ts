// Names and types across cells, and the syntax that cells may use.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Notebook } from "./notebook";

let notebook: Notebook;
beforeAll(() => {
  notebook = new Notebook();
});
afterAll(() => notebook.close());

const run = (code: string) => notebook.run(code);

describe("names across cells", () => {
  it("keeps values, functions, classes and types", async () => {
    await run(
      "let n: number = 1; const list = [1, 2]; class Box<T> { constructor(readonly value: T) {} }\n" +
        "interface Point { x: number } type Name = string; enum Color { Red, Green }\n" +
        "function twice(x: number) { return 2 * x }",
    );
    expect(
      await run("const p: Point = { x: twice(n) }; new Box(p).value.x + list.length + Color.Green"),
    ).toBe(5);
    expect(notebook.complaints("const q: Point = { y: 1 };")).toEqual([
      expect.stringContaining("1:20 Object literal may only specify known properties"),
    ]);
    expect(notebook.complaints("const s: Name = 1;\nlet b: Box<string> = new Box(1);")).toHaveLength(2);
  });

  it("lets functions of an earlier cell see later assignments", async () => {
    await run("let seen = 1; const look = () => seen;");
    expect(await run("seen = 5; look()")).toBe(5);
    expect(await run("seen++; ({ seen } = { seen: seen * 2 }); [look(), seen]")).toEqual([12, 12]);
    await run("var shared = 'a'; function change(to: string) { shared = to }");
    expect(await run("change('b'); shared")).toBe("b");
  });

  it("has no name of its own in the way of a cell's", async () => {
    const own = new Notebook();
    await own.run(
      "let $ = 1; let __value = 1; const __m0 = 5; import { sep } from 'node:path'; const at = sep;",
    );
    expect(await own.run("$ = 2; __value = 3; [$, __value, __m0, at]")).toEqual([2, 3, 5, "/"]);
    expect(
      await own.run(
        "import { createRequire } from 'node:module'; import { dirname } from 'node:path';\n" +
          "const require = createRequire(import.meta.url); const __dirname = dirname(import.meta.url);\n" +
          "[typeof require('node:path').join, __dirname.startsWith('file:')]",
      ),
    ).toEqual(["function", true]);
    own.close();
  });

  it("checks assignments to names of earlier cells", async () => {
    await run("let count = 1; const fixed = 1; function fn() {}");
    expect(notebook.complaints("count = 'a'")).toEqual([
      "1:1 Type 'string' is not assignable to type 'number'.",
    ]);
    expect(notebook.complaints("fixed = 2")).toEqual([
      "1:1 Cannot assign to 'fixed' because it is a constant.",
    ]);
  });

  it("takes the newest declaration, with its new type, also inside functions of earlier cells", async () => {
    await run("const step = () => 'old'; const both = 1;");
    await run("const useStep = () => step();");
    await run("const step = () => 'new';");
    expect(await run("useStep()")).toBe("new");
    await run("class both { static made = 3 }");
    expect(await run("both.made")).toBe(3);
    await run("const both = 'text'; type both = number");
    expect(await run("const b: both = 4; both.length + b")).toBe(8);
  });

  it("looks for no name that a variable cannot have, such as that of a default export", async () => {
    await run(
      "export default function made() { return 1 }\nconst one = 1; export { one as if, one as 'a b' };",
    );
    expect(await run("const o = { default: made(), if: one }; o.default + o.if")).toBe(2);
    await run("export default class Made { m = 3 }");
    expect(await run("[{ default: 1 }.default, new Made().m]")).toEqual([1, 3]);
  });

  it("keeps values apart that were made by an older class of the same name", async () => {
    await run("class Shape { area() { return 1 } } const old = new Shape();");
    await run("class Shape { volume() { return 2 } }");
    expect(await run("old.area() + new Shape().volume()")).toBe(3);
    expect(notebook.complaints("old.volume()")).toHaveLength(1);
  });

  it("keeps what a failing cell declared before it failed, and nothing of the rest", async () => {
    await run("const later = 'before';");
    await expect(
      run("const early = 1;\nlet changed = 2;\n(() => { throw new RangeError('far') })();\nconst later = 3;"),
    ).rejects.toThrow("far");
    expect(await run("[early, changed, later]")).toEqual([1, 2, "before"]);
    expect(await run("changed = 4; changed")).toBe(4);
  });

  it("keeps an older enum, namespace or var that a failing cell did not come to", async () => {
    await run(
      "enum Colour { red = 1 }\nnamespace Inner { export const a = 2; }\nvar loose: number | undefined = 3;",
    );
    const again =
      "enum Colour { red = 4 }\nnamespace Inner { export const a = 5; }\nvar loose: number | undefined = 6;";
    await expect(run(`(() => { throw new RangeError("early") })();\n${again}`)).rejects.toThrow("early");
    expect(await run("[Colour.red, Inner.a, loose]")).toEqual([1, 2, 3]);
    await run(`${again}\nloose = undefined;`);
    expect(await run("[Colour.red, Inner.a, loose]")).toEqual([4, 5, undefined]);
  });

  it("shows older values to the code of a cell that declares the name anew", async () => {
    await run("let older = 1; const getOlder = () => older;");
    expect(await run("const read = getOlder(); let older = 2; [read, getOlder()]")).toEqual([1, 1]);
    await run("const showOlder = () => older");
    expect(await run("showOlder()")).toBe(2);
  });

  it("sees destructured names, var in blocks and names in shorthand properties", async () => {
    await run(
      "const [first, { second: [third] }] = [1, { second: [3] }]; for (var i = 0; i < 4; i++) { var inner = i }",
    );
    expect(await run("({ first, third, i, inner })")).toEqual({ first: 1, third: 3, i: 4, inner: 3 });
    expect(await run("[1, 2].map((first) => ({ first, third }))")).toEqual([
      { first: 1, third: 3 },
      { first: 2, third: 3 },
    ]);
  });

  it("refers to earlier cells in default values, templates, classes and generics", async () => {
    await run(
      "class Animal { constructor(readonly name = 'a') {} } const suffix = '!'; const tag = (s: TemplateStringsArray) => s[0]",
    );
    expect(
      await run(
        "class Dog extends Animal { loud(s = suffix) { return `${this.name}${s}` } }\n" +
          "const dogs = new Map<string, Animal>(); [new Dog().loud(), tag`x`, dogs.size]",
      ),
    ).toEqual(["a!", "x", 0]);
  });

  it("calls functions of earlier cells without a this", async () => {
    await run("function self(this: unknown) { return this }");
    expect(await run("self()")).toBeUndefined();
    for (const call of ["(self)()", "(self as any)()", "self!()", "(self satisfies unknown as any)?.()"])
      expect(await run(call)).toBeUndefined();
  });

  it("lets go of what a name meant before", async () => {
    const seen: WeakRef<object>[] = [];
    (globalThis as { see?: (value: object) => void }).see = (value) => seen.push(new WeakRef(value));
    for (let i = 0; i < 6; i++)
      await run(`const big = { i: ${i} }; (globalThis as any).see(big); const f = () => big.i; big`);
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    await new Promise((done) => setTimeout(done, 20));
    collect();
    expect(await run("f()")).toBe(5);
    expect(seen.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(3);
  });

  it("forgets a thousand cells that nothing refers to", async () => {
    for (let i = 0; i < 120; i++) await run(`const same = ${i};`);
    expect(await run("same")).toBe(119);
    expect(notebook.compiler.program.cells.count).toBeLessThan(100);
  });
});

describe("syntax", () => {
  const cases: Record<string, [code: string, value: unknown]> = {
    "top-level await": ["await Promise.resolve(3)", 3],
    "for await": ["let sum = 0; for await (const v of [1, Promise.resolve(2)]) sum += v; sum", 3],
    satisfies: ["const o = { a: 1 } satisfies Record<string, number>; o.a", 1],
    using: [
      "const log: string[] = []; { using r = { [Symbol.dispose]() { log.push('end') } }; log.push('in') } log",
      ["in", "end"],
    ],
    "await using": [
      "const l2: string[] = []; { await using r = { async [Symbol.asyncDispose]() { l2.push('end') } } } l2",
      ["end"],
    ],
    "using at the top": [
      "using top = { [Symbol.dispose]() { (globalThis as any).gone = true } }; (globalThis as any).gone ?? false",
      false,
    ],
    decorators: [
      "function plus(f: () => number, c: ClassMethodDecoratorContext) { return function (this: unknown) { return f.call(this) + 1 } }\n" +
        "class Decorated { @plus one() { return 1 } }\nnew Decorated().one()",
      2,
    ],
    accessor: ["class Acc { accessor v = 3 } new Acc().v", 3],
    "import attributes": ["import d from './d.json' with { type: 'json' }; d.x", 1],
    enum: ["enum E1 { A = 2 } E1.A + E1['A']", 4],
    "const enum": ["const enum CE { A = 5 } CE.A", 5],
    namespace: ["namespace N1 { export const a = 1; export type T = number } const t: N1.T = N1.a; t", 1],
    export: [
      "export const ex = 3; export function exf() { return ex } export class ExC {} export { ex as renamed }; exf()",
      3,
    ],
    "export default": ["export default 1 + 1", 2],
    "generic arrow": ["const id = <T,>(x: T) => x; id(3)", 3],
    "angle-bracket assertion": ["const anyV: any = 'a'; (<string>anyV).length", 1],
    "import x = require": ["import fs2 = require('fs'); typeof fs2.readFileSync", "function"],
    "dynamic import": ["(await import('node:path')).posix.sep", "/"],
    "import.meta and __dirname": [
      "[import.meta.dirname === __dirname, __filename.startsWith(__dirname)]",
      [true, true],
    ],
    "a string alone": ["'use strict'", "use strict"],
    "a regular expression first": ["/a/.test('a')", true],
    "an object": ["({ a: 1 })", { a: 1 }],
    "a comment at the end": ["3 // three", 3],
    "a first line for the shell": ["#!/usr/bin/env tsx\n1 + 2", 3],
    "nothing but a comment": ["// nothing", undefined],
    nothing: ["", undefined],
    "optional call": ["const maybe = undefined as (() => number) | undefined; maybe?.()", undefined],
    "TSX with a factory": [
      "/** @jsx h */\nfunction h(t: string, p: object | null, ...c: unknown[]) { return [t, p, c] }\n" +
        "declare global { namespace JSX { interface IntrinsicElements { [k: string]: any } } }\n<div id='a'>{1}</div>",
      ["div", { id: "a" }, [1]],
    ],
  };
  beforeAll(() => notebook.write("d.json", '{ "x": 1 }'));
  for (const [name, [code, value]] of Object.entries(cases)) {
    it(name, async () => expect(await run(code)).toEqual(value));
  }

  it("uses const enums, namespaces and exports of earlier cells", async () => {
    expect(await run("[CE.A, N1.a, exf(), ex]")).toEqual([5, 1, 3, 3]);
  });

  it("says what this Node does not have", () => {
    if (Number(process.versions.node.split(".")[0]) >= 22) return;
    expect(notebook.complaints("Array.fromAsync([1])")).toHaveLength(1);
  });

  it("respects @ts-nocheck and @ts-expect-error", () => {
    expect(notebook.complaints("// @ts-nocheck\nconst bad: number = 'a';")).toEqual([]);
    expect(notebook.complaints("// @ts-expect-error\nconst bad2: number = 'a';")).toEqual([]);
  });

  it("places complaints where the reader wrote, on the first line and later", () => {
    expect(notebook.complaints("const a1: number = 'a';\n  let b1: string = 3;")).toEqual([
      "1:7 Type 'string' is not assignable to type 'number'.",
      "2:7 Type 'number' is not assignable to type 'string'.",
    ]);
    expect(notebook.complaints("/* first */ let c1: string = 3;")).toEqual([
      "1:17 Type 'number' is not assignable to type 'string'.",
    ]);
    expect(notebook.complaints("const broken = ;")[0]).toBe("1:16 Expression expected.");
  });
});

describe("rules", () => {
  it("follows the folder's tsconfig.json", async () => {
    const strict = new Notebook({
      "tsconfig.json": '{ "compilerOptions": { "strict": true, "noUnusedLocals": true } }',
    });
    const loose = new Notebook({ "tsconfig.json": '{ "compilerOptions": { "strict": false } }' });
    const bare = new Notebook();
    const implicit = "const f = (x) => x; let maybe: string | undefined; function g(u) { return u.length }";
    const nullable = "const text: string = null;";
    // Without a tsconfig, too, [] and null grow into what is put in later, also by a later cell.
    await bare.run(
      "const losses = []; let best = null; for (let i = 0; i < 3; i++) { losses.push(i); best = i }",
    );
    expect(await bare.run("losses.push(7); best = losses.length; best")).toBe(4);
    expect(strict.complaints(implicit)).not.toEqual([]);
    expect([loose.complaints(implicit), bare.complaints(implicit)]).toEqual([[], []]);
    expect(loose.complaints(nullable)).toEqual([]);
    expect([strict.complaints(nullable).length, bare.complaints(nullable).length]).toEqual([1, 1]);
    for (const one of [strict, loose, bare]) one.close();
  });
});
