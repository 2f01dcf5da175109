// A shard's job, done by a worker.
import { encodeImages } from "../datasets/imageFolder";
import type { Distiller } from "../distill/distiller";
import { sampleShard, shardClasses } from "../distill/shards";
import { parsePayload, shardJobSchema } from "./jobs";
import { DataError } from "./parsed";
import { type ExpectedPart, LARGEST_PART, partName, readPart, writePart } from "./part";
import { PartFolder } from "./parts";
import { pictureSize } from "./pictureSize";
import { checkWorker, LARGEST_RUN_FILE, orRefuse, parseRun, Refusal } from "./runFile";

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
 * @throws DataError where its part would not be taken: made again it would be the same
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
  const distiller = await orRefuse(`the dataset ${content.dataset} and its networks`, () =>
    open(content.dataset),
  );
  const settings = checkWorker(content, distiller);
  const { ipc, planned } = content;
  const { classes } = planned;
  const labels = shardClasses(distiller.dataset, settings)[shard];
  if (labels === undefined) throw new Error(`The set has no shard ${shard}.`);
  const wanted = { run, shard, classes, labels, ipc, ...pictureSize(distiller.dataset) };
  if (await isThere(store, wanted)) return "it was there";
  const { images, ...more } = await sampleShard(distiller, labels, settings, onStep);
  const encoded = await encodeImages(classes, images, more.labels, more.indices);
  const part = writePart(run, shard, { images: encoded, ledgers: more.ledgers });
  checkOwn(part, wanted);
  // One that counted as dead, while another did its shard, may come last.
  if ((await readRun()) === null) return dropped;
  await store.write(partName(shard), part);
  return `${encoded.length} images`;
}

/** Reads a part as the one who collects it will. @throws DataError where it would be removed, and made again for ever */
function checkOwn(text: string, wanted: ExpectedPart): void {
  try {
    const length = Buffer.byteLength(text);
    if (length > LARGEST_PART) throw new Error(`Expected at most ${LARGEST_PART} bytes, found ${length}.`);
    readPart(text, wanted);
  } catch (error) {
    throw new DataError(`The shard gives a part that cannot be taken. ${(error as Error).message}`);
  }
}

/** Whether the part was made before, by a worker that could not say so any more. */
async function isThere(store: PartFolder, wanted: ExpectedPart): Promise<boolean> {
  try {
    const text = await store.read(partName(wanted.shard), LARGEST_PART);
    if (text === null) return false;
    readPart(text, wanted);
    return true;
  } catch {
    await store.remove(partName(wanted.shard));
    return false; // damaged: made again
  }
}
