// igds import: a set that somebody else has made, as one of this library's.
import path from "node:path";
import { Command } from "commander";
import { indicesByClass } from "../datasets/dataset";
import type { WrittenImage } from "../datasets/imageFolder";
import { writeImages } from "../datasets/imageFolder";
import { libraryVersion, manifestFormat, writeManifest } from "../distill/manifest";
import { ExchangeError } from "../exchange/arrays";
import { checkEmpty } from "../exchange/folders";
import { importSet } from "../exchange/importSet";
import { type Layout, layoutOf } from "../exchange/layouts";
import {
  type ExchangeOptions,
  formOf,
  layoutOption,
  softLost,
  taskOf,
  withExchangeOptions,
} from "./exchangeOptions";
import { newFolder, printJson } from "./options";

interface ImportCommandOptions extends ExchangeOptions {
  layout?: Layout;
  out: string;
  json?: boolean;
}

export function importCommand(): Command {
  const command = new Command("import")
    .usage("--out <folder> [options] <source>")
    .description(
      "Read a set in the layout of other code (igds export lists them) and write it as FOLDER/<class>/<i>.png, with a " +
        "manifest where all classes have the same number of images.",
    )
    .argument("<source>", "folder of the set, of npz the file")
    .addOption(layoutOption("layout of the set (default: found out)"))
    .requiredOption("--out <folder>", "folder to write (required)", newFolder)
    .option("--dataset <name>", "dataset that it was distilled from", "fashion-mnist");
  return withExchangeOptions(command).option("--json", "print what was read as JSON").action(importFrom);
}

async function importFrom(source: string, options: ImportCommandOptions): Promise<void> {
  const { out } = options;
  const form = await formOf(options);
  const { name: dataset, classes } = await taskOf(options);
  const layout = options.layout ?? (await layoutOf(source, classes));
  const set = await importSet(source, { classes }, { layout, ...form });
  const counts = indicesByClass(set.labels, classes.length).map((members) => members.length);
  const empty = counts.indexOf(0);
  if (empty >= 0)
    throw new ExchangeError(`${source}: expected images of every class, found none of "${classes[empty]}"`);
  await checkEmpty(out);
  const written = await writeImages(out, classes, set.images, set.labels);
  const ipc = counts.every((count) => count === counts[0]) ? counts[0]! : null;
  if (ipc !== null) await manifest(out, { classes, dataset, ipc, source, layout, written });
  if (set.targets)
    process.stderr.write(
      `${softLost}igds evaluate and igds audit read the set as it is, soft labels included.\n`,
    );
  const found = { out, layout, images: set.labels.length, ipc, soft: set.targets !== undefined };
  if (options.json) printJson(found);
  else
    process.stdout.write(
      `${found.images} images (${layout}) read from ${source} and written to ${out}${ipc ? `, ${ipc} per class` : ""}\n`,
    );
}

interface Imported {
  readonly classes: readonly string[];
  readonly dataset: string;
  readonly ipc: number;
  readonly source: string;
  readonly layout: Layout;
  readonly written: readonly WrittenImage[];
}

async function manifest(
  out: string,
  { classes, dataset, ipc, source, layout, written }: Imported,
): Promise<void> {
  await writeManifest(out, {
    format: manifestFormat,
    igds: libraryVersion(),
    dataset,
    classes: [...classes] as [string, ...string[]],
    ipc,
    method: "imported",
    settings: { source: path.basename(path.resolve(source)), layout },
    seeds: {},
    checkpoint: null,
    engine: null,
    finished: true,
    images: written.map(({ file, label, index, sha256 }) => ({
      file,
      class: classes[label]!,
      index,
      sha256,
    })),
  });
}
