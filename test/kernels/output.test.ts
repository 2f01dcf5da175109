// Output of the built kernel: when it is seen and where it goes.

import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kernelFolder, main } from "./builtKernel";
import { type Received, StandIn } from "./wire/standIn";

const folder = kernelFolder();

let kernel: StandIn;
beforeAll(async () => {
  kernel = await StandIn.ready({ folder, main });
  await kernel.run(
    'import { writeSync } from "node:fs"; import { execSync, spawn } from "node:child_process";',
  );
});
afterAll(() => kernel.close());

const textOf = (published: readonly Received[], name = "stdout") =>
  published
    .filter(({ type, content }) => type === "stream" && content.name === name)
    .map(({ content }) => content.text)
    .join("");

const loop = (milliseconds: number) =>
  `{ const end = Date.now() + ${milliseconds}; while (Date.now() < end); }`;

describe("text that is printed", () => {
  it("is seen during the work that follows it", async () => {
    const id = kernel.execute(`console.log("one"); console.log("two"); console.log("three"); ${loop(3000)}`);
    let seen = "";
    while (!seen.includes("three")) {
      const { type, content } = await kernel.nextPublished();
      expect(type).not.toBe("execute_reply");
      if (content.execution_state === "idle") throw new Error("seen at the end only");
      if (type === "stream") seen += content.text;
    }
    expect(seen).toBe("one\ntwo\nthree\n");
    await kernel.receive("shell");
    expect(textOf(await kernel.published(id))).toBe("");
  });

  it("loses and repeats nothing while a loop prints and works by turns", async () => {
    const code = `for (let i = 0; i < 300; i++) { console.log("line " + i); ${loop(3)} }`;
    const expected = Array.from({ length: 300 }, (_, i) => `line ${i}\n`).join("");
    expect(textOf((await kernel.run(code)).published)).toBe(expected);
  });

  it("keeps its order with what goes to the descriptors and comes from children", async () => {
    const { published } = await kernel.run(
      'for (let i = 0; i < 20; i++) { console.log("log " + i); writeSync(1, "native " + i + "\\n"); }\n' +
        'console.log("before"); execSync("echo child; sleep 0.3; echo more", { stdio: "inherit" }); console.log("after");',
    );
    const pairs = Array.from({ length: 20 }, (_, i) => `log ${i}\nnative ${i}\n`).join("");
    expect(textOf(published)).toBe(`${pairs}before\nchild\nmore\nafter\n`);
  });
});

describe("a child of a silent cell", () => {
  it("is not heard, and does not keep a later cell from being heard", async () => {
    const before = kernel.execute("1");
    await kernel.receive("shell");
    const asked = await kernel.run('execSync("echo unheard", { stdio: "inherit" })', { silent: true });
    const { published } = await kernel.run('execSync("echo heard", { stdio: "inherit" })');
    expect(textOf(await kernel.published(before)) + textOf(asked.published)).toBe("");
    expect(textOf(published)).toBe("heard\n");
    await delay(100);
  });
});

describe("a cell", () => {
  const resultOf = (published: readonly Received[]) =>
    published.find(({ type }) => type === "execute_result")?.content.data as Record<string, unknown>;

  it("hears why nobody can be asked once it has ended", async () => {
    const id = kernel.execute('setTimeout(() => input("?"), 100); 1', { allow_stdin: true });
    await kernel.receive("shell");
    await kernel.published(id);
    let error = await kernel.nextPublished();
    while (error.type !== "error") error = await kernel.nextPublished();
    expect(error.parent.msg_id).toBe(id);
    expect(error.content).toMatchObject({ ename: "StdinNotImplementedError" });
    expect(error.content.evalue).toMatch(/^input\(\) was called after its cell had ended/);
  });

  it("shows promises as Node does and timers in one line", async () => {
    const code =
      "[Promise.resolve({ at: Promise.resolve(1) }), setTimeout(() => {}, 9), setImmediate(() => {})]";
    expect(resultOf((await kernel.run(code)).published)).toEqual({
      "text/plain": "[ Promise { { at: Promise { 1 } } }, Timeout { after 9 ms }, Immediate {} ]",
    });
  });

  it("does not indent the next one by a group that it has left open", async () => {
    await kernel.run('console.group("open"); throw new Error("failed");');
    expect(textOf((await kernel.run('console.log("line")')).published)).toBe("line\n");
  });

  it("may wait for its signal in any number of places", async () => {
    const { published } = await kernel.run(
      'import { setTimeout as sleep } from "node:timers/promises";\n' +
        "await Promise.all(Array.from({ length: 20 }, () => sleep(5, 0, { signal: Jupyter.signal })));",
    );
    expect(textOf(published, "stderr")).toBe("");
  });
});
