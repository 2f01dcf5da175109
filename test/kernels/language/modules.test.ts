// What cells import: the reader's files with reloading, JSON, CommonJS and real ES modules.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Notebook } from "./notebook";

let notebook: Notebook;
beforeAll(() => {
  notebook = new Notebook({
    "lib.ts":
      "import { base } from './deep';\nexport const v: number = base;\nexport default function hi(s: string) { return 'hi ' + s }\n" +
      "export * from './other';\nexport { base as renamed } from './deep';\nexport * as deep from './deep';\nexport type T = string;",
    "deep.ts": "export const base = 1; export let moved = 0; export function move() { moved++ }",
    "other.ts": "export class K { k = 3 }\nexport enum E { A, B }",
    "a.ts": "import { b } from './b'; export const a = () => 'a' + b(); export const one = 1;",
    "b.ts": "import { one } from './a'; export const b = () => 'b' + one;",
    "data.json": '{ "x": [1, 2] }',
    "plain.mjs": "export const mjs = 'mjs';",
    "plain.cjs": "module.exports = { cjs: 'cjs' };",
    "tla.ts": "export const waited = await Promise.resolve(7);",
    "broken.ts": "export const bad: number = 'text';",
  });
  const addPackage = (name: string, manifest: object, files: Record<string, string>) => {
    const folder = path.join(notebook.folder, "node_modules", name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name, version: "1.0.0", ...manifest }));
    for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, file), text);
  };
  addPackage(
    "esm-only",
    { type: "module", exports: { import: "./index.js" } },
    { "index.js": "const late = await Promise.resolve('late'); export { late }; export default 'default';" },
  );
  addPackage(
    "old",
    { main: "index.js" },
    { "index.js": "function old() { return 'called' } old.named = 'named'; module.exports = old;" },
  );
  addPackage(
    "defaulted",
    {},
    { "index.js": "module.exports = function d() { return 'd' }; module.exports.default = 'its own';" },
  );
  addPackage(
    "marked",
    {},
    {
      "index.js":
        "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = 'd'; exports.n = 1;",
    },
  );
});
afterAll(() => notebook.close());
const run = (code: string) => notebook.run(code);

describe("imports", () => {
  it("takes the whole of a CommonJS module for its default, as Node does", async () => {
    expect(await run("import d from 'defaulted'; (d as () => string)()")).toBe("d");
  });

  it("holds a file that a cell loads by a computed path against no later cell", async () => {
    await expect(run("const wrong = './bro' + 'ken'; await import(wrong); 1")).resolves.toBe(1);
    expect(await run("1 + 1")).toBe(2);
  });

  it("checks a file again when one that it imports has changed", async () => {
    notebook.write("outer.ts", "import { inner } from './inner'; export const outer: number = inner;");
    notebook.write("inner.ts", "export const inner = 1;");
    expect(await run("import { outer } from './outer'; outer")).toBe(1);
    notebook.write("inner.ts", "export const inner = 'a text now';");
    expect(notebook.complaints("outer + 1")).toEqual([expect.stringMatching(/outer.ts.*not assignable/)]);
    notebook.write("inner.ts", "export const inner = 22;");
    expect(await run("import { outer } from './outer'; outer + 1")).toBe(23);
  });

  it("loads local TypeScript with all kinds of exports", async () => {
    expect(
      await run(
        "import hi, { v, K, E, renamed, deep, type T } from './lib'; const t: T = hi('x'); [t, v, new K().k, E.B, renamed, deep.base]",
      ),
    ).toEqual(["hi x", 1, 3, 1, 1, 1]);
    expect(await run("[hi('again'), E.A]")).toEqual(["hi again", 0]);
    expect(notebook.complaints("hi(1)")).toHaveLength(1);
  });

  it("keeps live bindings", async () => {
    expect(await run("import { moved, move } from './deep'; move(); move(); moved")).toBe(2);
    expect(await run("move(); moved")).toBe(3);
  });

  it("loads files that import each other", async () => {
    expect(await run("import { a } from './a'; a()")).toBe("ab1");
  });

  it("loads a file again when it or what it imports has changed, and only then", async () => {
    await run("import { move as m1 } from './deep'; m1()");
    expect(await run("import { moved as kept } from './deep'; kept")).toBe(4);
    notebook.write("other.ts", "export class K { k = 'new' }\nexport enum E { A, B }");
    expect(await run("import { K as K2 } from './lib'; const k2: string = new K2().k; k2")).toBe("new");
    expect(await run("import { moved as still } from './deep'; still")).toBe(4);
  });

  it("awaits inside a local file", async () => {
    expect(await run("import { waited } from './tla'; waited")).toBe(7);
  });

  it("reports type errors of a local file under its name, until they are mended", async () => {
    expect(notebook.complaints("import { bad } from './broken';")).toEqual([
      "broken.ts:1:14 Type 'string' is not assignable to type 'number'.",
    ]);
    notebook.write("broken.ts", "export const bad: number = 1234;");
    expect(await run("import { bad } from './broken'; bad")).toBe(1234);
  });

  it("loads JSON, .mjs and .cjs, newly after a change", async () => {
    expect(
      await run(
        "import d from './data.json'; import { mjs } from './plain.mjs'; import { cjs } from './plain.cjs'; [d.x, mjs, cjs]",
      ),
    ).toEqual([[1, 2], "mjs", "cjs"]);
    notebook.write("data.json", '{ "x": [3] }');
    expect(await run("import d from './data.json'; d.x")).toEqual([3]);
  });

  it("loads a local file again when JSON or JavaScript that it imports has changed", async () => {
    notebook.write("rows.json", "[1, 2]");
    notebook.write("rows.cjs", "module.exports = { cjs: 1 };");
    notebook.write(
      "reader.ts",
      "import rows from './rows.json'; import { cjs } from './rows.cjs'; export const read = [...rows, cjs]; export const at = {};",
    );
    notebook.write("outermost.ts", "export * from './reader';");
    expect(await run("import { read, at } from './outermost'; read")).toEqual([1, 2, 1]);
    expect(await run("import { at as same } from './outermost'; same === at")).toBe(true);
    notebook.write("rows.json", "[3, 4, 5]");
    expect(await run("import { read } from './outermost'; read")).toEqual([3, 4, 5, 1]);
    notebook.write("rows.cjs", "module.exports = { cjs: 22 };");
    expect(await run("import { read } from './outermost'; read")).toEqual([3, 4, 5, 22]);
  });

  it("loads packages: ES modules that await, functions, marked CommonJS, Node's own", async () => {
    expect(await run("import text, { late } from 'esm-only'; [text, late]")).toEqual(["default", "late"]);
    expect(
      await run(
        "import old, { named } from 'old'; import * as whole from 'old'; [old(), named, whole.named]",
      ),
    ).toEqual(["called", "named", "named"]);
    expect(await run("import d2, { n } from 'marked'; [d2, n]")).toEqual(["d", 1]);
    expect(
      await run("import * as path from 'path'; import { sep } from 'node:path'; path.join('a', 'b') + sep"),
    ).toBe(`a${path.sep}b${path.sep}`);
    expect(await run("const { late: dynamic } = await import('esm-only'); dynamic")).toBe("late");
  });

  it("resolves specifiers by import.meta.resolve", async () => {
    const specifiers = ["fs", "node:fs", "./my data.csv", "file:///a", "old"];
    const folder = pathToFileURL(notebook.folder).href;
    expect(await run(`${JSON.stringify(specifiers)}.map((one) => import.meta.resolve(one))`)).toEqual([
      "node:fs",
      "node:fs",
      `${folder}/my%20data.csv`,
      "file:///a",
      `${folder}/node_modules/old/index.js`,
    ]);
  });

  it("finds a package that is installed while the kernel runs", async () => {
    expect(notebook.complaints("import fresh from 'fresh';")).toEqual([
      expect.stringContaining("Cannot find module 'fresh'"),
    ]);
    const folder = path.join(notebook.folder, "node_modules", "fresh");
    mkdirSync(folder);
    writeFileSync(path.join(folder, "package.json"), '{ "name": "fresh", "types": "index.d.ts" }');
    writeFileSync(path.join(folder, "index.js"), "exports.a = 1;");
    writeFileSync(path.join(folder, "index.d.ts"), "export const a: number;");
    expect(await run("import { a as freshA } from 'fresh'; freshA")).toBe(1);
  });

  it("writes modules in cells", async () => {
    expect(notebook.compiler.addModule("written", "/** @module written */\nexport const w = 1;")).toEqual([]);
    expect(await run("import { w } from './written'; w")).toBe(1);
    notebook.compiler.addModule("written", "/** @module written */\nexport const w = 'two';");
    expect(await run("import { w as w2 } from './written'; w2.length")).toBe(3);
  });
});
