// Sets are made once and kept as folders of PNG files, named by the hash of all that decides their bytes: trainings,
// protocols and audits of any experiment share them.
import path from "node:path";
import { readImageFolder } from "../datasets/imageFolder";
import { distillInto } from "../distill/distill";
import { findManifest, libraryVersion, type Manifest } from "../distill/manifest";
import { selects } from "../distill/methods";
import { optionsOf } from "../distill/settings";
import type { LabelledSet } from "../evaluate/labelledSet";
import { engineInfo } from "../tensor/engine";
import type { Cell } from "./cell";
import type { Models } from "./models";
import { type SetSettings, setSettings, shortHash } from "./settings";

/** A set on disk. */
export interface StoredSet extends LabelledSet {
  readonly folder: string;
  /** With the value of beta that was used. */
  readonly settings: SetSettings;
  /** Hash of its images, in label order. */
  readonly hash: string;
  /** What it took to make it now; null if it, or a part of it, was there. */
  readonly seconds: number | null;
  readonly manifest: Manifest;
}

/** The set's settings with beta as a number, searched for where it is "auto". */
async function settledSet(cell: Cell, models: Models): Promise<SetSettings> {
  const settings = await setSettings(cell, models);
  if (settings.guidance?.beta !== "auto") return settings;
  const { method } = cell.variant.options;
  if (selects(method)) return settings;
  const distiller = await models.distiller(cell.variant.denoiser);
  const { beta } = await distiller.autoBeta({
    ...settings.sampling,
    ...optionsOf(settings.guidance),
    method,
    ipc: cell.ipc,
  });
  return { ...settings, guidance: { ...settings.guidance, beta } };
}

/** Makes the set of a cell below `sets`, or goes on with it, or finds it there. */
export async function storedSet(cell: Cell, models: Models, sets: string): Promise<StoredSet> {
  const settings = await settledSet(cell, models);
  const { method } = cell.variant.options;
  // The same settings on another engine may differ in the last bit: not the same set.
  const { backend, tensorflow, device } = engineInfo;
  const maker = selects(method) ? null : { igds: libraryVersion(), backend, tensorflow, device };
  const folder = path.join(sets, shortHash([settings, maker]));
  const dataset = await models.dataset();
  let manifest = await findManifest(folder);
  let seconds: number | null = null;
  if (!manifest?.finished) {
    const source = selects(method) ? dataset : await models.distiller(cell.variant.denoiser);
    const whole = manifest === null;
    const start = performance.now();
    manifest = await distillInto(folder, source, {
      ...settings.sampling,
      ...(settings.guidance ? optionsOf(settings.guidance) : {}),
      method,
      ipc: cell.ipc,
      seed: cell.seed,
      onProgress: () => {}, // the grid has a bar
    });
    if (whole) seconds = (performance.now() - start) / 1000;
  }
  const { images, labels } = await readImageFolder(folder, dataset);
  const hash = shortHash(manifest.images.map(({ sha256 }) => sha256));
  return { images, labels, folder, settings, hash, seconds, manifest };
}
