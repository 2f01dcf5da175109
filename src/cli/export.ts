// igds export: a set in the form that others' code takes.
import { Command } from "commander";
import { findManifest } from "../distill/manifest";
import { exportSet } from "../exchange/exportSet";
import { importSet } from "../exchange/importSet";
import type { Layout } from "../exchange/layouts";
import {
  classesOf,
  type ExchangeOptions,
  layoutOption,
  orderOf,
  standardOf,
  withExchangeOptions,
} from "./exchangeOptions";
import { printJson } from "./options";

interface ExportCommandOptions extends ExchangeOptions {
  layout: Layout;
  out: string;
  json?: boolean;
}

export function exportCommand(): Command {
  const command = new Command("export")
    .description(
      "Write a set in the layout of other code: wnid for Minimax, IGD and MGD3, numbered for RDED and D4M, torch " +
        "(images.pt, labels.pt) for DD-Ranking, npz for anything that reads NumPy.",
    )
    .argument("<set>", "folder of the set")
    .addOption(layoutOption("layout to write").makeOptionMandatory())
    .requiredOption("--out <path>", "folder to write, of npz the file NAME.npz")
    .option("--dataset <name>", "dataset of a set without a manifest", "fashion-mnist");
  return withExchangeOptions(command).option("--json", "print what was written as JSON").action(exportTo);
}

async function exportTo(folder: string, options: ExportCommandOptions): Promise<void> {
  const { layout, out } = options;
  const manifest = await findManifest(folder);
  const classes = manifest?.classes ?? (await classesOf(options));
  const { images, labels } = await importSet(folder, { classes });
  const named = (await orderOf(options)) ?? classes;
  if (named.length !== classes.length)
    throw new Error(
      `--classes must name the set's ${classes.length} classes in label order, found ${named.length}.`,
    );
  const standard = standardOf(options);
  await exportSet({ images, labels }, out, { layout, classes: named, ...(standard ? { standard } : {}) });
  const written = { out, layout, images: labels.length, classes: classes.length };
  if (options.json) printJson(written);
  else
    process.stdout.write(
      `${written.images} images of ${written.classes} classes written to ${out} (${layout})\n`,
    );
}
