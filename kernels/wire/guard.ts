// Entry of the guard thread: receives each SIGINT, even while the main thread is in a loop, and ends the
// process when its parent has gone, as a killed front end cannot ask for a shutdown.
//
// Node hands a SIGINT to the innermost script that runs with breakOnSigint, whatever thread it runs on. A
// script that does nothing but sleep therefore catches all of them. It runs inside others, because without
// any such script Node would put the handler back that kills the process: each SIGINT that arrives before
// the script of the one before runs again ends one more of them.

import { writeSync } from "node:fs";
import { runInThisContext } from "node:vm";
import { parentPort, workerData } from "node:worker_threads";

/** With two, a storm of signals ended kernels after some 1,500 of them; with this many, none of 120,000 did. */
const nested = 16;
/** What the guard is started with. */
export interface GuardOptions {
  readonly parent: number | undefined;
  readonly log: number | undefined;
}

const { parent, log } = workerData as GuardOptions;
/** A killed parent may still have its number until somebody asks for its end; its children have another parent at once. */
const isOurs = process.ppid === parent;
const never = new Int32Array(new SharedArrayBuffer(4));

function sleep(): never {
  for (;;) {
    Atomics.wait(never, 0, 0, 1000);
    if (parent === undefined || !hasGone(parent)) continue;
    note(`The kernel ends: process ${parent}, which started it, has gone\n`);
    process.kill(process.pid, "SIGKILL");
  }
}

function hasGone(pid: number): boolean {
  if (isOurs) return process.ppid !== pid;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

function note(text: string): void {
  try {
    if (log !== undefined) writeSync(log, text);
  } catch {
    // It may have gone with the parent.
  }
}

/** Runs the scripts of this level and of those inside it, anew whenever a SIGINT ends them. */
function guard(level: number): never {
  for (;;) {
    try {
      runInThisContext(level < nested ? `guard(${level + 1})` : "sleep()", { breakOnSigint: true });
    } catch {
      parentPort?.postMessage("SIGINT");
    }
  }
}

Object.assign(globalThis, { guard, sleep });
guard(1);
