// igds export: a set in the form that others' code takes.
import { Command } from "commander";
import { classSlug } from "../datasets/dataset";
import { findManifest } from "../distill/manifest";
import { ExchangeError } from "../exchange/arrays";
import { isOrderOf, unlike } from "../exchange/classOrder";
import { type ExportOptions, exportSet } from "../exchange/exportSet";
import { importSet } from "../exchange/importSet";
import { hasNames, holdsTargets, type Layout } from "../exchange/layouts";
import {
  type ExchangeOptions,
  layoutOption,
  orderOf,
  softLost,
  standardOf,
  taskOf,
  withExchangeOptions,
} from "./exchangeOptions";
import { onlyIf, printJson } from "./options";

interface ExportCommandOptions extends ExchangeOptions {
  layout: Layout;
  out: string;
  json?: boolean;
}

const classesHelp =
  "class list, one in a line: the set's classes in the order to number them, the one with number 0 first; or, of wnid " +
  "and igds, other names for them in label order";

export function exportCommand(): Command {
  const command = new Command("export")
    .usage("--layout <name> --out <path> [options] <set>")
    .description(
      "Write a set in the layout of other code: wnid for Minimax, IGD and MGD3, numbered for RDED and D4M, torch " +
        "(images.pt, labels.pt) for DD-Ranking, npz for anything that reads NumPy.",
    )
    .argument("<set>", "folder of the set")
    .addOption(layoutOption("layout to write (required)").makeOptionMandatory())
    .requiredOption("--out <path>", "folder to write, of npz the file NAME.npz (required)")
    .option("--dataset <name>", "dataset of a set without a manifest", "fashion-mnist");
  return withExchangeOptions(command, classesHelp)
    .option("--json", "print what was written as JSON")
    .action(exportTo);
}

async function exportTo(folder: string, options: ExportCommandOptions): Promise<void> {
  const { layout, out, mean, deviation } = options;
  onlyIf(layout === "torch", "with --layout torch", { mean, deviation });
  const standard = standardOf(options);
  const manifest = await findManifest(folder);
  const classes = manifest?.classes ?? (await taskOf(options)).classes;
  const { files: _, ...set } = await importSet(folder, { classes });
  const list = await orderOf(options);
  const listed = list ? asListed(list, classes, layout) : { classes };
  await exportSet(set, out, { layout, ...listed, ...(standard ? { standard } : {}) });
  if (set.targets && !holdsTargets(layout))
    process.stderr.write(`${softLost}--layout torch and npz keep them.\n`);
  const written = { out, layout, images: set.labels.length, classes: classes.length };
  if (options.json) printJson(written);
  else
    process.stdout.write(
      `${written.images} images of ${written.classes} classes written to ${out} (${layout})\n`,
    );
}

/**
 * What a class list asks for: with the set's own names another order of them, with other names these.
 * @throws ExchangeError where it is neither, or the layout holds no names
 */
function asListed(
  list: readonly string[],
  classes: readonly string[],
  layout: Layout,
): Pick<ExportOptions, "classes" | "order"> {
  if (isOrderOf(list, classes)) return { classes, order: list };
  const own = `--classes must hold each of the set's ${classes.length} classes once, in the order to number them`;
  if (!hasNames(layout))
    throw new ExchangeError(
      `Layout ${layout} holds numbers in place of names. ${own}; found ${list.length}, ${unlike(list, classes)}. ` +
        "Classes get other names with --layout wnid or igds.",
    );
  const either = `${own}, or another name for each of them in label order`;
  if (list.length !== classes.length) throw new ExchangeError(`${either}; found ${list.length}.`);
  // A slip of the pen in an order of the classes is no name: the folders would bear those of other classes.
  const folders = classes.map(classSlug);
  const homes = list.map((name) => folders.indexOf(classSlug(name)));
  const lost = homes.findIndex((home, number) => home >= 0 && home !== number);
  if (lost >= 0)
    throw new ExchangeError(
      `${either}; found "${list[lost]}", the set's class ${homes[lost]}, as number ${lost}; ${unlike(list, classes)}.`,
    );
  return { classes: list };
}
