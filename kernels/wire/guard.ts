// Entry of the guard thread: receives each SIGINT, even while the main thread is in a loop, and ends the
// process when its parent has gone, as a killed front end cannot ask for a shutdown.
//
// Node hands a SIGINT to the innermost script that runs with breakOnSigint, whatever thread it runs on. A
// script that does nothing but sleep therefore catches all of them. It runs inside others, because without
// any such script Node would put the handler back that kills the process: each SIGINT that arrives before
// the script of the one before runs again ends one more of them.

import { runInThisContext } from "node:vm";
import { parentPort, workerData } from "node:worker_threads";

/** With two, a storm of signals ended kernels after some 1,500 of them; with this many, none of 120,000 did. */
const nested = 16;
/** As it was when the kernel started: it may have gone since. */
const parent = workerData as number;
const never = new Int32Array(new SharedArrayBuffer(4));

function sleep(): never {
  for (;;) {
    Atomics.wait(never, 0, 0, 1000);
    if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
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
