// Ends whatever the main thread runs: by asking it to, and if it is in a loop by terminating the loop.

import { type Debugger, Session } from "node:inspector";
import { dirname, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { ToMain } from "../link";

/** The main thread's event loop turns more often than this unless something keeps it busy. */
const answerMilliseconds = 40;
/** The kernel's own work on a cell, as compiling it, is let come to its end if it takes no longer. */
const ownPatience = 3000;
/**
 * A library's step too, unless the reader interrupts once more: an object whose method was terminated half-way is of no
 * use any more.
 */
const libraryPatience = 10_000;
/** A loop of nothing but `await` and `yield` has no other place to step to. */
const mostSteps = 30;
/** A call is waited for so long before the stack is looked at again: that starts the way out of it anew. */
const stepMilliseconds = 1000;
const retryMilliseconds = 20;
/**
 * What was terminated may have left its like to run next, as a chain of process.nextTick does, or a termination is
 * refused because one is still going on: then all is tried anew.
 */
const watchMilliseconds = 150;
/** The function that was terminated is called again within this time, or it is no link of a chain. */
const entryMilliseconds = 200;
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
  /** The main thread goes on by steps of the debugger, not freely. */
  #stepping = false;
  /** Past an `await` or `yield`, one after the other. */
  #steps = 0;
  /** The reader interrupted again while something was waited for. */
  #repeated = false;
  /** How often something was terminated since the last answer. */
  #terminated = 0;
  /** What is terminated this time is let run to where its function is next entered. */
  #atEntry = false;
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
    if (this.#session) this.#repeated = true;
    else this.#timer ??= setTimeout(() => this.#stop(), answerMilliseconds);
  }

  /** A SIGINT has arrived. */
  signal(): void {
    const isEcho = performance.now() < this.#echoUntil;
    this.#echoUntil = 0;
    if (!isEcho) this.interrupt();
  }

  /** The main thread's event loop has turned since the interrupt. */
  answered(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#terminated = 0;
    this.#session?.disconnect();
    this.#session = undefined;
  }

  #stop(): void {
    if (this.#terminated === 0) this.#signalChildren();
    this.#atEntry = false;
    const since = performance.now();
    const session = new Session();
    this.#session = session;
    this.#repeated = false;
    session.connectToMainThread();
    // The frames of a pause leave their URL empty.
    const scripts = new Map<string, Debugger.ScriptParsedEventDataType>();
    session.on("Debugger.scriptParsed", ({ params }) => scripts.set(params.scriptId, params));
    session.on("Debugger.paused", ({ params }) => {
      const stack = params.callFrames.map(({ location }) => scripts.get(location.scriptId)?.url ?? "");
      const top = params.callFrames[0]?.location;
      const script = top && scripts.get(top.scriptId);
      const entry = params.callFrames.find((_, index) => isOfCell(stack[index]!))?.functionLocation;
      const goOn = (suspends: boolean) => this.#paused(session, stack, since, suspends, entry);
      if (this.#stepping && script && isOfCell(script.url))
        atSuspension(session, top, script.startLine, goOn);
      else goOn(false);
    });
    session.post("Debugger.enable");
    this.#pause(session);
  }

  /** How long the script at the top of the stack may go on before it is terminated, in milliseconds. */
  #patienceWith(url: string | undefined): number {
    if (url === undefined || isOfCell(url)) return 0;
    if (own.test(url)) return ownPatience;
    return this.#repeated ? 0 : libraryPatience;
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

  #pause(session: Session): void {
    this.#stepping = false;
    this.#steps = 0;
    pause(session);
    // One that reaches the main thread while it is still on its way out of the pause before is lost.
    this.#pauseIn(stepMilliseconds, session);
  }

  #pauseIn(milliseconds: number, session: Session): void {
    this.#timer = setTimeout(() => this.#pause(session), milliseconds);
  }

  /**
   * @param suspends a step has ended at an `await`
   * @param entry of the cell's function that runs
   */
  #paused(
    session: Session,
    stack: readonly string[],
    since: number,
    suspends: boolean,
    entry: Debugger.Location | undefined,
  ): void {
    clearTimeout(this.#timer);
    // The answer may have been on its way; disconnecting lets the main thread go on.
    this.#receiveWaiting();
    if (this.#session !== session) return;
    if (suspends) {
      // Past it. A call terminated there has already asked to be resumed, but has not noted where: what it awaits would
      // resume it at a wrong place, and V8 would crash. A pause that was asked for is at no such place.
      const steps = ++this.#steps <= mostSteps;
      session.post(steps ? "Debugger.stepOver" : "Debugger.resume");
      this.#pauseIn(steps ? stepMilliseconds : retryMilliseconds, session);
      return;
    }
    const ofCell = stack.some(isOfCell);
    const left = since + this.#patienceWith(stack[0]) - performance.now();
    if (left > 0) {
      this.#stepping = ofCell;
      if (ofCell) stepOutToCell(session);
      else session.post("Debugger.resume");
      this.#pauseIn(ofCell ? stepMilliseconds : retryMilliseconds, session);
      return;
    }
    if (this.#terminated > 0 && !this.#atEntry && entry) {
      // Its first statement comes before the one that queues the next of a chain.
      this.#atEntry = true;
      this.#stepping = false;
      session.post("Debugger.setBreakpoint", { location: entry });
      session.post("Debugger.resume");
      this.#pauseIn(entryMilliseconds, session);
      return;
    }
    this.#terminated++;
    this.#stopped();
    // Before the main thread goes on and takes its next request.
    this.#post({ kind: "stopped", ofCell });
    // The terminated call does not unwind Node's stack of asynchronous calls; Node would abort on the remains.
    session.post("Runtime.evaluate", { expression: clearAsyncStack });
    session.post("Runtime.terminateExecution");
    session.post("Debugger.resume", () => this.#watch(session));
  }

  /** Until the main thread answers from its event loop, the interrupt is not over. */
  #watch(session: Session): void {
    if (this.#session !== session) return;
    session.disconnect();
    this.#session = undefined;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#stop(), watchMilliseconds);
  }
}

/** Not to be left waiting: the main thread is slow while a pause is asked for in code that is in a black box. */
function pause(session: Session): void {
  session.post("Debugger.setBlackboxPatterns", { patterns: [] });
  session.post("Debugger.pause");
}

/**
 * Answers whether the place is that of an `await` or `yield`.
 * @param firstLine of the script: what stands before a cell's own code is on the line before its first
 */
function atSuspension(
  session: Session,
  { scriptId, lineNumber, columnNumber = 0 }: Debugger.Location,
  firstLine: number,
  answer: (suspends: boolean) => void,
): void {
  session.post("Debugger.getScriptSource", { scriptId }, (error, source) => {
    const line = error ? "" : (source.scriptSource.split("\n")[lineNumber - firstLine] ?? "");
    answer(/^(?:for\s+)?(?:await|yield)\b/.test(line.slice(columnNumber)));
  });
}

/** Out of all that a cell has called, in one step instead of one for each call. */
function stepOutToCell(session: Session): void {
  session.post("Debugger.setBlackboxPatterns", { patterns: [own.source, library.source] });
  session.post("Debugger.stepOut");
}

/** Node offers this under a deprecated name only, and would say so in the cell's output. */
const clearAsyncStack = `{
  const before = process.noDeprecation;
  process.noDeprecation = true;
  process.binding("async_wrap").clearAsyncIdStack();
  process.noDeprecation = before;
}`;

/** Scripts of Node, of this kernel and of the compiler, which would be left in pieces. */
const own = new RegExp(
  `^node:|^${pathToFileURL(dirname(__dirname) + sep).href.replaceAll(/[^\w/:-]/g, "\\$&")}|/node_modules/typescript/`,
);
/** Files that were loaded. Cells run under a bare name, the reader's TypeScript under that of its source. */
const library = /^file:.*[.][cm]?js$/;

function isOfCell(url: string): boolean {
  return !own.test(url) && !library.test(url);
}
