// The command line as a whole: one file per command, all of them thin over the library.
import { readFileSync } from "node:fs";
import path from "node:path";
import { Command } from "commander";
import { auditCommand } from "./audit";
import { benchCommand } from "./bench";
import { boundsCommand } from "./bounds";
import { datasetsCommand } from "./datasets";
import { distillCommand } from "./distill";
import { doctorCommand } from "./doctor";
import { evaluateCommand } from "./evaluate";
import { exportCommand } from "./export";
import { figuresCommand } from "./figures";
import { importCommand } from "./import";
import { kernelCommand } from "./kernel";
import { miniatureCommand } from "./miniature";
import { playgroundCommand } from "./playground";
import { setupCommand } from "./setup";
import { trainCommand } from "./train";
import { tuneCommand } from "./tune";
import { verifyCommand } from "./verify";
import { workerCommand } from "./worker";

/** Version of the package. */
function version(): string {
  const manifest = path.join(__dirname, "..", "..", "package.json");
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

/** Every command. */
export function program(): Command {
  const program = new Command("igds")
    .description(
      "Information-guided diffusion sampling for dataset distillation: a few images per class that stand for a " +
        "whole training set.",
    )
    .version(version())
    .showHelpAfterError("(igds --help lists the commands, igds COMMAND --help the options)");
  const commands = [
    doctorCommand,
    setupCommand,
    datasetsCommand,
    trainCommand,
    distillCommand,
    workerCommand,
    evaluateCommand,
    tuneCommand,
    boundsCommand,
    benchCommand,
    auditCommand,
    exportCommand,
    importCommand,
    verifyCommand,
    figuresCommand,
    miniatureCommand,
    playgroundCommand,
    kernelCommand,
  ];
  for (const command of commands) program.addCommand(command());
  return program;
}
