// The dataset by which sets are judged: that of their manifests, unless the command line names another.
import { Option } from "commander";
import type { Dataset } from "../datasets/dataset";
import { canonicalName, datasetNames, loadDataset } from "../datasets/load";
import { findManifest, type Manifest } from "../distill/manifest";
import { fingerprint } from "../distill/plan";
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
 * Loads the dataset of the sets. Says on standard error which are unfinished, or of other images than the dataset's.
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
  const [set, manifest] = first;
  const dataset = canonicalName(manifest.dataset);
  for (const [other, { dataset: another }] of manifests)
    if (canonicalName(another) !== dataset)
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

function compare(set: string, manifest: Manifest, dataset: Dataset): void {
  const { data, classes, ipc, images, finished } = manifest;
  const source = canonicalName(manifest.dataset);
  const sorted = (names: readonly string[]) => [...names].sort().join("\n");
  if (sorted(classes) !== sorted(dataset.classes))
    throw new Error(
      `${set} was distilled from ${source}, which has other classes than ${dataset.name}. Leave out --dataset, or name ` +
        "that of the set.",
    );
  const say = (line: string) => process.stderr.write(`${line}\n`);
  if (source !== dataset.name) say(`${set} was distilled from ${source}, and is judged by ${dataset.name}.`);
  // Pictures of another size have another hash, and latents are told by that of their pictures.
  else if (data?.shape.join() === dataset.shape.join() && data.sha256 !== fingerprint(dataset))
    say(
      `${set} was distilled from other images or labels than those of ${dataset.name} in ${dataset.source}, by which it is judged. ` +
        "If that is not meant, name the folder that it was distilled from by --folder.",
    );
  if (!finished)
    say(
      `${set} is unfinished: it has ${images.length} of ${ipc * classes.length} images. igds distill goes on with it.`,
    );
}
