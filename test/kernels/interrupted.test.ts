// Interrupts of the built kernel whose first termination does not end what runs, and what an interrupt leaves behind.

import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kernelFolder, main } from "./builtKernel";
import { StandIn } from "./wire/standIn";

const folder = kernelFolder();

let kernel: StandIn;
beforeAll(async () => {
  kernel = await StandIn.ready({ folder, main });
  await kernel.run("const kept = 5;");
  // Until then a SIGINT ends the process.
  await delay(500);
});
afterAll(() => kernel.close());

/** Runs code that never ends, interrupts it once when it runs, and gives its id. */
async function interrupted(code: string): Promise<string> {
  const id = kernel.execute(`console.log("runs"); ${code}`);
  while ((await kernel.nextPublished()).type !== "stream");
  await delay(100);
  kernel.send("control", "interrupt_request");
  await kernel.receive("control");
  expect((await kernel.receive("shell")).content).toMatchObject({ ename: "KeyboardInterrupt" });
  await kernel.published(id);
  return id;
}

describe("one interrupt", () => {
  it("ends a chain of ticks, each of which queues the next", async () => {
    for (let round = 0; round < 3; round++) {
      await interrupted("function tick() { process.nextTick(tick) } tick(); await new Promise(() => {})");
      expect((await kernel.run("kept")).reply.content.status).toBe("ok");
    }
  }, 60_000);

  it("ends the timers of the cell with it, and without a cell those of all earlier ones", async () => {
    const ticking = "setInterval(() => console.log('tick'), 100);";
    await kernel.run(ticking);
    await interrupted(`${ticking} ${ticking} await new Promise(() => {})`);
    kernel.send("control", "interrupt_request");
    await kernel.receive("control");
    const told: unknown[] = [];
    while (!String(told.at(-1)).startsWith("Interrupted")) {
      const { type, content } = await kernel.nextPublished();
      if (type === "stream") told.push(content.text);
    }
    // Those of the interrupted cell had ended before.
    expect(told.at(-1)).toBe("Interrupted: 1 timer of earlier cells ended\n");
    await kernel.run("await new Promise((r) => setTimeout(r, 500))");
    const { published } = await kernel.run("1");
    expect(published.some(({ type }) => type === "stream")).toBe(false);
  });

  it("leaves a timer of a library running", async () => {
    writeFileSync(
      path.join(folder, "shared.cjs"),
      "exports.fires = 0; setInterval(() => exports.fires++, 20);",
    );
    await kernel.run('const shared = require("./shared.cjs");');
    await interrupted("await new Promise(() => {})");
    const { published } = await kernel.run(
      "const before = shared.fires; await new Promise((r) => setTimeout(r, 300)); shared.fires > before",
    );
    const result = published.find(({ type }) => type === "execute_result");
    expect(result?.content.data).toEqual({ "text/plain": "true" });
  });

  it("is told once of what the cell has left behind and cannot go on", async () => {
    await kernel.run('import { MessageChannel } from "node:worker_threads";');
    const id = await interrupted(
      'const { port1, port2 } = new MessageChannel(); port1.on("message", async () => { await null; });' +
        "await new Promise(() => {})",
    );
    const post = "port2.postMessage(1); await new Promise((r) => setTimeout(r, 200));";
    const asked = kernel.execute(`${post} ${post} port1.close();`);
    await kernel.receive("shell");
    const late: unknown[] = [];
    for (let state: unknown; state !== "idle"; ) {
      const { type, content, parent } = await kernel.nextPublished();
      if (type === "stream" && parent.msg_id === id) late.push(content.text);
      if (parent.msg_id === asked) state = content.execution_state;
    }
    expect(late).toEqual([expect.stringMatching(/^KeyboardInterrupt: cell \[\d+\] was interrupted/)]);
  });
});
