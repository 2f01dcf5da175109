// What errors say, in the words of the reader and not of the code that runs.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromThrown } from "../../../kernels/cellError";
import { installStackTraces } from "../../../kernels/language/stackTraces";
import { Notebook } from "./notebook";

const notebook = new Notebook({ "local.ts": "export const half: any = 1; export default {} as any;" });
const { prepareStackTrace } = Error;
beforeAll(async () => {
  installStackTraces();
  await notebook.run(
    "const o: any = {}; let fn: any = 1; const un: any = undefined; function deep() { o.x.y }",
  );
});
afterAll(() => {
  Error.prepareStackTrace = prepareStackTrace;
  notebook.close();
});

async function thrownBy(code: string) {
  const thrown = await notebook.run(code).then(
    () => undefined,
    (error: unknown) => error,
  );
  return fromThrown(thrown, "", code);
}

describe("an error", () => {
  const messages = {
    "o.foo()": "o.foo is not a function",
    "fn(1)": "fn is not a function",
    "fn?.(1)": "fn is not a function",
    "new fn.b()": "fn.b is not a constructor",
    "for (const z of fn) z": "fn is not iterable",
    "const copy = [...fn]; copy": "fn is not iterable",
    "const { zz } = un; zz": "Cannot destructure property 'zz' of 'un' as it is undefined.",
    "(await o).foo()": "(await ...).foo is not a function",
    "for (const y of await o) y": "the awaited value is not iterable",
    'import { half as third } from "./local"; third.of()': "third.of is not a function",
    'import { half as third } from "./local"; third()': "third is not a function",
    'import it from "./local"; it.of()': "it.of is not a function",
    'import * as all from "./local"; (all as any).of()': "all.of is not a function",
    "let __cell = 1; __cell += 1; throw new Error(String(__cell))": "2",
  };
  it.each(Object.entries(messages))("of %s says what the reader wrote", async (code, message) => {
    const { evalue, traceback } = await thrownBy(code);
    expect(evalue).toBe(message);
    expect(traceback.join("\n")).toContain(message);
  });

  it("is placed at the name that is called", async () => {
    expect((await thrownBy("1;\n  fn()")).traceback.join("\n")).toMatch(/Cell \[\d+\]:2:3/);
  });

  it("has no frame of what calls the cell", async () => {
    const { traceback } = await thrownBy("const q = 1;\ndeep();\nconst last = 2;");
    const frames = traceback.join("\n").match(/Cell \[\d+\]:\d+/g) ?? [];
    expect(frames.map((frame) => frame.split(":")[1])).toEqual(["1", "2"]);
  });
});

describe("names of earlier cells", () => {
  it("cost a loop little", async () => {
    const loop = (a: string, n: string) =>
      "(() => { let best = Infinity; for (let k = 0; k < 4; k++) { const c = process.cpuUsage();\n" +
      `for (let i = 0; i < ${n}; i++) ${a} += i % 3;\n` +
      "const { user, system } = process.cpuUsage(c); best = Math.min(best, user + system) } return best })()";
    const own = (await notebook.run(`let sum = 0; const many = 2e6; ${loop("sum", "many")}`)) as number;
    // Forty times as much, through accessors on one object.
    expect(await notebook.run(loop("sum", "many"))).toBeLessThan(own * 15);
  });

  it("are read and assigned wherever they stand", async () => {
    await notebook.run(
      "let a = 1, b = 2; const C = class { static D = class { m() { return 7 } } }; const p: any = { q: 1 };",
    );
    expect(await notebook.run("[a, b] = [b, a]; [a, b]")).toEqual([2, 1]);
    expect(await notebook.run("({ a, q: b } = { a: 5, q: a }); [a, b]")).toEqual([5, 2]);
    expect(
      await notebook.run("[a = 3] = [] as any; ({ x: [{ y: b }] } = { x: [{ y: 9 }] }); [a, b]"),
    ).toEqual([3, 9]);
    expect(await notebook.run("for (a of [4]) {} a++; --b; (a as number) **= 2; [-a, !b, a!, b]")).toEqual([
      -25,
      false,
      25,
      8,
    ]);
    expect(await notebook.run("new C(); new C.D().m() + p.q++ + (delete p.q ? p.q ?? 2 : 0)")).toBe(10);
  });
});
