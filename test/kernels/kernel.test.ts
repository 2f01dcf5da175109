import { execFileSync } from "node:child_process";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";

const root = path.resolve(__dirname, "..", "..");
const python = path.join(root, ".venv", "bin", "python");

const minutes = (count: number) => count * 60_000;

interface Request {
  code: string;
  interruptAfter?: number;
  queue?: string[];
}
interface Message {
  type: string;
  content: Record<string, unknown> & { data?: Record<string, unknown>; text?: string; name?: string };
}
interface CellResult {
  reply: { status: string; ename?: string; evalue?: string; traceback?: string[]; execution_count?: number };
  messages: Message[];
  queued: { status: string }[];
}

const broadcast = '(globalThis as any)[Symbol.for("igds.broadcast")]';
const requests = {
  lines: { code: 'for (let i = 0; i < 10000; i++) console.log("line " + i);' },
  mixed: { code: 'console.log("a"); console.error("b"); console.log("c");' },
  value: { code: "const answer: number = 42;\nanswer" },
  shorthand: { code: "const give = () => ({ answer, more: 1 });\ngive()" },
  bundle: {
    code: `({ [Symbol.for("Jupyter.display")]: async () => ({
      "text/html": "<b>x</b>", "image/png": new Uint8Array([1, 2, 255]), "application/vnd.plotly.v1+json": { data: [], layout: { height: 3 } } }) })`,
  },
  promise: { code: "Promise.resolve([1, 2])" },
  updates: {
    code: `console.log("before");
${broadcast}("display_data", { data: { "text/plain": "0 %" }, transient: { display_id: "bar" } });
${broadcast}("update_display_data", { data: { "text/plain": "100 %" }, transient: { display_id: "bar" } });
${broadcast}("clear_output", { wait: true });
console.log("after");`,
  },
  tslabDisplay: { code: 'import { display } from "tslab";\ndisplay.html("<i>t</i>");' },
  thrown: { code: 'function fail(): never { throw new RangeError("too far"); }\nfail();' },
  rejected: { code: 'await Promise.reject(new Error("late", { cause: new Error("why") }));' },
  typeError: { code: 'const wrong: number = "text";' },
  callback: {
    code: 'await new Promise<void>((done) => process.stdout.write("written\\n", () => done()));\n"done"',
  },
  loop: { code: "answer + 1;\nwhile (true) {}", interruptAfter: 0.3 },
  waiting: { code: "await new Promise(() => {});", interruptAfter: 0.3 },
  kept: { code: "answer" },
  abort: { code: 'throw new Error("first")', queue: ["answer", "answer"] },
  afterAbort: { code: "answer" },
  descriptor: {
    code: 'import * as fs from "fs";\nfs.writeSync(1, "straight to the descriptor\\n");\nanswer',
  },
  node: {
    code: 'import { readFileSync } from "node:fs";\nBuffer.from("abc").length + (typeof readFileSync).length',
  },
} satisfies Record<string, Request>;

describe("the kernel over ZeroMQ", () => {
  let results: Record<keyof typeof requests, CellResult>;
  let session: { cells: CellResult[]; info: Record<string, unknown>; alive: boolean };

  beforeAll(() => {
    const output = execFileSync(python, [path.join(__dirname, "drive_kernel.py")], {
      input: JSON.stringify(Object.values(requests)),
      encoding: "utf8",
      maxBuffer: 1 << 26,
      stdio: "pipe",
    });
    session = JSON.parse(output) as typeof session;
    results = Object.fromEntries(
      Object.keys(requests).map((name, index) => [name, session.cells[index]]),
    ) as typeof results;
  }, minutes(10));

  const text = (cell: CellResult, stream: string) =>
    cell.messages
      .map(({ type, content }) => (type === "stream" && content.name === stream ? content.text : ""))
      .join("");
  const result = (cell: CellResult) =>
    cell.messages.find(({ type }) => type === "execute_result")?.content.data;
  const types = (cell: CellResult) =>
    cell.messages.map(({ type }) => type).filter((type) => type !== "status");

  it("sends all of 10,000 lines, in few messages, before idle", () => {
    const expected = Array.from({ length: 10_000 }, (_, i) => `line ${i}\n`).join("");
    expect(text(results.lines, "stdout")).toBe(expected);
    expect(types(results.lines).filter((type) => type === "stream").length).toBeLessThan(200);
    expect(results.lines.messages.at(-1)?.content.execution_state).toBe("idle");
  });

  it("keeps the order of stdout and stderr", () => {
    const streams = results.mixed.messages.filter(({ type }) => type === "stream");
    expect(streams.map(({ content }) => [content.name, content.text])).toEqual([
      ["stdout", "a\n"],
      ["stderr", "b\n"],
      ["stdout", "c\n"],
    ]);
  });

  it("publishes input and result with the cell's number", () => {
    expect(types(results.value)).toEqual(["execute_input", "execute_result"]);
    expect(result(results.value)).toEqual({ "text/plain": "42" });
    expect(
      results.value.messages.find(({ type }) => type === "execute_result")?.content.execution_count,
    ).toBe(3);
    expect(results.value.reply.execution_count).toBe(3);
  });

  it("finds a name of an earlier cell in a shorthand property", () => {
    expect(result(results.shorthand)).toEqual({ "text/plain": "{ answer: 42, more: 1 }" });
  });

  it("shows a value's own MIME bundle whole, with bytes in base64 and a text for simple front ends", () => {
    expect(result(results.bundle)).toEqual({
      "text/plain": "[display]",
      "text/html": "<b>x</b>",
      "image/png": "AQL/",
      "application/vnd.plotly.v1+json": { data: [], layout: { height: 3 } },
    });
  });

  it("awaits a promise that is the last value", () => {
    expect(result(results.promise)).toEqual({ "text/plain": "[ 1, 2 ]" });
  });

  it("shows, updates and clears displays in the middle of a cell, in order with its text", () => {
    expect(types(results.updates)).toEqual([
      "execute_input",
      "stream",
      "display_data",
      "update_display_data",
      "clear_output",
      "stream",
    ]);
    const [shown, updated] = results.updates.messages.filter(({ type }) => type.endsWith("display_data"));
    expect(shown?.content).toEqual({
      data: { "text/plain": "0 %" },
      metadata: {},
      transient: { display_id: "bar" },
    });
    expect(updated?.content.data).toEqual({ "text/plain": "100 %" });
  });

  it("serves tslab's display", () => {
    expect(results.tslabDisplay.messages.find(({ type }) => type === "display_data")?.content.data).toEqual({
      "text/html": "<i>t</i>",
    });
  });

  it("reports a thrown error with name, message and traceback, in the message and in the reply", () => {
    const error = results.thrown.messages.find(({ type }) => type === "error")?.content;
    expect(error).toMatchObject({ ename: "RangeError", evalue: "too far" });
    const traceback = String((error?.traceback as string[] | undefined)?.join("\n"));
    expect(traceback).toContain("RangeError: too far");
    expect(traceback).toContain("at fail");
    expect(traceback).not.toMatch(/tslab|kernels[/\\]/);
    expect(results.thrown.reply).toMatchObject({ status: "error", ename: "RangeError", evalue: "too far" });
  });

  it("reports a rejection with its cause", () => {
    expect(results.rejected.reply).toMatchObject({ status: "error", ename: "Error", evalue: "late" });
    expect(results.rejected.reply.traceback?.join("\n")).toContain("[cause]: Error: why");
  });

  it("points at a type error and does not run the cell", () => {
    expect(results.typeError.reply).toMatchObject({
      status: "error",
      ename: "TypeScriptError",
      evalue: "1:7 - Type 'string' is not assignable to type 'number'.",
    });
    expect(results.typeError.reply.traceback?.slice(-2)).toEqual([
      '    const wrong: number = "text";',
      "          ^",
    ]);
  });

  it("calls back a writer to stdout", () => {
    expect(text(results.callback, "stdout")).toBe("written\n");
    expect(result(results.callback)).toEqual({ "text/plain": "'done'" });
  });

  it("interrupts a loop and a wait, and keeps what was defined", () => {
    expect(results.loop.reply).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
    expect(results.waiting.reply).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
    expect(result(results.kept)).toEqual({ "text/plain": "42" });
  });

  it("aborts cells that were sent before the failure, and runs those sent after it", () => {
    expect(results.abort.queued.map(({ status }) => status)).toEqual(["aborted", "aborted"]);
    expect(result(results.afterAbort)).toEqual({ "text/plain": "42" });
  });

  it("is not disturbed by writes to descriptor 1", () => {
    expect(result(results.descriptor)).toEqual({ "text/plain": "42" });
  });

  it("knows Node's types", () => {
    expect(result(results.node)).toEqual({ "text/plain": "11" });
  });

  it("describes itself and ends when asked to", () => {
    expect(session.info).toMatchObject({
      status: "ok",
      implementation: "igds",
      language_info: { name: "typescript", file_extension: ".ts" },
    });
    expect(session.alive).toBe(false);
  });
});
