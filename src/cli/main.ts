#!/usr/bin/env node
// igds: runs the command line, and says what went wrong in words.
import { program } from "./program";

program()
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`igds: ${error instanceof Error ? error.message : String(error)}\n`);
    if (process.env.IGDS_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode ||= 1;
  });
