// Has the shards of a set made by the workers of a queue. What is finished lies in the folder of the set: the queue says only
// who does what, and may lose all it knows.
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import type { FinishedShard, ShardMaker, ShardRequest } from "../distill/shardMaker";
import { shardClasses } from "../distill/shards";
import { connect, type QueueAddress } from "./address";
import { type Board, boardOf } from "./board";
import { openQueue, type ShardJob, shardJobId } from "./jobs";
import { OutstandingJobs } from "./outstanding";
import { LARGEST_PART, readPart, shardOfPart } from "./part";
import { PartFolder, type PartStore } from "./parts";
import { pictureSize } from "./pictureSize";
import { keepAlive } from "./presence";
import { nameSchema, runFile } from "./runFile";
import { Troubles } from "./troubles";

/** How often the folder is looked through, ms. */
const LOOK = 200;
/** How often the queue is asked for failed jobs, workers and shards in work, ms. */
const ASK = 2000;
/** How often it is checked that every missing shard still has its job, ms. */
const RECONCILE = 5000;
/** Parts that are read before the first of them is written down. */
const AT_ONCE = 32;
/** Writing the manifest takes at most one part in this many of the time. */
const MANIFEST_SHARE = 5;

export interface ShardsByQueueOptions {
  readonly address: QueueAddress;
  /** The dataset by the name that opens it on the workers. Default: its own name. */
  readonly dataset?: string;
  readonly onBoard?: (board: Board) => void;
  /** Told what should be known at once, such as a worker that refuses the work. */
  readonly say?: (line: string) => void;
}

/**
 * A maker of shards for `distillInto`: workers do them, this process collects. A shard that fails again and again is parked; when
 * all others are done, the error tells of it.
 */
export function shardsByQueue(options: ShardsByQueueOptions): ShardMaker {
  return (request) => collect(request, options);
}

async function* collect(
  request: ShardRequest,
  options: ShardsByQueueOptions,
): AsyncGenerator<readonly FinishedShard[], void, undefined> {
  const { folder, source, settings, planned, wanted } = request;
  const { address, dataset = source.dataset.name, onBoard, say = () => {} } = options;
  if (wanted.length === 0) return;
  const set = nameOfSet(folder);
  const { text, run } = runFile(dataset, source, settings, planned);
  const store = new PartFolder(path.dirname(path.resolve(folder)), set, run);
  const shards = shardClasses(source.dataset, settings);
  const classesOf = new Map(
    wanted.map((classes) => [shards.findIndex(([first]) => first === classes[0]), classes]),
  );
  const jobs = new OutstandingJobs<ShardJob>(
    [...classesOf.keys()].map((shard) => {
      const data: ShardJob = { kind: "shard", set, run, shard };
      return { id: shardJobId(data), data };
    }),
  );
  const redis = await connect(address);
  const queue = openQueue(address);
  try {
    // Written when there is a server, and before workers are told that somebody waits.
    await store.write("run.json", text);
    const endLife = keepAlive(redis, run);
    try {
      yield* untilAllAreDone({ request, store, jobs, classesOf, run, queue, redis, onBoard, say });
    } finally {
      await endLife();
    }
    // In this order: a worker that comes late then finds neither, and drops its job.
    await store.clear();
  } finally {
    await queue.close();
    redis.disconnect();
  }
}

interface Collection {
  readonly request: ShardRequest;
  readonly store: PartStore;
  readonly jobs: OutstandingJobs<ShardJob>;
  readonly classesOf: ReadonlyMap<number, readonly number[]>;
  readonly run: string;
  readonly queue: Queue;
  readonly redis: Redis;
  readonly onBoard?: (board: Board) => void;
  readonly say: (line: string) => void;
}

async function* untilAllAreDone(work: Collection): AsyncGenerator<readonly FinishedShard[], void, undefined> {
  const { store, jobs, run, queue, redis, onBoard, say } = work;
  const total = jobs.size;
  const troubles = new Troubles(redis, run, say);
  const due = { ask: 0, reconcile: 0, write: 0 };
  const ids = async () => (await store.list()).map((name) => idOf(name, run));
  await jobs.begin(queue, await ids());
  while (jobs.size > 0) {
    const now = performance.now();
    const waiting = (await store.list()).filter((name) => jobs.has(idOf(name, run)));
    if (waiting.length > 0 && (now >= due.write || waiting.length === jobs.size)) {
      const shards = await take(waiting.slice(0, AT_ONCE), work);
      const start = performance.now();
      yield shards.map(({ finished }) => finished);
      due.write = performance.now() + (MANIFEST_SHARE - 1) * (performance.now() - start);
      for (const { name } of shards) {
        const id = idOf(name, run);
        jobs.done(id);
        await queue.remove(id); // it may wait still: of one that has died over it, or of a start before
        await store.remove(name);
      }
      due.ask = 0;
    }
    if (now >= due.ask) {
      due.ask = performance.now() + ASK;
      await troubles.look(queue, jobs);
      const { parked } = troubles;
      const board = await boardOf(queue, { total, left: jobs.size + parked, parked });
      onBoard?.(board);
    }
    if (now >= due.reconcile) {
      due.reconcile = performance.now() + RECONCILE;
      await jobs.addLost(queue, ids);
    }
    if (jobs.size > 0) await setTimeout(LOOK);
  }
  troubles.throwIfParked(total);
}

function idOf(part: string, run: string): string {
  return shardJobId({ run, shard: shardOfPart(part) ?? -1 });
}

/** Reads parts; a damaged one is made again. */
async function take(
  names: readonly string[],
  { request, store, jobs, classesOf, run, queue, say }: Collection,
): Promise<{ name: string; finished: FinishedShard }[]> {
  const size = pictureSize(request.source.dataset);
  const { ipc } = request.settings;
  const { classes } = request.planned;
  const taken: { name: string; finished: FinishedShard }[] = [];
  for (const name of names) {
    const shard = shardOfPart(name) as number;
    const labels = classesOf.get(shard) as readonly number[];
    try {
      const text = await store.read(name, LARGEST_PART);
      if (text === null) continue;
      const expected = { run, shard, classes, labels, ipc, ...size };
      taken.push({ name, finished: readPart(text, expected) });
    } catch (error) {
      say(`${name} in ${store.place} is made again: ${(error as Error).message}`);
      await store.remove(name);
      await jobs.addAgain(queue, idOf(name, run));
    }
  }
  return taken;
}

/** The name that workers know a set by: its folder's. */
function nameOfSet(folder: string): string {
  const name = path.basename(path.resolve(folder));
  const result = nameSchema.safeParse(name);
  if (result.success) return result.data;
  throw new Error(
    `The name of the set's folder, ${JSON.stringify(name)}, goes to other machines: ${result.error.issues[0].message}. Choose another --out.`,
  );
}
