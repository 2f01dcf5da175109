// Ends whatever the main thread runs: by asking it to, and if it is in a loop by terminating the loop.

import { type Debugger, Session } from "node:inspector";
import { dirname, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { ToMain } from "../link";

/** The main thread's event loop turns more often than this unless something keeps it busy. */
const answerMilliseconds = 40;
/** The kernel's own work on a cell, as compiling it, is let come to its end if it takes no longer. */
const patienceMilliseconds = 3000;
const retryMilliseconds = 10;
/** A SIGINT sent to the whole process group comes back to the kernel once, within this time. */
const echoMilliseconds = 200;

export interface InterruptsOptions {
  readonly post: (message: ToMain) => void;
  /** Handles what the main thread has sent and this thread has not taken from the port yet. */
  readonly receiveWaiting: () => void;
  /** Called when what the main thread runs is about to be terminated. */
  readonly stopped: () => void;
}

export class Interrupts {
  readonly #post: (message: ToMain) => void;
  readonly #receiveWaiting: () => void;
  readonly #stopped: () => void;
  /** What comes next if the main thread neither answers nor pauses before. */
  #timer: NodeJS.Timeout | undefined;
  #session: Session | undefined;
  /** Until when the next SIGINT is our own. */
  #echoUntil = 0;

  constructor({ post, receiveWaiting, stopped }: InterruptsOptions) {
    this.#post = post;
    this.#receiveWaiting = receiveWaiting;
    this.#stopped = stopped;
  }

  /** Has Node do what it does once, which takes longer than an interrupt may: it looks at all scripts. */
  warmUp(): void {
    const session = new Session();
    session.connectToMainThread();
    session.post("Debugger.enable", () => session.disconnect());
  }

  interrupt(): void {
    this.#post({ kind: "interrupt" });
    if (this.#session) this.#signalChildren();
    else this.#timer ??= setTimeout(() => this.#stop(), answerMilliseconds);
  }

  /** A SIGINT has arrived. */
  signal(): void {
    const isEcho = performance.now() < this.#echoUntil;
    this.#echoUntil = 0;
    if (!isEcho) this.interrupt();
  }

  /** The main thread has seen the interrupt. */
  answered(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#session?.disconnect();
    this.#session = undefined;
  }

  #stop(): void {
    this.#signalChildren();
    const since = performance.now();
    const session = new Session();
    this.#session = session;
    session.connectToMainThread();
    session.on("Debugger.paused", ({ params }) => this.#paused(session, params.callFrames, since));
    session.post("Debugger.enable");
    session.post("Debugger.pause");
  }

  /** The main thread may wait for one, as in execSync. */
  #signalChildren(): void {
    if (process.platform === "win32") return;
    try {
      process.kill(-process.pid, "SIGINT");
      this.#echoUntil = performance.now() + echoMilliseconds;
    } catch {
      // The kernel leads no process group of its own, whose members could be its children.
    }
  }

  #paused(session: Session, frames: readonly Debugger.CallFrame[], since: number): void {
    clearTimeout(this.#timer);
    // The answer may have been on its way; disconnecting lets the main thread go on.
    this.#receiveWaiting();
    if (this.#session !== session) return;
    if (isOwn(frames[0]) && performance.now() - since < patienceMilliseconds) {
      // What the cell has called in the kernel comes to its end, so that nothing is left in pieces.
      session.post(frames.every(isOwn) ? "Debugger.resume" : "Debugger.stepOut");
      this.#timer = setTimeout(() => session.post("Debugger.pause"), retryMilliseconds);
      return;
    }
    this.#stopped();
    // Before the main thread goes on and takes its next request.
    this.#post({ kind: "stopped" });
    // The terminated call does not unwind Node's stack of asynchronous calls; Node would abort on the remains.
    session.post("Runtime.evaluate", { expression: clearAsyncStack });
    session.post("Runtime.terminateExecution");
    session.post("Debugger.resume", () => this.answered());
  }
}

/** Node offers this under a deprecated name only, and would say so in the cell's output. */
const clearAsyncStack = `{
  const before = process.noDeprecation;
  process.noDeprecation = true;
  process.binding("async_wrap").clearAsyncIdStack();
  process.noDeprecation = before;
}`;

const kernelFolder = pathToFileURL(dirname(__dirname) + sep).href;

/**
 * Code of Node, of this kernel or of the compiler: not of the cell. With no other on the stack the kernel is
 * about to answer or prepares a cell, and would be left in pieces.
 */
function isOwn(frame: Debugger.CallFrame | undefined): boolean {
  const { url } = frame ?? { url: "" };
  return url.startsWith("node:") || url.startsWith(kernelFolder) || url.includes("/node_modules/typescript/");
}
