// A shard's job, done by a worker.
import { encodeImages } from "../datasets/imageFolder";
import type { Distiller } from "../distill/distiller";
import { sampleShard, shardClasses } from "../distill/shards";
import { parsePayload, shardJobSchema } from "./jobs";
import { LARGEST_PART, partName, readPart, writePart } from "./part";
import { PartFolder } from "./parts";
import { pictureSize } from "./pictureSize";
import { checkWorker, LARGEST_RUN_FILE, parseRun, Refusal, type RunFile } from "./runFile";

/** What a worker does shards with. */
export interface ShardTools {
  /** Folder that the sets lie in, as this machine sees it. */
  readonly sets: string;
  /** Opens a dataset with the worker's own models; asked again it gives the same. */
  readonly open: (dataset: string) => Promise<Distiller>;
  /** Whether somebody waits for a run. */
  readonly isAlive: (run: string) => Promise<boolean>;
}

/**
 * Makes the images of a shard and leaves them as a part beside the set. A part that is there is not made again.
 * @param onStep called after each denoising step; what it throws ends the work
 * @returns what was done, in words
 * @throws Refusal where this worker must not do it
 */
export async function workOnShard(
  payload: unknown,
  { sets, open, isAlive }: ShardTools,
  onStep: () => void,
): Promise<string> {
  const { set, run, shard } = parsePayload(shardJobSchema, payload);
  const store = new PartFolder(sets, set, run);
  const readRun = () => store.read("run.json", LARGEST_RUN_FILE);
  const dropped = `dropped: nobody waits for ${set} any more`;
  const text = await readRun();
  if (text === null) {
    if (!(await isAlive(run))) return dropped;
    throw new Refusal(
      `Expected the file ${store.place}/run.json, which igds distill has written, and found none. ` +
        "Start the worker with --out FOLDER, where FOLDER/NAME is the --out of igds distill, on a disk that both see.",
    );
  }
  const content = parseRun(text, run);
  const distiller = await open(content.dataset);
  const settings = checkWorker(content, distiller);
  const { classes } = content.planned;
  const labels = shardClasses(distiller.dataset, settings)[shard];
  if (labels === undefined) throw new Error(`The set has no shard ${shard}.`);
  if (await isThere(store, content, { run, shard, labels }, distiller)) return "it was there";
  const { images, ...more } = await sampleShard(distiller, labels, settings, onStep);
  const encoded = await encodeImages(classes, images, more.labels, more.indices);
  // One that counted as dead, while another did its shard, may come last.
  if ((await readRun()) === null) return dropped;
  await store.write(partName(shard), writePart(run, shard, { images: encoded, ledgers: more.ledgers }));
  return `${encoded.length} images`;
}

/** Whether the part was made before, by a worker that could not say so any more. */
async function isThere(
  store: PartFolder,
  { ipc, planned: { classes } }: RunFile,
  place: { readonly run: string; readonly shard: number; readonly labels: readonly number[] },
  { dataset }: Distiller,
): Promise<boolean> {
  try {
    const text = await store.read(partName(place.shard), LARGEST_PART);
    if (text === null) return false;
    readPart(text, { ...place, classes, ipc, ...pictureSize(dataset) });
    return true;
  } catch {
    await store.remove(partName(place.shard));
    return false; // damaged: made again
  }
}
