// The timers that cells start, so that an interrupt can end them. Those of libraries stay: some share one timer among
// all that use them and would never set another.

import { syncBuiltinESMExports } from "node:module";
import { dirname, sep } from "node:path";
import timers from "node:timers";
import timersPromises from "node:timers/promises";
import { type Cell, currentCell } from "../cell";
import { clearImmediate, clearTimeout, setTimeout } from "./timers";

type Timer = (NodeJS.Timeout | NodeJS.Immediate) & { readonly _destroyed?: boolean };
type SetTimer = (...args: never[]) => Timer;

const started = new Map<Cell, Set<Timer>>();
/** More are looked through for those that are over. */
let most = 1000;
let noted = 0;

/** From now on the timers that the code of cells starts are known. */
export function noteTimers(): void {
  for (const name of ["setTimeout", "setInterval", "setImmediate"] as const) {
    const noting = new Proxy(globalThis[name] as unknown as SetTimer, {
      apply: function apply(set, self, args: never[]) {
        const timer = Reflect.apply(set, self, args) as Timer;
        if (isOfCell(callerOf(apply))) note(timer);
        return timer;
      },
    });
    for (const object of [globalThis, timers]) Object.assign(object, { [name]: noting });
  }
  const waiting = new Proxy(timersPromises.setTimeout as (...args: unknown[]) => Promise<unknown>, {
    apply: function apply(wait, self, args: [number?, unknown?, unknown?]) {
      const [delay, value, options] = args;
      if (options !== undefined || !isOfCell(callerOf(apply))) return Reflect.apply(wait, self, args);
      return new Promise((resolve) => {
        note(setTimeout(resolve, delay, value));
      });
    },
  });
  Object.assign(timersPromises, { setTimeout: waiting });
  syncBuiltinESMExports();
}

/** Ends the timers of a cell, or of all; gives how many there were. */
export function clearTimers(cell?: Cell): number {
  let count = 0;
  for (const [of, set] of started) {
    if (cell && of !== cell) continue;
    for (const timer of set) {
      if (timer._destroyed) continue;
      count++;
      if ("close" in timer) clearTimeout(timer);
      else clearImmediate(timer);
    }
    started.delete(of);
  }
  return count;
}

function note(timer: Timer): void {
  const cell = currentCell();
  if (!cell) return;
  const set = started.get(cell) ?? new Set();
  started.set(cell, set.add(timer));
  if (++noted < most) return;
  noted = 0;
  for (const [of, set] of started) {
    for (const one of set) if (one._destroyed) set.delete(one);
    if (set.size === 0) started.delete(of);
    noted += set.size;
  }
  most = Math.max(1000, 2 * noted);
}

/** The file of the code that has called `callee`. */
function callerOf(callee: (...args: never[]) => unknown): string | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 1;
    Error.prepareStackTrace = (_, frames) => frames[0]?.getFileName();
    const caller: { stack?: unknown } = {};
    Error.captureStackTrace(caller, callee);
    return typeof caller.stack === "string" ? caller.stack : undefined;
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

const kernel = dirname(__dirname) + sep;

/** Cells run under a bare name, the reader's TypeScript under that of its source. */
function isOfCell(file: string | undefined): boolean {
  if (!file || file.startsWith("node:") || file.startsWith(kernel)) return false;
  return !/[.][cm]?js$/.test(file) && !file.includes(`${sep}node_modules${sep}`);
}
