import { describe, expect, it } from "vitest";
import { runChild, streamsOf } from "./child";

/** A thread that runs `body` with `port` and `counters`. */
const threadOf = (body: string) => `
  const { workerData: { port, ...data } } = require("node:worker_threads");
  const counters = new Int32Array(data.counters);
  ${body}`;

describe("WireThread", () => {
  it("hands on messages in order, those included that came before there was a handler", () => {
    const run = runChild(
      `await sleep(200);
       const got = [];
       wire.onMessage(({ value }) => got.push(value));
       wire.post({ kind: "ready" });
       await sleep(200);
       descriptors.log(got.join());
       require("./io/exit.js").endProcess(0);`,
      {
        wire: threadOf(`
          const send = (value) => port.postMessage({ kind: "inputReply", value });
          send("a"); send("b");
          port.on("message", () => send("c"));`),
      },
    );
    expect(run.stderr).toBe("a,b,c");
  });

  it("answers an interrupt as soon as the event loop turns, then calls the handler", () => {
    const run = runChild(
      `wire.onInterrupt(() => descriptors.log("handler "));
       wire.onMessage(() => { descriptors.log("message"); require("./io/exit.js").endProcess(0); });`,
      {
        wire: threadOf(`
          port.on("message", ({ kind }) => kind === "interrupted" && port.postMessage({ kind: "stopped" }));
          port.postMessage({ kind: "interrupt" });`),
      },
    );
    expect(run.stderr).toBe("handler message");
  });

  it("keeps the process alive, and ends it with the thread", () => {
    const run = runChild("", { wire: threadOf("setTimeout(() => process.exit(7), 300);") });
    expect(run.status).toBe(7);
  });

  it("ends the process with a word on the original stderr when the thread fails, guarded exits or not", () => {
    const run = runChild(`require("./io/exit.js").guardExit(); console.log("waiting");`, {
      wire: threadOf(`throw new Error("address already in use");`),
    });
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/wire thread failed: Error: address already in use/);
  });

  it("sends what the thread prints to the original stderr", () => {
    const run = runChild("", {
      wire: threadOf(`console.log("a note"); setTimeout(() => process.exit(0), 100);`),
    });
    expect(run.stderr).toBe("a note\n");
    expect(streamsOf(run)).toEqual([]);
  });
});
