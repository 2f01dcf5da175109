// Distils a dataset into a folder of PNG files with a manifest, resuming what an earlier run left there.
import path from "node:path";
import type { Dataset } from "../datasets/dataset";
import { type WrittenImage, writeImages } from "../datasets/imageFolder";
import type { WeightOrigin } from "../diffusion/denoiser";
import { isLatent } from "../diffusion/latents";
import { firstStep } from "../guidance/noisedStart";
import type { Checkpoint } from "../nn/checkpoint";
import { loadCheckpoint } from "../nn/checkpointFile";
import { referenceFile } from "../nn/frozenClassifier";
import { concatBatches, type ImageBatch } from "../tensor/batch";
import { claim, holderOf } from "../tensor/claim";
import { engineInfo } from "../tensor/engine";
import { Seed } from "../tensor/random";
import { betaOfIpc } from "./beta";
import type { FoundBeta } from "./betaPilot";
import type { Distiller } from "./distiller";
import {
  checkSameRun,
  findManifest,
  libraryVersion,
  type Manifest,
  type ManifestImage,
  manifestFormat,
  writeManifest,
} from "./manifest";
import { verifyImages } from "./manifestImages";
import { type Method, needsFeatures, selects } from "./methods";
import {
  byRule,
  type GuidanceOptions,
  guidanceOf,
  optionsOf,
  type SamplingSettings,
  samplingOf,
} from "./settings";
import { type SetOptions, type Shard, sampleShard, selectSet, shardClasses } from "./shards";

export interface DistilOptions extends Partial<SamplingSettings>, GuidanceOptions {
  readonly method: Method;
  readonly ipc: number;
  readonly seed?: number | string;
  /** Called with the work done so far and in all, in denoising steps of images (or images selected). */
  readonly onProgress?: (done: number, total: number) => void;
  /** Told what beta: "auto" found, before anything is sampled. */
  readonly onBeta?: (found: FoundBeta) => void;
}

/** A distilled set in memory. */
export interface DistilledSet {
  readonly images: ImageBatch;
  readonly labels: Int32Array;
  readonly method: Method;
  readonly ipc: number;
}

/** @returns the options with all defaults in place. @throws where one is out of its range or of another method */
export function setOptions({ method, ipc, seed = 0, ...rest }: DistilOptions): SetOptions {
  betaOfIpc(ipc);
  return {
    method,
    ipc,
    seed,
    sampling: samplingOf(rest),
    guidance: guidanceOf(method, rest),
  };
}

/** The options with all weights as numbers; searches for beta where it is "auto". */
async function settled(source: Distiller | Dataset, options: DistilOptions): Promise<SetOptions> {
  const settings = setOptions(options);
  const { method, ipc } = settings;
  const guidance = byRule(settings.guidance, ipc);
  if (guidance?.beta !== "auto" || selects(method)) return { ...settings, guidance };
  const found = await distillerOf(source, method).autoBeta({
    ...settings.sampling,
    ...optionsOf(guidance),
    method,
    ipc,
  });
  options.onBeta?.(found);
  return { ...settings, guidance: { ...guidance, beta: found.beta } };
}

/**
 * Distils into memory.
 *
 * @param source the distiller; where real images are selected a dataset is enough
 * @example const set = await distil(distiller, { method: "igds", ipc: 1, steps: 5 });
 */
export async function distil(source: Distiller | Dataset, options: DistilOptions): Promise<DistilledSet> {
  const shards: Shard[] = [];
  const settings = await settled(source, options);
  for await (const shard of makeShards(source, settings, () => true, options.onProgress)) shards.push(shard);
  return {
    images: concatBatches(shards.map(({ images }) => images)),
    labels: Int32Array.from(shards.flatMap(({ labels }) => [...labels])),
    method: options.method,
    ipc: options.ipc,
  };
}

/**
 * Distils into a folder: FOLDER/<class>/<i>.png and FOLDER/manifest.json. What is already there and intact is
 * kept, so a killed run goes on, and ends with the same bytes as an unbroken one.
 *
 * @throws if the folder holds a set made with other settings, or another process is at work on it
 * @example const manifest = await distilInto("out/kmeans-1", dataset, { method: "kmeans", ipc: 1 });
 */
export async function distilInto(
  folder: string,
  source: Distiller | Dataset,
  options: DistilOptions,
): Promise<Manifest> {
  const lock = path.join(folder, ".lock");
  const release = await claim(lock);
  if (!release) {
    const { pid, host } = await holderOf(lock).catch(() => ({ pid: "unknown", host: "unknown" }));
    throw new Error(
      `${folder}: another process is making this set (process ${pid} on ${host}). Wait for it, or choose another folder.`,
    );
  }
  try {
    return await distilAlone(folder, source, options);
  } finally {
    await release();
  }
}

async function distilAlone(
  folder: string,
  source: Distiller | Dataset,
  options: DistilOptions,
): Promise<Manifest> {
  const settings = await settled(source, options);
  const dataset = datasetOf(source);
  const judge = needsFeatures(settings.method) ? await loadCheckpoint(referenceFile(dataset.name)) : null;
  const planned = plan(source, settings, judge);
  const earlier = await findManifest(folder);
  let images: ManifestImage[] = [];
  if (earlier) {
    checkSameRun(folder, earlier, planned);
    images = (await verifyImages(folder, earlier)).intact;
  }
  const isDone = (label: number) =>
    images.filter((image) => image.class === dataset.classes[label]).length === settings.ipc;
  for await (const shard of makeShards(
    source,
    settings,
    (classes) => !classes.every(isDone),
    options.onProgress,
  )) {
    const written = await writeImages(folder, dataset.classes, shard.images, shard.labels, shard.indices);
    const fresh = new Set(written.map(({ file }) => file));
    images = [
      ...images.filter(({ file }) => !fresh.has(file)),
      ...written.map((image, i) => manifestImage(image, i, shard, dataset)),
    ];
    await writeManifest(folder, { ...planned, images });
  }
  const finished: Manifest = { ...planned, finished: true, images };
  await writeManifest(folder, finished);
  return finished;
}

async function* makeShards(
  source: Distiller | Dataset,
  settings: SetOptions,
  isWanted: (classes: readonly number[]) => boolean,
  onProgress: (done: number, total: number) => void = () => {},
): AsyncGenerator<Shard, void, undefined> {
  const dataset = datasetOf(source);
  if (selects(settings.method)) {
    if (!isWanted(dataset.classes.map((_, label) => label))) return;
    yield await selectSet(dataset, settings, onProgress);
    return;
  }
  const distiller = distillerOf(source, settings.method);
  const shards = shardClasses(dataset.classes.length, settings.ipc);
  const wanted = shards.filter(isWanted);
  const work = (classes: readonly number[]) => classes.length * settings.ipc;
  const start = settings.guidance?.start;
  const steps = settings.sampling.steps - (start ? firstStep(settings.sampling.steps, start.strength) : 0);
  const total = shards.reduce((sum, classes) => sum + work(classes), 0) * steps;
  let done = total - wanted.reduce((sum, classes) => sum + work(classes), 0) * steps;
  onProgress(done, total);
  for (const classes of wanted) {
    yield await sampleShard(distiller, classes, settings, () => {
      done += work(classes);
      onProgress(done, total);
    });
  }
}

/** @throws if there is only the dataset */
function distillerOf(source: Distiller | Dataset, method: Method): Distiller {
  if ("denoiser" in source) return source;
  throw new Error(`"${method}" samples: it needs a distiller, from open(), not the dataset alone.`);
}

function datasetOf(source: Distiller | Dataset): Dataset {
  return "denoiser" in source ? source.dataset : source;
}

/** The manifest before the first image. */
function plan(
  source: Distiller | Dataset,
  { method, ipc, seed, sampling, guidance }: SetOptions,
  judge: Checkpoint | null,
): Manifest {
  const dataset = datasetOf(source);
  const samples = "denoiser" in source && !selects(method);
  return {
    format: manifestFormat,
    igds: libraryVersion(),
    dataset: dataset.name,
    classes: [...dataset.classes] as Manifest["classes"],
    ipc,
    method,
    settings: {
      ...(samples ? { sampling } : {}),
      ...(guidance ? { guidance: { ...guidance } } : {}),
      ...(samples && isLatent(dataset) && dataset.autoencoder.origin
        ? { autoencoder: reference(dataset.autoencoder.origin) }
        : {}),
    },
    seeds: { set: new Seed(seed).toString() },
    checkpoint: samples && source.denoiser.origin ? reference(source.denoiser.origin) : null,
    classifier: samples ? reference(source.classifier.checkpoint) : judge && reference(judge),
    engine: samples
      ? { backend: engineInfo.backend, tensorflow: engineInfo.tensorflow, device: engineInfo.device }
      : null,
    finished: false,
    images: [],
  };
}

function reference(origin: Checkpoint | WeightOrigin) {
  const { file, sha256 } = origin;
  const named = { file: file.split(/[\\/]/).pop() as string, sha256 };
  if (!("recipe" in origin)) return named;
  const { config, recipe } = origin;
  return {
    ...named,
    kind: config.kind,
    steps: recipe.steps,
    seed: recipe.seed,
    dataset: recipe.dataset,
  };
}

function manifestImage(image: WrittenImage, i: number, shard: Shard, dataset: Dataset): ManifestImage {
  return {
    file: image.file,
    class: dataset.classes[image.label],
    index: image.index,
    sha256: image.sha256,
    ...(shard.sources ? { source: shard.sources[i] } : {}),
    ...(shard.ledgers ? { ledger: [...shard.ledgers[i]] } : {}),
  };
}
