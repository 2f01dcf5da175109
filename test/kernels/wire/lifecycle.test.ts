import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileWire, outline, removeFolder, StandIn } from "./standIn";

const folder = compileWire();
afterAll(() => removeFolder(folder));

describe("at start", () => {
  it("welcomes on iopub, says that it starts and who it is before cells can run", async () => {
    const early = await StandIn.start({ folder, readyAfter: 1500 });
    const welcome = await early.nextPublished();
    expect(welcome).toMatchObject({
      type: "iopub_welcome",
      topic: "",
      content: { subscription: "" },
      parent: {},
    });
    expect(outline([await early.nextPublished()])).toEqual(["starting"]);
    const cell = early.execute("return 1");
    const info = early.send("shell", "kernel_info_request");
    expect(await early.receive("shell")).toMatchObject({
      type: "kernel_info_reply",
      parent: { msg_id: info },
      content: {
        status: "ok",
        protocol_version: "5.5",
        implementation_version: "1.2.3",
        supported_features: [],
        language_info: {
          name: "typescript",
          version: "5.9.0",
          file_extension: ".ts",
          nbconvert_exporter: "script",
        },
      },
    });
    expect(outline(await early.published(info))).toEqual(["busy", "idle"]);
    expect(await early.receive("shell")).toMatchObject({
      parent: { msg_id: cell },
      content: { status: "ok" },
    });
    await early.close();
  });

  it("gives up cells that wait for the start on an interrupt, and runs those after", async () => {
    const early = await StandIn.start({ folder, readyAfter: 1500 });
    early.execute("return 1");
    early.send("shell", "interrupt_request");
    const types = [await early.receive("shell"), await early.receive("shell")].map(({ type, content }) => [
      type,
      content.status,
    ]);
    expect(types).toContainEqual(["execute_reply", "aborted"]);
    expect(types).toContainEqual(["interrupt_reply", "ok"]);
    expect((await early.run("return 2")).reply.content).toMatchObject({ status: "ok", execution_count: 1 });
    await early.close();
  });

  it("welcomes a later subscription by its topic", async () => {
    const late = await StandIn.start({ folder, subscribe: false });
    late.send("shell", "kernel_info_request");
    await late.receive("shell");
    late.iopub.subscribe("kernel.");
    expect((await late.nextPublished()).content).toEqual({ subscription: "kernel." });
    // The front end is not left with "starting" where nothing follows.
    expect(outline([await late.nextPublished(), await late.nextPublished()])).toEqual(["starting", "idle"]);
    await late.close();
  });
});

describe("an interrupt", () => {
  let kernel: StandIn;
  beforeAll(async () => {
    kernel = await StandIn.ready({ folder });
    await kernel.run("globalThis.kept = 5");
    // Until then a SIGINT ends the process.
    await delay(500);
  });
  afterAll(() => kernel.close());

  /** Each says that it has come to what is to be interrupted: the stand-in forgets an interrupt before its cell runs. */
  const cells = {
    "a loop": "print('begun'); for (;;) {}",
    "an awaiting cell": "print('begun'); await sleep(100_000)",
    "a loop after an await": "await sleep(10); print('begun'); for (;;) {}",
    "a loop in a microtask": "await null; print('begun'); for (;;) {}",
    "a loop in a timer": "setTimeout(() => { print('begun'); for (;;) {} }, 10); await sleep(100_000)",
    "a loop in an immediate": "setImmediate(() => { print('begun'); for (;;) {} }); await sleep(100_000)",
    "a loop that catches everything":
      "print('begun'); for (;;) { try { for (;;) {} } catch {} finally { kept; } }",
    "a loop that prints": "for (;;) { print('line'.repeat(200)); await null; }",
    "a loop of native calls":
      "print('begun'); for (;;) require('crypto').pbkdf2Sync('a', 'b', 20_000, 64, 'sha512')",
    "a wait for a child": "print('begun'); require('child_process').execSync('sleep 100')",
    "a loop that hides the globals": "print('begun'); ((process, globalThis) => { for (;;) {} })()",
    "a loop in an async context":
      "const { AsyncLocalStorage } = require('async_hooks'); await new AsyncLocalStorage().run(1, async () => { await sleep(5); print('begun'); for (;;) {} })",
  };
  for (const [name, code] of Object.entries(cells)) {
    it.each(["SIGINT", "interrupt_request"])(`ends ${name} by %s and keeps the state`, async (way) => {
      const id = kernel.execute(code);
      await kernel.seen(id, "stream");
      await delay(50); // from there to the loop, or the child
      if (way === "SIGINT") kernel.process.kill("SIGINT");
      else {
        kernel.send("control", "interrupt_request");
        expect((await kernel.receive("control")).content).toEqual({ status: "ok" });
      }
      const { content } = await kernel.receive("shell");
      expect(content).toMatchObject({
        status: "error",
        // A child that was waited for ends first, and its caller hears of that.
        evalue: expect.stringMatching(/interrupted|stopped|Command failed/),
      });
      await kernel.published(id);
      const { published } = await kernel.run("await sleep(2); return kept");
      expect(published.at(-2)?.content.data).toEqual({ "text/plain": "5" });
    });
  }

  it("leaves no trace in the count of output on its way", async () => {
    for (let n = 0; n < 5; n++) {
      const id = kernel.execute("for (;;) print('line'.repeat(200))");
      await kernel.seen(id, "stream");
      kernel.process.kill("SIGINT");
      await kernel.receive("shell");
      await kernel.published(id);
    }
    const { published } = await kernel.run("await sleep(200); return counters[0]");
    expect(published.at(-2)?.content.data).toEqual({ "text/plain": "0" });
  });

  it("while nothing runs does no harm, not even twenty", async () => {
    for (let n = 0; n < 20; n++) {
      kernel.process.kill("SIGINT");
      await delay(5);
    }
    kernel.send("shell", "interrupt_request");
    expect((await kernel.receive("shell")).type).toBe("interrupt_reply");
    await delay(100);
    expect((await kernel.run("await sleep(2); return kept")).reply.content.status).toBe("ok");
  });

  it("ends a loop that a finished cell has left behind", async () => {
    const id = kernel.execute("setTimeout(() => { print('begun'); for (;;) {} }, 20)");
    await kernel.receive("shell");
    await kernel.seen(id, "stream");
    kernel.process.kill("SIGINT");
    expect((await kernel.run("return kept")).reply.content.status).toBe("ok");
  });
});

describe("a shutdown", () => {
  it.each([
    ["control", "", false],
    ["control", "print('begun'); for (;;) {}", true],
    ["shell", "print('begun'); await sleep(100_000)", false],
  ] as const)("on %s during %j, restart: %s", async (channel, code, restart) => {
    const kernel = await StandIn.ready({ folder });
    await kernel.run("");
    const cell = kernel.execute(code);
    if (code === "") {
      await kernel.receive("shell");
      await kernel.published(cell);
    } else await kernel.seen(cell, "stream");
    const id = kernel.send(channel, "shutdown_request", { restart });
    expect(await kernel.receive(channel)).toMatchObject({
      type: "shutdown_reply",
      parent: { msg_id: id },
      content: { status: "ok", restart },
    });
    const published = await kernel.published(id);
    expect(outline(published)).toEqual(["busy", "shutdown_reply", "idle"]);
    expect(published[1]!.content).toEqual({ status: "ok", restart });
    expect(await kernel.ended).toBe("SIGKILL");
    await kernel.close();
  });
});

describe.skipIf(process.platform === "win32")("the children of a cell", () => {
  it("end with the kernel, those apart that were detached", async () => {
    const kernel = await StandIn.ready({ folder });
    const start = (name: string, detached: boolean) =>
      `require("child_process").spawn("sh", ["-c", "sleep 1; echo > '${join(folder, name)}'"], { detached: ${detached} });`;
    await kernel.run(start("attached", false) + start("detached", true));
    kernel.send("control", "shutdown_request", { restart: false });
    expect(await kernel.ended).toBe("SIGKILL");
    await delay(1500);
    expect(["attached", "detached"].map((name) => existsSync(join(folder, name)))).toEqual([false, true]);
    await kernel.close();
  });
});

describe("the process", () => {
  it("ends when its parent is killed, even in a loop", async () => {
    const kernel = await StandIn.ready({ folder });
    const [, ...args] = kernel.process.spawnargs;
    await kernel.close();
    // A parent of its own for a second one, which it starts and then waits for.
    const script = `require("child_process").spawn(process.execPath, ${JSON.stringify(args)}, { stdio: "inherit" });`;
    const parent = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "ignore"] });
    const closed = new Promise((done) => parent.stdout.once("close", done).resume());
    await delay(1500);
    parent.kill("SIGKILL");
    await closed;
  });
});
