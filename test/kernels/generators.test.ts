// Loops over the reader's own generators, interrupted: they have hardly a place where the kernel may end them.

import { mkdtempSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outsideProject } from "../outsideProject";
import { Notebook } from "./language/notebook";
import { removeFolder, StandIn } from "./wire/standIn";

describe("a generator of an interrupted cell", () => {
  it("ends at its next yield, whoever asks it", async () => {
    const notebook = new Notebook();
    const made = await notebook.run("async function* ones() { for (;;) { yield 1 } }\nones");
    const ones = (made as () => AsyncGenerator<number>)();
    expect(await ones.next()).toEqual({ value: 1, done: false });
    notebook.interrupted = true;
    await expect(ones.next()).rejects.toThrow("interrupted");
    notebook.close();
  });
});

describe("an interrupt of a loop over", () => {
  const main = path.resolve(__dirname, "../../dist/kernels/main.js");
  const folder = mkdtempSync(path.join(outsideProject, "kernel-test-"));
  let kernel: StandIn;
  beforeAll(async () => {
    kernel = await StandIn.ready({ folder, main });
    await kernel.run("const kept = 5;");
    // Until then a SIGINT ends the process.
    await delay(500);
  });
  afterAll(async () => {
    await kernel.close();
    await removeFolder(folder);
  });

  const bodies = {
    "yield alone": "while (true) yield 1",
    "yield of a call": "while (true) yield draw()",
    "yield*": "for (;;) yield* [1, 2]",
  };
  it.each(Object.entries(bodies))("%s ends it", async (_, body) => {
    for (let turn = 0; turn < 3; turn++) {
      kernel.execute(
        `function draw() { return Math.random() }\nasync function* samples() { ${body} }\n` +
          "let total = 0; for await (const s of samples()) total += s;",
      );
      await delay(700);
      kernel.process.kill("SIGINT");
      expect((await kernel.receive("shell")).content).toMatchObject({ ename: "KeyboardInterrupt" });
      expect((await kernel.run("kept")).reply.content.status).toBe("ok");
    }
  });
});
