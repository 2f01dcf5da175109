#!/usr/bin/env node
// igds: runs the command line, and says what went wrong in words.
import { endBars } from "../notebook/progress";
import { endWithParent } from "./helpers";
import { program } from "./program";

// `igds ... | head` closes the pipe when it has seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

endWithParent();

program()
  .parseAsync()
  .catch((error: unknown) => {
    endBars();
    process.stderr.write(`igds: ${error instanceof Error ? error.message : String(error)}\n`);
    if (process.env.IGDS_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode ||= 1;
  });
