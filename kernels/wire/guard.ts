// Entry of the guard thread: receives each SIGINT, even while the main thread is in a loop, and ends the
// process when its parent has gone, as a killed front end cannot ask for a shutdown.
//
// Node hands a SIGINT to the innermost script that runs with breakOnSigint, whatever thread it runs on. A
// script that does nothing but sleep therefore catches all of them. It runs inside a second one, because
// without any such script Node would put the handler back that kills the process.

import { runInThisContext } from "node:vm";
import { parentPort, workerData } from "node:worker_threads";

/** As it was when the kernel started: it may have gone since. */
const parent = workerData as number;
const never = new Int32Array(new SharedArrayBuffer(4));

function sleep(): never {
  for (;;) {
    Atomics.wait(never, 0, 0, 1000);
    if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  }
}

function interruptible(call: string): never {
  for (;;) {
    try {
      runInThisContext(call, { breakOnSigint: true });
    } catch {
      parentPort?.postMessage("SIGINT");
    }
  }
}

Object.assign(globalThis, { guardSleep: sleep, guardInner: () => interruptible("guardSleep()") });
interruptible("guardInner()");
