// The built kernel as a front end sees it: what its threads and parts do only together.

import { mkdtempSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outsideProject } from "../outsideProject";
import { outline, type Received, removeFolder, StandIn } from "./wire/standIn";

const main = path.resolve(__dirname, "../../dist/kernels/main.js");

let folder: string;
let kernel: StandIn;
beforeAll(async () => {
  folder = mkdtempSync(path.join(outsideProject, "kernel-test-"));
  kernel = await StandIn.ready({ folder, main });
  await kernel.run("const kept = 5;");
  // Until then a SIGINT ends the process.
  await delay(500);
});
afterAll(async () => {
  await kernel?.close();
  if (folder) removeFolder(folder);
});

const textOf = (published: readonly Received[]) => {
  const texts = published.filter(({ type }) => type === "stream").map(({ content }) => content.text);
  return texts.join("");
};
const errorOf = (published: readonly Received[]) => published.find(({ type }) => type === "error")?.content;

describe("an interrupt", () => {
  const checkedFor = { "a second or two": 10_000, "longer than is waited for": 60_000 };

  it.each(Object.entries(checkedFor))("of a cell that is checked for %s ends it", async (_, lines) => {
    const code = `console.log("ran"); ${"Math.max(1, 2);\n".repeat(lines)}`;
    const id = kernel.execute(code);
    await kernel.seen(id, "execute_input");
    await delay(300); // into the checking
    kernel.process.kill("SIGINT");
    expect((await kernel.receive("shell")).content).toMatchObject({ ename: "KeyboardInterrupt" });
    const published = await kernel.published(id);
    expect(outline(published)).toEqual(["busy", "execute_input", "error", "idle"]);
    expect(errorOf(published)).toMatchObject({ ename: "KeyboardInterrupt" });
    expect((await kernel.run("kept")).reply.content.status).toBe("ok");
  });

  it("of a file that is being loaded has the next import load it anew", async () => {
    writeFileSync(
      path.join(folder, "loops.ts"),
      'if (!(globalThis as any).quick) { console.log("loading"); for (;;) {} }\nexport const n = 7;',
    );
    const id = kernel.execute('import { n } from "./loops"; n');
    await kernel.seen(id, "stream");
    kernel.process.kill("SIGINT");
    expect((await kernel.receive("shell")).content).toMatchObject({ ename: "KeyboardInterrupt" });
    await kernel.run("(globalThis as any).quick = true;");
    const { published } = await kernel.run('import { n } from "./loops"; n');
    expect(published.find(({ type }) => type === "execute_result")?.content.data).toMatchObject({
      "text/plain": "7",
    });
  });

  it("of a timer of an earlier cell leaves the cell alone that waits behind it", async () => {
    const earlier = kernel.execute('setTimeout(() => { console.log("loops"); for (;;) {} }, 50)');
    expect((await kernel.receive("shell")).content.status).toBe("ok");
    await kernel.seen(earlier, "stream");
    const id = kernel.execute("await new Promise((r) => setTimeout(r, 1000)); kept");
    await delay(100);
    kernel.process.kill("SIGINT");
    expect((await kernel.receive("shell")).content.status).toBe("ok");
    expect(outline(await kernel.published(id))).toEqual(["busy", "execute_input", "execute_result", "idle"]);
  });
});

describe("a cell that fails", () => {
  it("shows what it throws even if that cannot be looked at", async () => {
    const hidden = '{ get message() { throw 1 }, stack: "" }';
    const unshown = { ename: "Thrown", evalue: "a value that cannot be shown" };
    expect((await kernel.run(`throw ${hidden}`)).reply.content).toMatchObject(unshown);
    const { published } = await kernel.run(
      `setTimeout(() => { throw ${hidden} }, 1); await new Promise((r) => setTimeout(r, 100));`,
    );
    expect(errorOf(published)).toMatchObject(unshown);
  });

  it("is answered even if what it is asked for cannot be sent", async () => {
    const look = "({ [Symbol.for('Jupyter.display')]: () => ({ 'application/json': { f() {} } }) })";
    const asked = await kernel.run("1", { user_expressions: { look } });
    expect(asked.reply.content).toMatchObject({ status: "error", ename: "DataCloneError" });
    expect((await kernel.run("2")).reply.content.status).toBe("ok");
  });

  it("has shown before its end what takes time to find its look", async () => {
    const { reply, published } = await kernel.run(
      "display({ [Symbol.for('Jupyter.display')]: () => new Promise((r) => setTimeout(r, 200, { 'text/plain': 'late' })) });\n" +
        "throw new Error('failed')",
    );
    expect(reply.content).toMatchObject({ evalue: "failed" });
    expect(outline(published)).toEqual(["busy", "execute_input", "display_data", "error", "idle"]);
  });

  it("keeps its lines when a cell runs that is not counted", async () => {
    await kernel.run("\n\nfunction fails(): never { throw new Error('far') }");
    for (const more of [{ silent: true }, { store_history: false }])
      await kernel.run("const other = 1; const more = other;", more);
    const { content } = (await kernel.run("fails()")).reply;
    expect((content.traceback as string[]).join("\n")).toMatch(/at fails .*:3:\d+/);
  });
});

describe("a cell", () => {
  it("prints promises and timers without the kernel's own state", async () => {
    const { published } = await kernel.run(
      "console.log([Promise.resolve(1)], setTimeout(() => {}, 1), { a: { b: { c: Promise.resolve(2) } } })",
    );
    expect(textOf(published)).toContain("Promise {");
    expect(textOf(published)).not.toMatch(/header|msg_id|controller/);
  });

  it("may put other timers in the place of Node's", async () => {
    await kernel.run('import { mock } from "node:test"; mock.timers.enable();');
    const { reply, published } = await kernel.run('console.log("printed"); kept');
    expect(reply.content.status).toBe("ok");
    expect(textOf(published)).toBe("printed\n");
    expect((await kernel.run("mock.timers.reset()")).reply.content.status).toBe("ok");
  });
});
