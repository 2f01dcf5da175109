// Entry of the wire thread: ties the sockets, the queue of requests and the main thread together.
//
// Loads as little as possible, as a front end waits for its first answer while TypeScript still loads.

import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { receiveMessageOnPort, Worker, workerData } from "node:worker_threads";
import type { ToMain, ToWire, WireOptions } from "../link";
import { Flow } from "./flow";
import type { GuardOptions } from "./guard";
import { History } from "./history";
import { Interrupts } from "./interrupts";
import type { Message } from "./message";
import { Requests } from "./requests";
import { Shell } from "./shell";
import { type Incoming, Sockets } from "./sockets";
import { Stdin } from "./stdin";

/** Given to the main thread for hearing of the shutdown; a loop there uses it up. */
const hearMilliseconds = 300;
/** Given to what cells and libraries do at the end of the process. */
const closeMilliseconds = 2000;
/** Given to ZeroMQ for handing the last messages to the system. */
const flushMilliseconds = 100;
/** By then the main thread has loaded the compiler's script and goes on warming it up. */
const warmUpMilliseconds = 1000;

const { connection, port, parent, log, versions, descriptors, counters: buffer } = workerData as WireOptions;
const counters = new Int32Array(buffer);
const post = (message: ToMain) => port.postMessage(message);
let closing: () => void = () => undefined;
let closed: () => void = () => undefined;

const sockets = new Sockets(connection);
const history = new History();
const stdin = new Stdin(sockets, post, counters);
const flow = new Flow(counters);
const interrupts = new Interrupts({ post, receiveWaiting, stopped: () => flow.reset() });
const requests = new Requests({
  connection,
  versions,
  history,
  interrupt: () => interrupt("message"),
  shutdown: (request, restart) => void shutdown(request, restart),
});
const shell = new Shell({ sockets, requests, history, post, counters, descriptors });

function receive(message: Incoming): void {
  if (message.channel !== "stdin") shell.receive(message);
  else if (message.header.msg_type === "input_reply") stdin.reply(message.content.value);
}

function fromMain(message: ToWire): void {
  switch (message.kind) {
    case "ready":
      shell.ready();
      break;
    case "stream":
      shell.stream(message);
      flow.took(message);
      break;
    case "publish":
      shell.publish(message);
      flow.took(message);
      break;
    case "drain":
      shell.drain();
      break;
    case "reply":
      void shell.reply(message.id, message.content);
      break;
    case "input": {
      const { parent, prompt, password } = message;
      stdin.ask(shell.identitiesOf(parent.msg_id), parent, prompt, password);
      break;
    }
    case "interrupted":
      interrupts.answered();
      break;
    case "closing":
      closing();
      break;
    case "closed":
      closed();
      break;
  }
}

function receiveWaiting(): void {
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) fromMain(next.message);
}

function interrupt(by: "message" | "signal"): void {
  // While it loads the compiler the main thread runs no cell and must not be stopped.
  if (!shell.isReady) {
    shell.abortQueue();
    return;
  }
  // In this order: a prompt that is woken looks for what has been posted before.
  if (by === "signal") interrupts.signal();
  else interrupts.interrupt();
  stdin.interrupt();
}

/** Ends the process, whatever the main thread does. */
async function shutdown({ header: parent }: Message, restart: boolean): Promise<void> {
  let heard = false;
  const mainHasHeard = new Promise<void>((done) => {
    closing = () => {
      heard = true;
      done();
    };
  });
  const mainHasClosed = new Promise<void>((done) => {
    closed = done;
  });
  sockets.publish({ type: "shutdown_reply", parent, content: { status: "ok", restart } });
  post({ kind: "shutdown", restart });
  await Promise.race([mainHasHeard, mainHasClosed, delay(hearMilliseconds)]);
  if (heard) await Promise.race([mainHasClosed, delay(closeMilliseconds)]);
  shell.drain();
  sockets.close();
  await delay(flushMilliseconds);
  endChildren();
  process.kill(process.pid, "SIGKILL");
}

/** Those that were not detached: with the kernel's process group, if it leads one, which ends the kernel as well. */
function endChildren(): void {
  if (process.platform === "win32") return;
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    // No group has the kernel's number: it belongs to that of another process, such as a shell.
  }
}

/** Windows has no SIGINT to guard against. */
function startGuard(): void {
  if (process.platform === "win32") return;
  const guard = new Worker(join(__dirname, "guard.js"), {
    workerData: { parent, log } satisfies GuardOptions,
  });
  guard.on("message", () => interrupt("signal"));
  // Without it the kernel still runs cells.
  guard.on("error", () => undefined);
}

async function start(): Promise<void> {
  await sockets.listen(connection, receive, () => shell.announce());
  port.on("message", fromMain);
  startGuard();
  setTimeout(() => interrupts.warmUp(), warmUpMilliseconds);
}

void start();
