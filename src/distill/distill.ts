// Distills a dataset into a folder of PNG files with a manifest, resuming what an earlier run left there.
import path from "node:path";
import type { Dataset } from "../datasets/dataset";
import { type EncodedImage, encodeImages, storeImages } from "../datasets/imageFolder";
import { samplers, timesOf } from "../diffusion/samplers";
import { firstStep } from "../guidance/noisedStart";
import type { WeightedTerm } from "../guidance/term";
import { loadCheckpoint } from "../nn/checkpointFile";
import { referenceFile } from "../nn/frozenClassifier";
import { concatBatches, type ImageBatch } from "../tensor/batch";
import { claim, holderOf } from "../tensor/claim";
import { type ProgressEvent, usualProgress } from "../tensor/progress";
import { expectIpc } from "./beta";
import type { FoundBeta } from "./betaPilot";
import type { Distiller } from "./distiller";
import { missingFolders, removeEmpty } from "./emptyFolders";
import { expectSeed } from "./expectSeed";
import { expectKnown } from "./knownOptions";
import { checkSameRun, findManifest, type Manifest, type ManifestImage, writeManifest } from "./manifest";
import { verifyImages } from "./manifestImages";
import { expectMethod, type Method, needsFeatures, selects } from "./methods";
import { datasetOf, distillerOf, plannedManifest } from "./plan";
import { betaTableName, expectNoPictures, removeLeftovers } from "./setFolder";
import {
  byRule,
  type GuidanceOptions,
  guidanceOf,
  type SamplingSettings,
  type SettingName,
  samplingOf,
  settingNames,
} from "./settings";
import { settled, withBetaOf } from "./settled";
import type { FinishedShard, ShardMaker } from "./shardMaker";
import { type SetOptions, type Shard, sampleShard, selectSet, shardClasses } from "./shards";

/** What to distill. Settings of sampling and guidance that are left out take their defaults. */
export interface DistillOptions extends Partial<SamplingSettings>, GuidanceOptions {
  /** How images are made or picked. */
  readonly method: Method;
  /** Images per class, whole, >= 1. */
  readonly ipc: number;
  /** Source of all noise and of every choice. Default 0. */
  readonly seed?: number | string;
  /**
   * For "herding" and "kcenter": checkpoint of the classifier in whose features they pick. Default: the shipped one of the
   * dataset; of data of your own, what `igds train --model reference` wrote.
   */
  readonly reference?: string;
  /**
   * Terms of your own, added to those of the method. The manifest has their names, weights and windows, not their code: give
   * a term that you have changed another name. They are sampled by this process, not by `shards`.
   */
  readonly terms?: readonly WeightedTerm[];
  /**
   * Told of every step forward: of the networks that learn from real images before the first image, as those of method `igds`
   * do, then of the set, in denoising steps of images or in classes selected. Default: bars in a notebook's cell.
   */
  readonly onProgress?: (event: ProgressEvent) => void;
  /** Told what beta: "auto" found, before anything is sampled. */
  readonly onBeta?: (found: FoundBeta) => void;
  /**
   * Has the portions of `distillInto` sampled elsewhere, by the workers of a queue (`igds distill --queue`).
   * @internal
   */
  readonly shards?: ShardMaker;
}

/** A distilled set in memory. */
export interface DistilledSet {
  /** NHWC, values in [-1, 1], class after class. */
  readonly images: ImageBatch;
  /** Class index of each image. */
  readonly labels: Int32Array;
  /** What made it. */
  readonly method: Method;
  /** Images per class. */
  readonly ipc: number;
}

/** The options that are no settings. */
const ownOptions: Readonly<Record<Exclude<keyof DistillOptions, SettingName>, true>> = {
  method: true,
  ipc: true,
  seed: true,
  reference: true,
  terms: true,
  onProgress: true,
  onBeta: true,
  shards: true,
};
const optionNames = [...Object.keys(ownOptions), ...settingNames];

/** @returns the options with all defaults in place. @throws where one is unknown, out of its range or of another method */
export function setOptions(options: DistillOptions): SetOptions {
  expectKnown(options, optionNames, "distill");
  const { method, ipc, seed = 0, reference, terms, ...rest } = options;
  expectMethod(method);
  expectIpc(ipc);
  expectSeed(seed, "distill");
  if (options.shards && selects(method))
    throw new RangeError(
      `distill: "${method}" picks real images, which this process does by itself: leave out shards.`,
    );
  if (reference !== undefined && !needsFeatures(method))
    throw new RangeError(`distill: "${method}" picks by no features: leave out reference.`);
  if (terms && (selects(method) || options.shards))
    throw new RangeError(
      `distill: terms of your own need a method that samples, in this process; found ${selects(method) ? `"${method}", which picks real images` : "shards, which are sampled elsewhere"}.`,
    );
  return {
    method,
    ipc,
    seed,
    sampling: samplingOf(rest),
    guidance: guidanceOf(method, { ...rest, terms }),
    ...(reference === undefined ? {} : { reference }),
    ...(terms ? { terms } : {}),
  };
}

/** The options with all that follows the IPC by a formula as numbers. */
function ruled(options: DistillOptions): SetOptions {
  const settings = setOptions(options);
  return { ...settings, guidance: byRule(settings.guidance, settings.ipc) };
}

/**
 * Distills into memory.
 *
 * @param source the distiller; where real images are selected a dataset is enough
 * @returns images NHWC, class after class, IPC of each, with their labels
 * @throws RangeError where an option is unknown, out of its range, or belongs to another method
 * @example const set = await igds.distill(distiller, { method: "igds", ipc: 1, steps: 5 });
 */
export async function distill(source: Distiller | Dataset, options: DistillOptions): Promise<DistilledSet> {
  const shards: Shard[] = [];
  const settings = await settled(source, ruled(options), { onBeta: options.onBeta });
  for await (const shard of makeShards(source, settings, () => true, options)) shards.push(shard);
  return {
    images: concatBatches(shards.map(({ images }) => images)),
    labels: Int32Array.from(shards.flatMap(({ labels }) => [...labels])),
    method: options.method,
    ipc: options.ipc,
  };
}

/**
 * Distills into a folder: FOLDER/<class>/<i>.png and FOLDER/manifest.json. What is already there and intact is
 * kept, so a killed run goes on, and ends with the same bytes as an unbroken one.
 *
 * @param folder made where it is missing; what is there is a set of the same settings, or no picture
 * @param source the distiller; where real images are selected a dataset is enough
 * @returns what manifest.json says of the finished set
 * @throws as `distill`; if the path is that of a file, the folder holds a set made with other settings or pictures that
 *   are of no set, or another process is at work on it
 * @example const manifest = await igds.distillInto("out/kmeans-1", dataset, { method: "kmeans", ipc: 1 });
 */
export async function distillInto(
  folder: string,
  source: Distiller | Dataset,
  options: DistillOptions,
): Promise<Manifest> {
  const lock = path.join(folder, ".lock");
  const missing = missingFolders(folder);
  const release = await claim(lock);
  if (!release) {
    const { pid, host } = await holderOf(lock).catch(() => ({ pid: "unknown", host: "unknown" }));
    throw new Error(
      `${folder}: another process is making this set (process ${pid} on ${host}). Wait for it, or choose another folder.`,
    );
  }
  try {
    return await distillAlone(folder, source, options);
  } finally {
    await release();
    await removeEmpty(missing); // an error before the first image leaves nothing behind
  }
}

async function distillAlone(
  folder: string,
  source: Distiller | Dataset,
  options: DistillOptions,
): Promise<Manifest> {
  const { shards: elsewhere } = options;
  const asked = ruled(options);
  const dataset = datasetOf(source, asked.method);
  const { method, reference = referenceFile(dataset.name) } = asked;
  const judge = needsFeatures(method) ? await loadCheckpoint(reference) : null;
  const earlier = await findManifest(folder);
  await removeLeftovers(folder, dataset);
  if (!earlier) await expectNoPictures(folder, dataset);
  else if (asked.guidance?.beta === "auto")
    // Before the search, which takes its time, for all but beta.
    checkSameRun(folder, earlier, plannedManifest(source, withBetaOf(earlier, asked), judge));
  const settings = await settled(source, asked, {
    onBeta: options.onBeta,
    table: path.join(folder, betaTableName),
  });
  const planned = plannedManifest(source, settings, judge);
  let images: ManifestImage[] = [];
  if (earlier) {
    checkSameRun(folder, earlier, planned);
    images = (await verifyImages(folder, earlier)).intact;
  }
  const counts = new Map<string, number>();
  for (const image of images) counts.set(image.class, (counts.get(image.class) ?? 0) + 1);
  const isWanted = (classes: readonly number[]) =>
    classes.some((label) => counts.get(dataset.classes[label]) !== settings.ipc);
  const finished = elsewhere
    ? elsewhere({
        folder,
        source: distillerOf(source, settings.method),
        settings,
        planned,
        wanted: shardClasses(dataset, settings).filter(isWanted),
      })
    : shardsHere(source, settings, isWanted, options);
  let begun = earlier !== null;
  for await (const shards of finished) {
    // Before the first image, so that a set that is killed now is known to be one.
    if (!begun) await writeManifest(folder, planned);
    begun = true;
    for (const shard of shards) {
      await storeImages(folder, shard.images);
      const fresh = new Set(shard.images.map(({ file }) => file));
      images = [
        ...images.filter(({ file }) => !fresh.has(file)),
        ...shard.images.map((image, i) => manifestImage(image, i, shard, dataset)),
      ];
    }
    await writeManifest(folder, { ...planned, images });
  }
  const whole: Manifest = { ...planned, finished: true, images };
  await writeManifest(folder, whole);
  return whole;
}

/** The portions as files, made by this process, each in a batch of its own. */
async function* shardsHere(
  ...work: Parameters<typeof makeShards>
): AsyncGenerator<readonly FinishedShard[], void, undefined> {
  const { classes } = datasetOf(work[0], work[1].method);
  for await (const { images, labels, indices, sources, ledgers } of makeShards(...work))
    yield [{ images: await encodeImages(classes, images, labels, indices), sources, ledgers }];
}

async function* makeShards(
  source: Distiller | Dataset,
  settings: SetOptions,
  isWanted: (classes: readonly number[]) => boolean,
  { onProgress = usualProgress() }: Pick<DistillOptions, "onProgress">,
): AsyncGenerator<Shard, void, undefined> {
  const dataset = datasetOf(source, settings.method);
  if (selects(settings.method)) {
    if (!isWanted(dataset.classes.map((_, label) => label))) return;
    yield await selectSet(dataset, settings, onProgress);
    return;
  }
  const distiller = distillerOf(source, settings.method);
  const shards = shardClasses(dataset, settings);
  const wanted = shards.filter(isWanted);
  const work = (classes: readonly number[]) => classes.length * settings.ipc;
  const start = settings.guidance?.start;
  const times = timesOf(samplers[settings.sampling.sampler](), settings.sampling.steps);
  const steps = times.length - (start ? firstStep(times, start.strength) : 0);
  const total = shards.reduce((sum, classes) => sum + work(classes), 0) * steps;
  let done = total - wanted.reduce((sum, classes) => sum + work(classes), 0) * steps;
  const label = `distilling by ${settings.method}`;
  for (const classes of wanted) {
    const onStep = () => {
      done += work(classes);
      onProgress({ label, done, total });
    };
    yield await sampleShard(distiller, classes, settings, onStep, onProgress);
  }
}

function manifestImage(
  image: EncodedImage,
  i: number,
  shard: FinishedShard,
  dataset: Dataset,
): ManifestImage {
  return {
    file: image.file,
    class: dataset.classes[image.label],
    index: image.index,
    sha256: image.sha256,
    ...(shard.sources ? { source: shard.sources[i] } : {}),
    ...(shard.ledgers ? { ledger: [...shard.ledgers[i]] } : {}),
  };
}
