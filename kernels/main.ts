// Starts the kernel: `node dist/kernels/main.js CONNECTION_FILE`, run by Jupyter in the notebook's folder.

import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { Server } from "./server";
import { Session } from "./session";
import type { ConnectionInfo, Content } from "./wire";

/** Where a library finds the way to show something in the middle of a cell without importing this kernel. */
const broadcastSymbol = Symbol.for("igds.broadcast");

async function main(connectionFile: string | undefined): Promise<void> {
  if (connectionFile === undefined) {
    throw new Error("Expected a connection file; Jupyter passes it: start the kernel with `npm run lab`");
  }
  // TensorFlow writes its notes straight to descriptor 2; only errors are worth a reader's time.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
  const connection = JSON.parse(readFileSync(connectionFile, "utf8")) as ConnectionInfo;
  const session = new Session(process.cwd());
  const server = new Server(session, connection);

  const broadcast = server.broadcast.bind(server);
  (globalThis as Record<symbol, unknown>)[broadcastSymbol] = broadcast;
  // The same for `import { display } from "tslab"`.
  const tslab = require("tslab/dist/jupyter") as { lastWriteDisplayData: unknown };
  tslab.lastWriteDisplayData = (content: Content, update: boolean | undefined) =>
    broadcast(update ? "update_display_data" : "display_data", content);

  process.on("SIGINT", () => session.interrupt());
  // A cell's forgotten promise or timer must not take the reader's session with it.
  process.on("uncaughtException", (error) => console.error("Uncaught exception:", error));
  process.on("unhandledRejection", (reason) => console.error("Unhandled rejection:", reason));
  exitWithParent();

  // Reading the types takes a second: done now, so that the first cell need not wait for it.
  session.converters.node;
  await server.listen(connection);
}

/**
 * A killed front end cannot ask for a shutdown; a kernel without one would hold its memory for ever.
 * Watched from a thread, as a long computation may keep the main one from looking.
 */
function exitWithParent(): void {
  const watch = `
    const parent = process.ppid;
    setInterval(() => process.ppid === parent || process.kill(process.pid, "SIGKILL"), 1000);`;
  new Worker(watch, { eval: true }).unref();
}

main(process.argv[2]).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
