// Stand-in for the kernel's main thread: runs cells as plain JavaScript and does what it is told by the cell.
// Started with a connection file and the compiled wire thread.

const { constants, openSync, readFileSync, rmSync } = require("node:fs");
const { execFileSync } = require("node:child_process");
const { dirname, join } = require("node:path");
const { runInThisContext } = require("node:vm");
const { MessageChannel, receiveMessageOnPort, Worker } = require("node:worker_threads");

const [connectionFile, thread, readyAfter] = process.argv.slice(2);
const { weightOf } = require(join(dirname(thread), "../link.js"));
const { port1: port, port2 } = new MessageChannel();
const counters = new Int32Array(new SharedArrayBuffer(8));
let current;
let interruptCell;
const inputs = [];

const post = (message) => port.postMessage(message);

const [stdout, written] = pipe("stdout");
const [stderr] = pipe("stderr");

Object.assign(globalThis, {
  require,
  post,
  counters,
  written,
  sleep: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
  print: (text, name = "stdout") => output({ kind: "stream", parent: current.header, name, text }),
  publish: (type, content) => output({ kind: "publish", parent: current.header, type, content }),
  ask: (prompt, password = false) => post({ kind: "input", parent: current.header, prompt, password }),
  input: (prompt) => {
    ask(prompt);
    return new Promise((done) => inputs.push(done));
  },
  prompt: (text) => {
    ask(text);
    for (;;) {
      Atomics.wait(counters, 1, 0);
      Atomics.store(counters, 1, 0);
      for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
        if (next.message.kind === "inputReply") return next.message.value;
        receive(next.message);
      }
    }
  },
});

/** A pipe as behind descriptors 1 and 2: the ends to read from and to write to. */
function pipe(name) {
  const path = `${connectionFile}-${name}`;
  execFileSync("mkfifo", [path]);
  const ends = [openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), openSync(path, "w")];
  rmSync(path);
  return ends;
}

function output(message) {
  for (let weight = counters[0]; weight > 1_000_000; weight = counters[0]) {
    Atomics.wait(counters, 0, weight, 50);
  }
  Atomics.add(counters, 0, weightOf(message));
  post(message);
}

async function execute(request) {
  current = request;
  const interrupted = new Promise((_, reject) => {
    interruptCell = () => reject(new Error("interrupted"));
  });
  interrupted.catch(() => undefined);
  try {
    const run = runInThisContext(`(async () => {${request.content.code}\n})`, { filename: "cell" });
    const value = await Promise.race([run(), interrupted]);
    if (value !== undefined) {
      const content = { data: { "text/plain": String(value) }, metadata: {}, execution_count: request.count };
      post({ kind: "publish", parent: request.header, type: "execute_result", content });
    }
    reply(request, { status: "ok" });
  } catch (error) {
    fail(request, error);
  }
}

function fail(request, { name, message }) {
  reply(request, { status: "error", ename: name, evalue: message, traceback: [message] });
}

function reply(request, content) {
  if (request.replied) return;
  request.replied = true;
  post({ kind: "reply", id: request.header.msg_id, content });
}

function receive(message) {
  if (message.kind === "request") {
    const type = message.header.msg_type;
    if (type === "execute_request") void execute(message);
    else {
      // Comm messages come back as they are.
      if (type === "comm_msg") output({ ...message, kind: "publish", parent: message.header, type });
      reply(message, { status: "ok", echo: message.content });
    }
  } else if (message.kind === "interrupt") {
    post({ kind: "interrupted" });
    interruptCell?.();
  } else if (message.kind === "stopped") {
    if (current) fail(current, new Error("stopped"));
  } else if (message.kind === "inputReply") inputs.shift()?.(message.value);
  else if (message.kind === "shutdown") post({ kind: "closed" });
}

new Worker(thread, {
  workerData: {
    connection: JSON.parse(readFileSync(connectionFile, "utf8")),
    port: port2,
    counters: counters.buffer,
    descriptors: { stdout, stderr },
    parent: process.ppid,
    versions: { kernel: "1.2.3", typescript: "5.9.0" },
  },
  transferList: [port2],
});
port.on("message", receive);
setTimeout(() => post({ kind: "ready" }), Number(readyAfter));
