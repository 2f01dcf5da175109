// igds playground: the shipped model in a page that needs no kernel, no server and no network.
import path from "node:path";
import { Command } from "commander";
import { open } from "../distill/open";
import { writePlayground } from "../playground/writePlayground";
import { printJson } from "./options";

export function playgroundCommand(): Command {
  return new Command("playground")
    .description(
      "Write a page in which the reader's own browser steps through sampling, with the library's own code and the " +
        "shipped model; it opens from disk without a network. `npm start` writes it beside the report.",
    )
    .option("--out <file>", "page to write", "out/report/playground.html")
    .option("--json", "print where the page is and its size as JSON")
    .action(playground);
}

async function playground(options: { out: string; json?: boolean }): Promise<void> {
  const distiller = await open("fashion-mnist");
  const bytes = await writePlayground(options.out, distiller);
  distiller.dispose();
  if (options.json) printJson({ playground: path.resolve(options.out), bytes });
  else process.stderr.write(`Wrote ${options.out}, ${(bytes / 1e6).toFixed(1)} MB: open it in a browser.\n`);
}
