import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { damage } from "./damage";
import { compileWire, outline, removeFolder, StandIn } from "./standIn";

const folder = compileWire();
let kernel: StandIn;
afterAll(() => removeFolder(folder));
beforeEach(async () => {
  kernel = await StandIn.ready({ folder });
});
afterEach(() => kernel.close());

describe("a cell", () => {
  it("is published from busy to idle, under the kernel's topics", async () => {
    const id = kernel.execute("print('a'); print('b', 'stderr'); return 1 + 1");
    const reply = await kernel.receive("shell");
    const published = await kernel.published(id);
    expect(outline(published)).toEqual(["busy", "execute_input", "a", "b", "execute_result", "idle"]);
    for (const { topic, type, header } of published) expect(topic).toBe(`kernel.${header.session}.${type}`);
    const count = reply.content.execution_count;
    expect(reply).toMatchObject({
      type: "execute_reply",
      content: { status: "ok", payload: [], user_expressions: {} },
    });
    expect(published[1]!.content).toMatchObject({ execution_count: count });
    expect(reply.metadata.started).toMatch(/^\d{4}-/);
  });

  it("is counted if it is kept, and not announced if it is silent", async () => {
    const count = (await kernel.run("")).reply.content.execution_count as number;
    const silent = await kernel.run("", { silent: true });
    expect(outline(silent.published)).toEqual(["busy", "idle"]);
    expect(silent.reply.content.execution_count).toBe(count);
    const unkept = await kernel.run("", { store_history: false });
    expect(outline(unkept.published)).toEqual(["busy", "execute_input", "idle"]);
    expect((await kernel.run("")).reply.content.execution_count).toBe(count + 1);
  });

  it("that fails gives up the cells that were sent before, and no later one", async () => {
    // On a busy machine the others would come after a cell that fails at once.
    const fails = "await new Promise((done) => setTimeout(done, 300)); throw new RangeError('wrong')";
    for (const code of [fails, "return 1", "return 2"]) kernel.execute(code);
    const complete = kernel.send("shell", "complete_request", { code: "a", cursor_pos: 1 });
    const statuses: unknown[] = [];
    for (let n = 0; n < 4; n++) statuses.push((await kernel.receive("shell")).content.status);
    expect(statuses).toEqual(["error", "aborted", "aborted", "ok"]);
    await kernel.published(complete);
    expect((await kernel.run("return 3")).reply.content.status).toBe("ok");
  });

  it("that fails gives up nothing if the front end says so", async () => {
    kernel.execute("throw new Error()", { stop_on_error: false });
    const last = kernel.execute("return 1");
    expect(
      [await kernel.receive("shell"), await kernel.receive("shell")].map(({ content }) => content.status),
    ).toEqual(["error", "ok"]);
    await kernel.published(last);
  });

  it("without code is an error", async () => {
    const id = kernel.send("shell", "execute_request", { code: 5 });
    expect((await kernel.receive("shell")).content).toMatchObject({ status: "error", ename: "TypeError" });
    expect(outline(await kernel.published(id))).toEqual(["busy", "idle"]);
  });

  it("loses nothing of 20,000 writes, and says how much is on its way", async () => {
    const { published } = await kernel.run("for (let n = 0; n < 20_000; n++) print(n + '-'.repeat(20))");
    const text = published.map(({ content }) => content.text ?? "").join("");
    expect(text).toBe(Array.from({ length: 20_000 }, (_, n) => n + "-".repeat(20)).join(""));
    const after = await kernel.run("return counters[0]");
    expect(after.published.at(-2)?.content.data).toEqual({ "text/plain": "0" });
  });

  it("publishes what cannot be written as JSON as an error text", async () => {
    const { published, reply } = await kernel.run("publish('display_data', { data: 1n })");
    expect(published.map(({ content }) => content.text).join("")).toMatch(
      /display_data cannot be written as JSON/,
    );
    expect(reply.content.status).toBe("ok");
  });
});

describe("what is written to the descriptors", () => {
  const all = (published: { content: { text?: unknown } }[]) =>
    published.map(({ content }) => content.text ?? "").join("");

  it("comes before idle, characters whole", async () => {
    const { published } = await kernel.run(
      "for (let n = 0; n < 2000; n++) require('fs').writeSync(written, 'ü€😀'.repeat(50) + '\\n')",
    );
    expect(all(published)).toBe(`${"ü€😀".repeat(50)}\n`.repeat(2000));
    expect(outline(published).at(-1)).toBe("idle");
  });

  it("by a child that goes on belongs to the cell that ran last", async () => {
    const id = kernel.execute(
      "require('child_process').spawn('sh', ['-c', 'sleep 0.3; echo late'], { stdio: ['ignore', written, written] })",
    );
    await kernel.receive("shell");
    await kernel.published(id);
    expect(await kernel.nextPublished()).toMatchObject({
      parent: { msg_id: id },
      content: { text: "late\n" },
    });
  });
});

describe("requests", () => {
  it("are served in order, except comm messages, whose buffers come through both ways", async () => {
    const cell = kernel.execute("await sleep(500)");
    const history = kernel.send("shell", "history_request", { hist_access_type: "tail", n: 1 });
    const buffers = [new Uint8Array([0, 255]), new Uint8Array()];
    const comm = kernel.send("shell", "comm_msg", { comm_id: "c", data: { v: 1 } }, buffers);
    const published = await kernel.published(comm);
    expect(outline(published)).toEqual(["busy", "comm_msg", "idle"]);
    expect(published[1]!.buffers).toEqual(buffers);
    // Front ends show the last status they saw: the cell is still busy.
    expect(outline(await kernel.published(cell))).toEqual(["busy", "execute_input", "busy", "idle"]);
    expect((await kernel.receive("shell")).parent.msg_id).toBe(cell);
    expect(await kernel.receive("shell")).toMatchObject({
      type: "history_reply",
      content: { history: [[expect.any(Number), expect.any(Number), "await sleep(500)"]] },
    });
    await kernel.published(history);
  });

  it("of types that need the main thread are handed to it", async () => {
    for (const name of ["complete", "inspect", "is_complete", "comm_info"]) {
      const id = kernel.send("shell", `${name}_request`, { code: name });
      expect(await kernel.receive("shell")).toMatchObject({
        type: `${name}_reply`,
        parent: { msg_id: id },
        content: { echo: { code: name } },
      });
      expect(outline(await kernel.published(id))).toEqual(["busy", "idle"]);
    }
  });

  it("to debug are answered with a failure", async () => {
    kernel.send("control", "debug_request", {
      type: "request",
      seq: 7,
      command: "initialize",
      arguments: {},
    });
    expect(await kernel.receive("control")).toMatchObject({
      type: "debug_reply",
      content: { type: "response", request_seq: 7, success: false, command: "initialize" },
    });
  });

  it("of an unknown type are ignored", async () => {
    const id = kernel.send("shell", "nonsense_request");
    expect(outline(await kernel.published(id))).toEqual(["busy", "idle"]);
    expect((await kernel.run("return 1")).reply.type).toBe("execute_reply");
  });

  it("on control and heartbeats are answered while a cell loops", async () => {
    const cell = kernel.execute("for (const end = Date.now() + 1000; Date.now() < end; );");
    kernel.send("control", "kernel_info_request");
    expect((await kernel.receive("control")).type).toBe("kernel_info_reply");
    await kernel.heartbeat.send("beat");
    expect(String(await kernel.heartbeat.receive())).toBe("beat");
    const published = outline(await kernel.published(cell));
    expect(published.at(-1)).toBe("idle");
    await kernel.receive("shell");
  });

  it("keep results in the history, also that of a restarted kernel", async () => {
    await kernel.run("return 6 * 7");
    const asked = { hist_access_type: "search", pattern: "*6 ? 7", output: true, unique: true };
    const expected = [[expect.any(Number), expect.any(Number), ["return 6 * 7", "42"]]];
    kernel.send("shell", "history_request", asked);
    expect((await kernel.receive("shell")).content.history).toEqual(expected);
    const next = await StandIn.start({ folder });
    next.send("shell", "history_request", asked);
    expect((await next.receive("shell")).content.history).toEqual(expected);
    await next.close();
  });
});

describe("standard input", () => {
  it("is asked of the front end that sent the cell", async () => {
    const cell = kernel.execute("return await input('name? ')");
    expect(await kernel.receive("stdin")).toMatchObject({
      type: "input_request",
      parent: { msg_id: cell },
      content: { prompt: "name? ", password: false },
    });
    kernel.send("stdin", "input_reply", { value: "Ann" });
    expect((await kernel.published(cell)).find(({ type }) => type === "execute_result")).toMatchObject({
      content: { data: { "text/plain": "Ann" } },
    });
    await kernel.receive("shell");
  });

  it("reaches a main thread that sleeps, and an interrupt ends the wait", async () => {
    const cell = kernel.execute("return prompt('?') + typeof prompt('?')");
    await kernel.receive("stdin");
    kernel.send("stdin", "input_reply", { value: "Bob" });
    await kernel.receive("stdin");
    kernel.send("control", "interrupt_request");
    expect((await kernel.receive("control")).content).toEqual({ status: "ok" });
    await kernel.receive("shell");
    await kernel.published(cell);
  });

  it("ignores answers that nobody waits for", async () => {
    kernel.send("stdin", "input_reply", { value: "late" });
    expect((await kernel.run("return 1")).reply.content.status).toBe("ok");
  });
});

describe("survives", () => {
  it("2,000 damaged messages on each channel", async () => {
    for (const [seed, channel] of (["shell", "control", "stdin"] as const).entries()) {
      const make = () =>
        kernel.codec.encode([], {
          type: "execute_request",
          parent: undefined,
          content: { code: "broken()" },
        });
      for (const frames of damage(2000, seed, make)) await kernel.sockets[channel].send(frames);
    }
    await kernel.heartbeat.send("still there");
    expect(String(await kernel.heartbeat.receive())).toBe("still there");
    const { reply, published } = await kernel.run("return 1");
    expect(reply.content.status).toBe("ok");
    expect(outline(published)).toEqual(["busy", "execute_input", "execute_result", "idle"]);
  });

  it("messages with nothing but wrong values", async () => {
    const wrong = {
      code: {},
      hist_access_type: [],
      n: "x",
      session: {},
      start: "a",
      restart: 1,
      seq: [],
      command: 1,
    };
    const types = [
      "execute",
      "history",
      "complete",
      "debug",
      "kernel_info",
      "connect",
      "comm_info",
      "interrupt",
    ];
    for (const type of types) {
      for (const channel of ["shell", "control"] as const) {
        const id = kernel.send(channel, `${type}_request`, wrong);
        const reply = await kernel.receive(channel);
        expect(reply).toMatchObject({ type: `${type}_reply`, parent: { msg_id: id } });
      }
    }
  });
});
