// A cell that ends the process would take the reader's session with it: what ends a process throws instead.

import { constants } from "node:os";

type Exit = (code?: number | string | null) => never;

/** What process.exit calls in the end; Node leaves it out of its types. */
const inner = process as unknown as { reallyExit: Exit };
const ends = { exit: process.exit, reallyExit: inner.reallyExit, kill: process.kill };
let ending = false;

/** Ends the kernel's process, whatever `guardExit` has done to process.exit. */
export function endProcess(code: number): never {
  ending = true;
  return ends.exit.call(process, code);
}

class ProcessExitError extends Error {
  override readonly name = "ProcessExitError";

  constructor(call: string) {
    super(
      `a cell called ${call}; the kernel goes on. ` +
        "To end a cell throw an error, to end the kernel use the front end's menu",
    );
  }
}

/** Signals that do not end a process that does nothing about them, and the one that interrupts a cell. */
const harmless = new Set<string | number>([0, "SIGINT", "SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH"]);

/** Makes process.exit, process.abort and deadly signals to the own process throw a ProcessExitError. */
export function guardExit(): void {
  process.exit = (code) => {
    throw new ProcessExitError(`process.exit(${code ?? ""})`);
  };
  inner.reallyExit = (code) => {
    if (ending) return ends.reallyExit.call(process, code);
    throw new ProcessExitError(`process.reallyExit(${code ?? ""})`);
  };
  process.abort = () => {
    throw new ProcessExitError("process.abort()");
  };
  process.kill = (pid: number, signal: NodeJS.Signals | number = "SIGTERM"): true => {
    if (reachesUs(pid) && isDeadly(signal)) throw new ProcessExitError(`process.kill(${pid}, ${signal})`);
    return ends.kill.call(process, pid, signal) as true;
  };
}

/** Zero and negative numbers mean a group of processes. */
function reachesUs(pid: number): boolean {
  return pid === process.pid || pid === 0 || pid === -process.pid || pid === -1;
}

function isDeadly(signal: NodeJS.Signals | number): boolean {
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? signal;
  return !harmless.has(name) && process.listenerCount(name as NodeJS.Signals) === 0;
}

/** What cells and libraries have asked to be done at the end of the process, such as removing temporary files. */
export function runExitHandlers(failed: (error: unknown) => void): void {
  for (const handler of process.rawListeners("exit")) {
    try {
      Reflect.apply(handler, process, [0]);
    } catch (error) {
      failed(error);
    }
  }
  process.removeAllListeners("exit");
}
