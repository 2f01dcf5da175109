// Keeps what children write, and code that writes to descriptors 1 and 2 itself, in order with what is printed: that
// takes another way to the wire thread.

import { syncBuiltinESMExports } from "node:module";

// The objects themselves, not copies of them.
const childProcess = require("node:child_process") as typeof import("node:child_process");
const fs = require("node:fs") as typeof import("node:fs");

export interface OrderHooks {
  /** Called before somebody else may write: what was printed so far is to be published. */
  readonly before: () => void;
  /** Called when somebody else has written: that is to be published before what is printed from now on. */
  readonly after: () => void;
}

type Callable = (...args: never[]) => unknown;

export function keepOrder({ before, after }: OrderHooks): void {
  const around = (object: object, name: string, concerns: (args: readonly unknown[]) => boolean) => {
    const methods = object as Record<string, Callable>;
    methods[name] = new Proxy(methods[name]!, {
      apply(call, self, args: unknown[]) {
        const isOurs = concerns(args);
        if (isOurs) before();
        try {
          return Reflect.apply(call, self, args);
        } finally {
          if (isOurs) after();
        }
      },
    });
  };
  for (const name of ["spawnSync", "execSync", "execFileSync"]) around(childProcess, name, () => true);
  // What spawn, exec and fork call.
  around(childProcess.ChildProcess.prototype, "spawn", () => true);
  around(fs, "writeSync", ([descriptor]) => descriptor === 1 || descriptor === 2);
  syncBuiltinESMExports();
}
