// What importing and exporting ask for alike.
import { type Command, InvalidArgumentError, Option } from "commander";
import { classList, classListNames, readClassList } from "../datasets/classLists";
import { listDataset, loadDataset } from "../datasets/load";
import { layouts, type Standard } from "../exchange/layouts";
import { loadWithBar } from "./options";

/** The options by name. */
export interface ExchangeOptions {
  dataset: string;
  folder?: string;
  classes?: string;
  mean?: number[];
  deviation?: number[];
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
export function standardOf({ mean, deviation }: ExchangeOptions): Standard | undefined {
  if (!mean && !deviation) return undefined;
  if (!mean || !deviation) throw new Error("Give --mean and --deviation together, or neither.");
  return { mean, deviation };
}

/** The class list, where one is given. */
export async function orderOf({ classes }: ExchangeOptions): Promise<readonly string[] | undefined> {
  return classes === undefined ? undefined : readClassList(classes);
}

/** The classes of a dataset in label order, its images left where they are as far as that can be. */
export async function classesOf({ dataset, folder }: ExchangeOptions): Promise<readonly string[]> {
  const known = classListNames.find((name) => name === dataset);
  if (known) return classList(known).map(({ wnid }) => wnid);
  const options = loadWithBar(folder);
  const listed = await listDataset(dataset, options).catch(() => loadDataset(dataset, options));
  return listed.classes;
}
