// Starts the kernel: `node dist/kernels/main.js CONNECTION_FILE`, run by Jupyter in the notebook's folder.
//
// The wire thread comes first and answers the front end while this thread still loads the compiler.

import { readFileSync } from "node:fs";
import path from "node:path";
import { noteTimers } from "./io/cellTimers";
import { captureDescriptors } from "./io/descriptors";
import { endProcess, guardExit } from "./io/exit";
import { KeyboardInterrupt } from "./io/interrupt";
import { Output } from "./io/output";
import { Stdin } from "./io/stdin";
import { replaceStdin } from "./io/stdinStream";
import { printWarnings } from "./io/warnings";
import { WireThread } from "./io/wireThread";
import type { ConnectionInfo, ToMain } from "./link";

const root = path.join(__dirname, "..", "..");

function readConnection(file: string | undefined): ConnectionInfo {
  if (file === undefined) {
    throw new Error(
      "Expected a connection file; Jupyter passes it: choose the kernel in JupyterLab, or run `npm run lab`",
    );
  }
  return JSON.parse(readFileSync(file, "utf8")) as ConnectionInfo;
}

function versionOf(folder: string): string {
  const { version } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as {
    version: string;
  };
  return version;
}

function start(connection: ConnectionInfo): void {
  // TensorFlow writes its notes straight to descriptor 2; only errors are worth a reader's time.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
  const descriptors = captureDescriptors();
  const wire = new WireThread({
    connection,
    descriptors,
    versions: {
      kernel: versionOf(root),
      typescript: versionOf(path.dirname(require.resolve("typescript/package.json"))),
    },
  });
  const output = new Output(wire.post, wire.counters, descriptors.log);
  output.replaceStreams();
  printWarnings();
  guardExit();
  noteTimers();
  // The compiler is large: loaded once the front end can be answered.
  const { Kernel } = require("./kernel") as typeof import("./kernel");
  const stdin = new Stdin(wire, output);
  replaceStdin(stdin);
  const kernel = new Kernel(wire, output, stdin, descriptors.log);
  // A cell's forgotten promise or timer must not take the reader's session with it.
  for (const event of ["uncaughtException", "unhandledRejection"])
    process.on(event, (reason: unknown) => {
      if (reason instanceof KeyboardInterrupt) kernel.endedByInterrupt();
      else kernel.failed(reason);
    });
  wire.onInterrupt(() => kernel.interrupt());
  wire.onMessage((message: ToMain) => kernel.handle(message));
  kernel.warmUp();
  wire.post({ kind: "ready" });
}

try {
  start(readConnection(process.argv[2]));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  endProcess(1);
}
