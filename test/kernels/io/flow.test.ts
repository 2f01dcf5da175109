import { describe, expect, it } from "vitest";
import { runChild } from "./child";

/** Takes a message every few milliseconds, or each at once, and notes the most that was on its way. */
const recorder = (milliseconds: number) => `
  const { workerData: { port, counters: shared } } = require("node:worker_threads");
  const { writeFileSync } = require("node:fs");
  const { weightOf } = require("./link.js");
  const counters = new Int32Array(shared);
  const record = { most: 0, characters: 0, count: 0 };
  port.on("message", (message) => {
    if (message.kind === "closed") {
      writeFileSync(process.env.RECORD, JSON.stringify({ messages: [record], pipes: {} }));
      process.exit(0);
    }
    if (${milliseconds} > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${milliseconds});
    record.most = Math.max(record.most, counters[0]);
    record.characters += message.text?.length ?? 0;
    record.count++;
    Atomics.sub(counters, 0, weightOf(message));
    Atomics.notify(counters, 0);
  });`;

function recordOf(work: string, milliseconds: number) {
  const run = runChild(`cell("1", () => { ${work} }); close();`, { wire: recorder(milliseconds) });
  return run.messages[0] as unknown as { most: number; characters: number; count: number };
}

const mega = 1 << 20;

describe("output", () => {
  it("waits while the wire thread is behind, and all arrives", () => {
    const { most, characters } = recordOf(
      `process.stdout.write("x".repeat(25_000_000));
       for (let line = 0; line < 250_000; line++) console.log("y".repeat(99));`,
      2,
    );
    expect(characters).toBe(50_000_000);
    expect(most).toBeGreaterThan(mega / 2);
    expect(most).toBeLessThan(1.5 * mega);
  });

  it("waits as well when it is many small messages", () => {
    const { most, count } = recordOf(
      `for (let line = 0; line < 10_000; line++) { console.log("out"); console.error("err"); }
       for (let line = 0; line < 10_000; line++) output.publish("display_data", { data: { "text/plain": "x" } });`,
      0,
    );
    expect(count).toBe(30_000);
    expect(most).toBeLessThan(1.5 * mega);
  });

  it("waits for pictures by their size", () => {
    const { most, count } = recordOf(
      `for (let picture = 0; picture < 100; picture++) output.publish("display_data", { data: { "image/png": "A".repeat(400_000) } });`,
      2,
    );
    expect(count).toBe(100);
    expect(most).toBeGreaterThan(mega / 2);
    expect(most).toBeLessThan(1.5 * mega);
  });
});
