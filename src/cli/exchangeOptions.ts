// What commands ask for that read or write sets in the layouts of others.
import { type Command, InvalidArgumentError, Option } from "commander";
import { classList, classListNames, readClassList } from "../datasets/classLists";
import type { Dataset } from "../datasets/dataset";
import { canonicalName, listDataset } from "../datasets/load";
import type { ImportOptions } from "../exchange/importSet";
import { layouts, type Standard } from "../exchange/layouts";
import { loadWithBar } from "./options";

/** What the files of a set do not say themselves, by the names of the options. */
export interface SetFormOptions {
  classes?: string;
  mean?: number[];
  deviation?: number[];
}

/** The options by name. */
export interface ExchangeOptions extends SetFormOptions {
  dataset: string;
  folder?: string;
}

/**
 * Adds the options to a command.
 * @param classes what a class list means to it
 */
export function withExchangeOptions(
  command: Command,
  classes = "the set's own class list, one in a line: the class with number 0 first",
): Command {
  return command
    .option("--folder <dir>", "folder that holds the dataset's files")
    .option("--classes <file>", classes)
    .option(
      "--mean <numbers>",
      "means that the values in images.pt are standardised by, as 0.49,0.48,0.45",
      numbers,
    )
    .option("--deviation <numbers>", "deviations that they are standardised by", numbers);
}

/** @param what for the help */
export const layoutOption = (what: string) => new Option("--layout <name>", what).choices([...layouts]);

function numbers(text: string): number[] {
  const parts = text.split(",");
  const values = parts.map(Number);
  if (parts.some((part) => part.trim() === "") || !values.every(Number.isFinite))
    throw new InvalidArgumentError("Expected numbers with commas between them.");
  return values;
}

/** @throws Error if only one of the two is given */
export function standardOf({ mean, deviation }: SetFormOptions): Standard | undefined {
  if (!mean && !deviation) return undefined;
  if (!mean || !deviation) throw new Error("Give --mean and --deviation together, or neither.");
  return { mean, deviation };
}

/** The class list, where one is given. */
export async function orderOf({ classes }: SetFormOptions): Promise<readonly string[] | undefined> {
  return classes === undefined ? undefined : readClassList(classes);
}

/** All of them as `importSet` takes them. @throws as `standardOf`, and where there is no such list */
export async function formOf(options: SetFormOptions): Promise<Pick<ImportOptions, "order" | "standard">> {
  const standard = standardOf(options);
  const order = await orderOf(options);
  return { ...(order ? { order } : {}), ...(standard ? { standard } : {}) };
}

/** Of a dataset its own name and its classes in label order, its images left where they are as far as that can be. */
export async function taskOf({
  dataset,
  folder,
}: ExchangeOptions): Promise<Pick<Dataset, "name" | "classes">> {
  const known = classListNames.find((name) => name === canonicalName(dataset));
  if (known) return { name: known, classes: classList(known).map(({ wnid }) => wnid) };
  return listDataset(dataset, loadWithBar(folder));
}

/** What becomes of soft labels in layouts of pictures; the remedy follows. */
export const softLost =
  "The set has soft labels, which pictures in folders cannot hold: only the most likely class of each image was kept. ";
