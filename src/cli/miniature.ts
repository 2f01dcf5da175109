// igds miniature: profile `paper` without its data, to try the way.
import path from "node:path";
import { Command } from "commander";
import { writeMiniature } from "../experiment/miniature";
import { engineReady } from "../tensor/engine";
import { newFolder } from "./options";

export function miniatureCommand(): Command {
  return new Command("miniature")
    .description(
      "Write generated pictures in ImageNette's folders, and a DiT and a VAE of random weights in the files that the public " +
        "ones come in: profile paper runs on them, which shows the way and no result.",
    )
    .option("--out <dir>", "folder to write", newFolder, "out/miniature")
    .action(async ({ out }: { out: string }) => {
      await engineReady();
      const setup = await writeMiniature(path.resolve(out));
      process.stderr.write(
        `Wrote ${setup}. Now: IGDS_PAPER=${setup} npx igds figures accuracy-over-ipc --profile paper --compute-only\n`,
      );
    });
}
