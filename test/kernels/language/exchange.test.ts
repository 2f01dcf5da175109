// How cells and local files hand values on: re-exports, `export =`, cycles, and what Node gives a CommonJS file.

import { afterAll, describe, expect, it } from "vitest";
import { Notebook } from "./notebook";

const notebook = new Notebook({
  "m.ts":
    "export let a = 1; export const b = 2; export type T = number; export default 3; export const bump = () => ++a",
  "def.ts": "const d = { one: 1, two: () => 2 }; export = d;",
  "through.ts": 'import d = require("./def"); import m = require("./m"); export const both = [d.one, m.b];',
  "plain.mjs": "export const plain = 7;",
  "main.ts": "export const isMain = require.main === module; export const file = module.filename;",
  "slow.ts": "await new Promise((r) => setTimeout(r, 50)); export const slow = 1;",
  "ca.ts": 'import "./slow"; import { b } from "./cb"; export const a = "a"; export const ofB = () => b;',
  "cb.ts": 'import { a } from "./ca"; export const b = "b"; export const ofA = () => a;',
});
afterAll(() => notebook.close());
const run = (code: string) => notebook.run(code);

describe("a cell's re-exports", () => {
  it("are names of later cells, with the values that they have by then", async () => {
    await run('export { a as cc, default as three, bump } from "./m"; export * as all from "./m";');
    expect(await run("const t: number = cc; bump(); [t, cc, three, all.b]")).toEqual([1, 2, 3, 2]);
    await run('const b = "own"; export { b }; export * from "./m";');
    expect(await run("const u: T = a; [u, b]")).toEqual([2, "own"]);
  });

  it("leave the cell its result", async () => {
    expect(await run('5\nexport { b as e } from "./m"')).toBe(5);
    expect(await run("e")).toBe(2);
  });
});

describe("local TypeScript", () => {
  it("is exported as a whole and imported so", async () => {
    expect(await run('import d = require("./def"); d.one + d.two()')).toBe(3);
    expect(await run("d.one")).toBe(1);
    expect(await run('import { both } from "./through"; both')).toEqual([1, 2]);
    expect(await run('import byName from "./def"; import { two } from "./def"; byName.one + two()')).toBe(3);
  });

  it("that imports each other is loaded, also at once", async () => {
    const loaded = run(
      'const [ca, cb] = await Promise.all([import("./ca"), import("./cb")]); [ca.ofB(), cb.ofA()]',
    );
    expect(await loaded).toEqual(["b", "a"]);
  });
});

describe("an alias of what an earlier cell declares", () => {
  it("stands for its value or for its type", async () => {
    await run("namespace N { export const q = 3; export class R { s = 4 }; export type U = number }");
    expect(
      await run("import A = N.R; import q2 = N.q; import U = N.U; const u: U = 1; new A().s + q2 + u"),
    ).toBe(8);
    expect(await run("new A().s")).toBe(4);
  });
});

describe("in a cell", () => {
  it("module and exports are there, for all cells the same", async () => {
    expect(await run("exports.kept = 1; [module.filename === __filename, require.main === module]")).toEqual([
      true,
      true,
    ]);
    expect(await run("[exports.kept, module.exports.kept]")).toEqual([1, 1]);
    expect(await run('import { isMain, file } from "./main"; [isMain, file]')).toEqual([
      false,
      `${notebook.folder}/main.ts`,
    ]);
  });

  it("eval and new Function import", async () => {
    expect(await run("typeof (await eval('import(\"node:fs\")')).readFileSync")).toBe("function");
    const file = JSON.stringify(`${notebook.folder}/plain.mjs`);
    expect(await run(`(await new Function("s", "return import(s)")(${file})).plain`)).toBe(7);
  });
});
