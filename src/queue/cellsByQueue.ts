// Has the cells of an experiment done by the workers of a queue. Their rows come back through the queue, and stay there until
// they are in the file of results.
import { setTimeout } from "node:timers/promises";
import type { Queue } from "bullmq";
import type { z } from "zod";
import { libraryVersion } from "../distill/manifest";
import type { CellsElsewhere } from "../experiment/elsewhere";
import type { Keyed } from "../experiment/results";
import { connect, type QueueAddress } from "./address";
import { type CellJob, cellJobId, cellJobSchema } from "./cellJob";
import { openQueue, parsePayload } from "./jobs";
import { idsIn, OutstandingJobs } from "./outstanding";
import { parsed } from "./parsed";
import { cellRun, refusalsOf } from "./presence";
import { Troubles } from "./troubles";

/** How often the queue is asked for rows, ms. */
const ASK = 500;
/** How often it is checked that every missing row still has its job, ms. */
const RECONCILE = 5000;

export interface CellsByQueueOptions {
  readonly address: QueueAddress;
  readonly profile: string;
  /** Told what should be known at once. */
  readonly say?: (line: string) => void;
}

/** Has cells done by workers. A cell that fails again and again is parked; when all others are done, the error tells of it. */
export function cellsByQueue({ address, profile, say = () => {} }: CellsByQueueOptions): CellsElsewhere {
  return async (what, cells, schema, onRow) => {
    const igds = libraryVersion();
    const payloads = cells.map(({ key, cell }): CellJob => {
      const { variant, ...scoring } = cell;
      const job = { kind: "cell", what, key, igds, profile, cell: { ...scoring, variant } };
      return parsePayload(cellJobSchema, JSON.parse(JSON.stringify(job)));
    });
    const jobs = new OutstandingJobs<CellJob>(payloads.map((data) => ({ id: cellJobId(data), data })));
    const total = jobs.size;
    const redis = await connect(address);
    const queue = openQueue(address);
    const troubles = new Troubles(redis, cellRun, say, await refusalsOf(redis, cellRun));
    let reconcile = 0;
    try {
      await takeRows(queue, jobs, schema, onRow, say); // those that came while nobody waited
      await jobs.begin(queue);
      while (jobs.size > 0) {
        await takeRows(queue, jobs, schema, onRow, say);
        await troubles.look(queue, jobs);
        if (performance.now() >= reconcile) {
          reconcile = performance.now() + RECONCILE;
          await jobs.addLost(queue, async () => []);
        }
        if (jobs.size > 0) await setTimeout(ASK);
      }
    } finally {
      await queue.close();
      redis.disconnect();
    }
    troubles.throwIfParked(total);
  };
}

/**
 * Hands over the rows that are there, and takes their jobs out of the queue; one that is none is computed again.
 * @throws what `onRow` throws: the row then waits in the queue for the next start, as only the disk is at fault
 */
async function takeRows<R extends Keyed>(
  queue: Queue,
  jobs: OutstandingJobs<CellJob>,
  schema: z.ZodType<R>,
  onRow: (key: string, row: R) => Promise<void>,
  say: (line: string) => void,
): Promise<void> {
  for (const id of await idsIn(queue, ["completed"])) {
    const wanted = jobs.get(id);
    const job = wanted && (await queue.getJob(id));
    if (!wanted || !job) continue;
    let row: R;
    try {
      row = checkedRow(schema, job.returnvalue, wanted.key);
    } catch (error) {
      say(`${id} is computed again: ${(error as Error).message}`);
      await jobs.addAgain(queue, id);
      continue;
    }
    await onRow(wanted.key, row);
    jobs.done(id);
    await job.remove().catch(() => {}); // the row is safe, and the queue forgets the job by itself
  }
}

/** @throws if it is no row, or that of another cell */
function checkedRow<R extends Keyed>(schema: z.ZodType<R>, value: unknown, key: string): R {
  const row = parsed(schema, value, "The row");
  if (row.key !== key) throw new Error(`expected the row of ${key}, found that of ${row.key}`);
  return row;
}
