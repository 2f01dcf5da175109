// Types across cells: beside values of the same name, imported, and declared for all code.

import { mkdirSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Notebook } from "./notebook";

describe("a type", () => {
  let own: Notebook;
  beforeEach(() => {
    own = new Notebook();
  });
  afterEach(() => own.close());

  it.each([
    "const User = { parse: (x: unknown) => ({ name: String(x) }) };",
    "let User = { parse: (x: unknown) => ({ name: String(x) }) };",
    "class User { static parse(x: unknown) { return { name: String(x) } } }",
    "class User { static parse(x: unknown) { return { name: String(x) } } } interface User { a: 1 }",
    "interface User { b: 1 } const User = { parse: (x: unknown) => ({ name: String(x) }) };",
  ])("stands beside the earlier value %s", async (value) => {
    await own.run(value);
    await own.run("type User = ReturnType<typeof User.parse>");
    expect(await own.run("const user: User = User.parse('x'); user.name")).toBe("x");
    expect(own.complaints("const bad: User = { name: 1 }")).toHaveLength(1);
    // A generic one in its place, whose bound is known to its own cell alone.
    await own.run(
      "interface Bound { a: 1 }\ntype User<T extends Bound = Bound,\n  L = T[]> = { first: T; all: L }",
    );
    expect(await own.run("const all: User['all'] = [{ a: 1 }]; User.parse(all.length).name")).toBe("1");
    expect(own.complaints("let worse: User<string>; User")).toHaveLength(1);
    await own.run(value.replace("String(x)", "`${x}!`"));
    expect(await own.run("User.parse('y').name")).toBe("y!");
  });

  it("is imported under the name of an earlier value", async () => {
    await own.run("const Stats = 1; const Dirent = 2; class EventEmitter {}");
    expect(
      await own.run(
        "import type { Stats } from 'node:fs'; import { type Dirent } from 'node:fs'; import type { EventEmitter } from 'node:events';\n" +
          "const size = (s: Stats) => s.size; ({} as EventEmitter).on; size({ size: 4 } as Stats)",
      ),
    ).toBe(4);
    expect(await own.run("const stats = { size: 5 } as Stats; let d: Dirent | undefined; size(stats)")).toBe(
      5,
    );
    expect(await own.run("const again = 1; const Stats = 6; Stats")).toBe(6);
  });
});

describe("declarations for all cells", () => {
  let own: Notebook;
  beforeAll(() => {
    own = new Notebook();
    const folder = path.join(own.folder, "node_modules", "plug");
    mkdirSync(folder, { recursive: true });
    own.write("node_modules/plug/package.json", '{ "name": "plug", "types": "index.d.ts" }');
    own.write("node_modules/plug/index.js", "Array.prototype.first = function () { return this[0] };");
    own.write(
      "node_modules/plug/index.d.ts",
      "export interface Options { a: 1 } declare global { interface Array<T> { first(): T | undefined } }",
    );
  });
  afterAll(() => own.close());

  it("last beyond their own cell", async () => {
    await own.run(
      "declare global { interface Array<T> { last(): T | undefined } var shared: number }\n" +
        "Array.prototype.last = function () { return this.at(-1) }; globalThis.shared = 4;",
    );
    await own.run(
      "import type { Options as O } from 'plug'; declare module 'plug' { interface Options { quiet: boolean } }",
    );
    await own.run("import 'plug';");
    for (let i = 0; i < 60; i++) await own.run(`const same = ${i};`);
    expect(await own.run("[[1, 2].last(), [1, 2].first(), shared]")).toEqual([2, 1, 4]);
    expect(own.complaints("import type { Options } from 'plug'; const o: Options = { a: 1 }")).toEqual([
      expect.stringContaining("Property 'quiet' is missing"),
    ]);
  });

  it("are made anew by a later cell, with other types too", async () => {
    await own.run(
      "declare global { var changed: number; interface Window0 { [key: string]: number } } const v1 = 1;",
    );
    for (let i = 0; i < 2; i++)
      await own.run("declare global { var changed: string; interface Window0 { [key: string]: string } }");
    expect(await own.run("globalThis.changed = 'text'; changed.length")).toBe(4);
    expect(own.complaints("const w: Window0 = { a: 1 }")).toHaveLength(1);
  });

  it("of a cell that did not run are gone", () => {
    expect(own.complaints("declare global { var never: number } const wrong: string = 1")).toHaveLength(1);
    expect(own.complaints("never")).toHaveLength(1);
  });
});
