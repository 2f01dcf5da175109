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
import { setupCommand, setupSummary } from "./setup";
import { trainCommand } from "./train";
import { tuneCommand } from "./tune";
import { verifyCommand } from "./verify";
import { workerCommand } from "./worker";

/** Version of the package. */
function version(): string {
  const manifest = path.join(__dirname, "..", "..", "package.json");
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

/** Every command, with what it does in the list of all. */
export function program(): Command {
  const program = new Command("igds")
    .description(
      "Information-guided diffusion sampling for dataset distillation: a few images per class that stand for a " +
        "whole training set.",
    )
    .version(version())
    .showHelpAfterError("(igds --help lists the commands, igds COMMAND --help the options)");
  const commands = [
    [doctorCommand, "what runs here, and what to do about the rest"],
    [setupCommand, setupSummary],
    [datasetsCommand, "datasets that there are; datasets check: whether a copy is whole"],
    [trainCommand, "train a denoiser or a classifier"],
    [distillCommand, "distill a dataset into a few images per class"],
    [workerCommand, "take work from a queue"],
    [evaluateCommand, "train on a set, test on real images"],
    [tuneCommand, "search for the settings of every method"],
    [boundsCommand, "every bound beside a known truth"],
    [benchCommand, "how long the work takes here"],
    [auditCommand, "information, coverage, copies and labels of a set"],
    [exportCommand, "write a set in the layout of other code"],
    [importCommand, "read a set in the layout of other code"],
    [verifyCommand, "compare with what PyTorch computed"],
    [figuresCommand, "run a figure's notebook, or collect notebooks into a page"],
    [miniatureCommand, "generated stand-ins for ImageNette and DiT"],
    [playgroundCommand, "sampling in the browser, one page"],
    [kernelCommand, "install the Jupyter kernel: install, uninstall, list"],
  ] as const;
  for (const [command, summary] of commands) program.addCommand(command().summary(summary));
  return program;
}
