// A distilled set in portions: whole classes, as many as fit a batch. A portion is the unit of work: what is
// sampled together, saved together, and made again after a break. It depends on the settings alone, so the
// bytes of a set do not depend on how often its making was interrupted.
import { gather } from "../datasets/batches";
import type { Dataset } from "../datasets/dataset";
import { developmentSplit } from "../datasets/development";
import { steps } from "../diffusion/sample";
import { pickImages } from "../guidance/pool";
import type { WeightedTerm } from "../guidance/term";
import { loadFrozenClassifier, referenceFile } from "../nn/frozenClassifier";
import type { ImageBatch } from "../tensor/batch";
import type { ProgressEvent } from "../tensor/progress";
import { Seed } from "../tensor/random";
import type { Distiller } from "./distiller";
import type { LedgerEntry } from "./manifest";
import { ledgerEntries } from "./manifestImages";
import { type Method, needsFeatures, selects } from "./methods";
import { selectByFeatures } from "./selectByFeatures";
import { herding } from "./selectHerding";
import { kCenter } from "./selectKCenter";
import { selectKMeans } from "./selectKMeans";
import { type Selection, selectRandom } from "./selectRandom";
import { type GuidanceSettings, optionsOf, type SamplingSettings, sampledPerClass } from "./settings";

/** What a distilled set is made by, defaults filled in. */
export interface SetOptions {
  /** How images are made or picked. */
  readonly method: Method;
  /** Images per class. */
  readonly ipc: number;
  /** Source of all noise and of every choice. */
  readonly seed: number | string;
  /** Of methods that sample; the others do not look at it. */
  readonly sampling: SamplingSettings;
  /** Null where nothing guides. */
  readonly guidance: GuidanceSettings | null;
  /** Checkpoint in whose features methods pick that need them; without, the shipped one of the dataset. */
  readonly reference?: string;
  /** Terms of the caller's own, which no file can carry: sampled by the process that has them. */
  readonly terms?: readonly WeightedTerm[];
}

/** A finished portion: all images of some classes. */
export interface Shard {
  readonly images: ImageBatch;
  readonly labels: Int32Array;
  /** Number of each image within its class. */
  readonly indices: Int32Array;
  /** Selected real images: their places in the train split. */
  readonly sources?: Int32Array;
  /** Sampled images: the bounds of each image at each step. */
  readonly ledgers?: readonly (readonly LedgerEntry[])[];
}

/** Images sampled together, at most, unless a single class has more. */
const LARGEST_SHARD = 100;
/**
 * The same where the set term guides: it knows the images that are sampled together, of others only
 * stand-ins. 500 images of 28 x 28 x 1; of larger ones fewer.
 */
const VALUES_TOGETHER = 500 * 28 * 28;

/** The classes of each portion, by index. */
export function shardClasses(
  { classes, shape }: Pick<Dataset, "shape"> & { readonly classes: ArrayLike<unknown> },
  { ipc, guidance }: Pick<SetOptions, "ipc" | "guidance">,
): number[][] {
  const size = shape.reduce((a, b) => a * b, 1);
  const together = guidance?.setWeight ? Math.floor(VALUES_TOGETHER / size) : 0;
  const perShard = Math.max(
    1,
    Math.floor(Math.max(LARGEST_SHARD, together) / sampledPerClass(ipc, guidance)),
  );
  const shards: number[][] = [];
  for (let first = 0; first < classes.length; first += perShard)
    shards.push(Array.from({ length: Math.min(perShard, classes.length - first) }, (_, i) => first + i));
  return shards;
}

/**
 * Makes a portion by sampling.
 * @param onStep is told of each denoising step
 * @param onProgress of each step of training before the first of them
 */
export async function sampleShard(
  distiller: Distiller,
  classes: readonly number[],
  { method, ipc, seed, sampling, guidance, terms }: SetOptions,
  onStep: () => void = () => {},
  onProgress?: (event: ProgressEvent) => void,
): Promise<Shard> {
  if (selects(method)) throw new Error(`"${method}" picks real images: there is nothing to sample.`);
  const options = {
    ...sampling,
    ...optionsOf(guidance),
    method,
    classes,
    ipc,
    seed,
    ...(terms ? { terms } : {}),
    ...(onProgress ? { onProgress } : {}),
  };
  const sampled = distiller.sampleOptions(options);
  // Of a step the bounds alone are kept: a run would keep four arrays of every image.
  const perStep: (readonly LedgerEntry[])[] = [];
  let images: ImageBatch | null = null;
  for await (const record of steps(distiller.denoiser, sampled)) {
    perStep.push(ledgerEntries(record) ?? []);
    images = record.x0;
    onStep();
  }
  if (!images) throw new Error("A sampler without a step has no images.");
  const kept = distiller.chosenOf(options, images, sampled.labels);
  return {
    images: distiller.pictures(pickImages(images, kept)),
    labels: Int32Array.from(kept, (_, i) => classes[Math.floor(i / ipc)]),
    indices: Int32Array.from(kept, (_, i) => i % ipc),
    ledgers: Array.from(kept, (place) => perStep.flatMap((entries) => entries.slice(place, place + 1))),
  };
}

async function select(
  dataset: Dataset,
  {
    method,
    ipc,
    reference = referenceFile(dataset.name),
  }: Pick<SetOptions, "method" | "ipc"> & { readonly reference: string | undefined },
  seed: Seed,
  among: Int32Array,
  onProgress: (event: ProgressEvent) => void,
): Promise<Selection> {
  const { train, shape, classes } = dataset;
  if (method === "random") return selectRandom(train, classes, ipc, seed, among);
  if (method === "kmeans") return selectKMeans(train, shape, classes, ipc, seed, onProgress, among);
  if (!needsFeatures(method)) throw new Error(`"${method}" samples: there is nothing to select.`);
  const { classifier } = await loadFrozenClassifier(reference);
  try {
    const { height, width, channels } = classifier.network.config;
    const [made, wanted] = [[height, width, channels], shape].map((of) => of.join(" x "));
    if (made !== wanted)
      throw new Error(
        `${reference} is for images of ${made} (height, width, channels), but ${dataset.name} has ${wanted}. ` +
          "Give the reference classifier of this dataset.",
      );
    const rule = method === "herding" ? herding : kCenter;
    return await selectByFeatures(dataset, classifier, rule, ipc, among, onProgress);
  } finally {
    classifier.dispose();
  }
}

/** Makes a whole set of selected real images; only images that models are fitted on are looked at. */
export async function selectSet(
  dataset: Dataset,
  { method, ipc, seed, reference }: Pick<SetOptions, "method" | "ipc" | "seed" | "reference">,
  onProgress: (event: ProgressEvent) => void = () => {},
): Promise<Shard> {
  const { fit } = developmentSplit(dataset);
  const selection = await select(dataset, { method, ipc, reference }, new Seed(seed), fit, onProgress);
  const sources = Int32Array.from(selection.flatMap((indices) => [...indices]));
  return {
    images: gather(dataset.train, dataset.shape, sources),
    labels: Int32Array.from(selection.flatMap((indices, label) => Array.from(indices, () => label))),
    indices: Int32Array.from(selection.flatMap((indices) => Array.from(indices, (_, i) => i))),
    sources,
  };
}
