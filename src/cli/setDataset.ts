// The dataset by which sets are judged: that of their manifests, unless the command line names another.
import { Option } from "commander";
import type { Dataset } from "../datasets/dataset";
import { datasetNames, loadDataset } from "../datasets/load";
import { findManifest, type Manifest } from "../distill/manifest";
import { loadWithBar } from "./options";

const fallback = "fashion-mnist";

/** What the command line says of the dataset. */
export interface SetDatasetOptions {
  readonly dataset?: string;
  readonly folder?: string;
  readonly size?: number;
}

/** @param what the dataset is to the command */
export function setDatasetOption(what: string): Option {
  return new Option("--dataset <name>", `${what} (default: that of the set's manifest, else ${fallback})`);
}

/**
 * Loads the dataset of the sets.
 * @throws if they are of several datasets, of one that cannot be had, or of other classes than the one that was named
 */
export async function datasetOfSets(
  sets: readonly string[],
  { dataset: named, folder, size }: SetDatasetOptions,
): Promise<Dataset> {
  const manifests = new Map<string, Manifest>();
  for (const set of sets) {
    const manifest = await findManifest(set);
    if (manifest) manifests.set(set, manifest);
  }
  const dataset = await loadDataset(named ?? nameIn(manifests, folder), loadWithBar(folder, size));
  for (const [set, manifest] of manifests) compare(set, manifest, dataset);
  return dataset;
}

/** The name that opens the dataset of the manifests. */
function nameIn(manifests: ReadonlyMap<string, Manifest>, folder: string | undefined): string {
  const [first] = manifests;
  if (!first) return fallback;
  const [set, { dataset }] = first;
  for (const [other, { dataset: another }] of manifests)
    if (another !== dataset)
      throw new Error(
        `${set} was distilled from ${dataset}, ${other} from ${another}. Say with --dataset which one judges them.`,
      );
  if (datasetNames().includes(dataset)) return dataset;
  // A folder of pictures gives its own name to what is made of it.
  if (folder !== undefined) return "image-folder";
  throw new Error(
    `${set} was distilled from ${dataset}, which is not the name of a dataset: name the folder that holds it by --folder, ` +
      "with --size as for igds distill.",
  );
}

function compare(set: string, { dataset: source, classes }: Manifest, dataset: Dataset): void {
  const sorted = (names: readonly string[]) => [...names].sort().join("\n");
  if (sorted(classes) !== sorted(dataset.classes))
    throw new Error(
      `${set} was distilled from ${source}, which has other classes than ${dataset.name}. Leave out --dataset, or name ` +
        "that of the set.",
    );
  if (source !== dataset.name)
    process.stderr.write(`${set} was distilled from ${source}, and is judged by ${dataset.name}.\n`);
}
