// Runs code in a process of its own that has the main thread's side of the kernel and a small stand-in for the
// wire thread: what is tried here changes descriptors, streams and functions of the whole process.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import ts from "typescript";
import { afterAll } from "vitest";
import type { StreamName, ToWire } from "../../../kernels/link";

export interface Run {
  /** What was posted to the wire thread, `at` in milliseconds of the clock. */
  readonly messages: readonly (ToWire & { readonly at: number })[];
  /** What came out of the pipes behind descriptors 1 and 2. */
  readonly pipes: Readonly<Record<StreamName, string>>;
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const folder = mkdtempSync(join(tmpdir(), "kernel-io-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const kernels = join(__dirname, "../../../kernels");
for (const file of ["link.ts", "cell.ts", ...readdirSync(join(kernels, "io")).map((name) => `io/${name}`)]) {
  const { outputText } = ts.transpileModule(readFileSync(join(kernels, file), "utf8"), {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const path = join(folder, file.replace(/\.ts$/, ".js"));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, outputText);
}

/** Records, takes back the count, answers questions; ends on "closed". */
const thread = `
const { workerData } = require("node:worker_threads");
const { createReadStream, writeFileSync } = require("node:fs");
const { weightOf } = require("./link.js");
const { port, descriptors } = workerData;
const counters = new Int32Array(workerData.counters);
const record = { messages: [], pipes: { stdout: "", stderr: "" } };
for (const [name, fd] of Object.entries(descriptors ?? {})) {
  new (require("node:net").Socket)({ fd, writable: false }).on("data", (bytes) => (record.pipes[name] += bytes));
}
const tell = (message) => {
  port.postMessage(message);
  Atomics.store(counters, 1, 1);
  Atomics.notify(counters, 1);
};
const comm = (id) => ({ kind: "request", header: { msg_id: id, msg_type: "comm_msg" }, content: {} });
const answers = {
  interrupt: () => tell({ kind: "interrupt" }),
  none: () => undefined,
  "comm first": () => { port.postMessage(comm("a")); port.postMessage(comm("b")); tell({ kind: "inputReply", value: "ok" }); },
};
port.on("message", (message) => {
  record.messages.push({ ...message, at: Date.now() });
  if (message.kind === "stream" || message.kind === "publish") {
    Atomics.sub(counters, 0, weightOf(message));
    Atomics.notify(counters, 0);
  }
  if (message.kind === "input") {
    const { [message.prompt.trim()]: answer } = answers;
    if (answer) answer();
    else tell({ kind: "inputReply", value: message.prompt.trim().slice(7) });
  }
  if (message.kind !== "closed") return;
  setTimeout(() => {
    writeFileSync(process.env.RECORD, JSON.stringify(record));
    process.exit(0);
  }, 100);
});
`;

const start = `
const { captureDescriptors } = require("./io/descriptors.js");
const descriptors = captureDescriptors();
const { WireThread } = require("./io/wireThread.js");
const { Output } = require("./io/output.js");
const { runInCell } = require("./cell.js");
const script = process.env.THREAD;
const wire = new WireThread({ connection: {}, versions: { kernel: "1", typescript: "5" }, descriptors, script });
const output = new Output(wire.post, wire.counters, descriptors.log);
output.replaceStreams();
const cell = (id, work, more) =>
  runInCell({ header: { msg_id: id }, count: 1, silent: false, allowStdin: true, ...more }, work);
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const close = () => { output.flush(); wire.post({ kind: "closed" }); };
`;

/**
 * Runs the body of an async function that finds `descriptors`, `wire`, `output`, `cell(id, work)`, `sleep` and
 * `close` and ends with close().
 */
export function runChild(
  body: string,
  {
    env = {},
    wire = thread,
    stderr = "pipe",
  }: { env?: Record<string, string>; wire?: string; stderr?: number | "pipe" } = {},
): Run {
  const record = join(folder, "record.json");
  writeFileSync(record, JSON.stringify({ messages: [], pipes: { stdout: "", stderr: "" } }));
  writeFileSync(join(folder, "thread.js"), wire);
  writeFileSync(join(folder, "child.js"), `${start}\n(async () => {\n${body}\n})();`);
  const run = spawnSync(process.execPath, [join(folder, "child.js")], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", stderr],
    env: { ...process.env, NODE_OPTIONS: "", RECORD: record, THREAD: join(folder, "thread.js"), ...env },
    timeout: 60_000,
  });
  const { messages, pipes } = JSON.parse(readFileSync(record, "utf8")) as Pick<Run, "messages" | "pipes">;
  return { messages, pipes, status: run.status, stdout: run.stdout, stderr: run.stderr ?? "" };
}

/** Text of the streams by cell, as "ID name: text". */
export function streamsOf({ messages }: Run): string[] {
  const joined: { head: string; text: string }[] = [];
  for (const message of messages) {
    if (message.kind !== "stream") continue;
    const head = `${message.parent.msg_id} ${message.name}: `;
    const last = joined.at(-1);
    // How many messages carry a text depends on the clock.
    if (last?.head === head) last.text += message.text;
    else joined.push({ head, text: message.text });
  }
  return joined.map(({ head, text }) => head + text);
}
