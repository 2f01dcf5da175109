// A worker: takes jobs from the queue one after another until it is told to stop.
import { hostname } from "node:os";
import { DelayedError, type Job, UnrecoverableError, WaitingError, Worker } from "bullmq";
import { connect, keyPrefix, type QueueAddress, queueName } from "./address";
import { Busy } from "./cellWork";
import { DataError } from "./parsed";
import { cellRun, isAlive, refuse } from "./presence";
import { Refusal } from "./runFile";
import { type ShardTools, workOnShard } from "./shardWork";

/** Jobs that were given up by this many workers, which died over them, are parked. */
const DEATHS = 10;
/** A job whose set another worker has in hand waits for so long, ms. */
const BUSY_PAUSE = 3000;

interface WorkerTools extends Omit<ShardTools, "isAlive"> {
  /** Does the cell of an experiment: the row as data. */
  readonly cell?: (payload: unknown) => Promise<unknown>;
}

export interface ServeOptions extends WorkerTools {
  readonly address: QueueAddress;
  /** After so many seconds without a sign of life a worker counts as dead, and its job goes to another. */
  readonly lostAfter: number;
  /** Ends the worker after so many seconds without work. Default: it waits for ever. */
  readonly idle?: number;
  /** Told what happens, line by line. */
  readonly say: (line: string) => void;
  /** Ends the worker: a shard in work goes back to the queue after its present step, a cell is finished. */
  readonly signal: AbortSignal;
}

/**
 * Works until the signal, or until there has been nothing to do for a while.
 * @returns how many jobs it did
 * @throws Refusal if a job must not be done here: all jobs of that run are for others
 */
export async function serve(options: ServeOptions): Promise<number> {
  const { address, lostAfter, idle, say, signal, sets, open, cell } = options;
  const redis = await connect(address);
  const name = `${hostname()}-${process.pid}`;
  let done = 0;
  let last = performance.now();
  let working = false;
  let refusal: Refusal | null = null;
  let finish: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });

  const isThere = () => redis.status === "ready";

  const perform = async (job: Job): Promise<unknown> => {
    const goOn = () => signal.throwIfAborted();
    goOn();
    if (job.name === "shard")
      return workOnShard(job.data, { sets, open, isAlive: (run) => isAlive(redis, run) }, goOn);
    if (job.name === "cell" && cell) return cell(job.data);
    throw new UnrecoverableError(`There is no work called ${JSON.stringify(String(job.name).slice(0, 50))}.`);
  };

  /** One job; whatever it throws reaches the queue as what it means there. */
  const handle = async (job: Job, token?: string): Promise<unknown> => {
    working = true;
    const start = performance.now();
    try {
      const result = await perform(job);
      done++;
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      say(`${job.id}: ${typeof result === "string" ? result : "done"} (${seconds} s)`);
      return result;
    } catch (error) {
      if (signal.aborted || error instanceof Refusal) {
        void worker.pause(true); // before it goes back, so that it does not come here again
        try {
          if (error instanceof Refusal) refusal = error;
          // Where the server is away, the worker counts as dead, and its job goes back by itself.
          if (isThere()) {
            if (error instanceof Refusal) await refuse(redis, runOf(job), name, error.message);
            await job.moveToWait(token); // fails where it counted as dead meanwhile, and the job is another's
          }
        } finally {
          finish();
        }
        throw new WaitingError();
      }
      if (error instanceof Busy) {
        await job.moveToDelayed(Date.now() + BUSY_PAUSE, token);
        throw new DelayedError();
      }
      say(`${job.id}: failed: ${(error as Error).message}`);
      if (error instanceof DataError) throw new UnrecoverableError(error.message);
      throw error;
    } finally {
      working = false;
      last = performance.now();
    }
  };

  const worker = new Worker(queueName, handle, {
    connection: address.options,
    prefix: keyPrefix,
    name,
    concurrency: 1,
    lockDuration: lostAfter * 1000,
    stalledInterval: lostAfter * 500,
    maxStalledCount: DEATHS,
  });
  // Each failed try to connect is an error: one line for all of them, told by our own connection, as the worker's do not say when
  // they are back.
  let away = false;
  redis.on("error", (error: NodeJS.ErrnoException) => {
    if (!away) say(`The queue is away (${error.message || error.code}); waiting for it.`);
    away = true;
  });
  redis.on("ready", () => {
    if (away) say("The queue is back.");
    away = false;
  });
  worker.on("error", (error) => {
    if (!isOutage(error)) say(error.message);
  });
  worker.on("stalled", (id) => say(`${id}: its worker has died; it is done again.`));
  const stop = () => void worker.pause(true); // when the job in hand is done, none is taken
  signal.addEventListener("abort", stop);
  const watch = setInterval(() => {
    if (signal.aborted && !working) finish();
    if (idle !== undefined && !working && performance.now() - last > idle * 1000) finish();
  }, 100);
  try {
    await worker.waitUntilReady();
    say(`Worker ${name} waits for work at ${address.shown}.`);
    await ended;
  } finally {
    clearInterval(watch);
    signal.removeEventListener("abort", stop);
    await worker.close(!working && !isThere()); // by force: else it waits for the server
    redis.disconnect();
  }
  if (refusal !== null) throw refusal;
  return done;
}

/** Whether an error says that the server cannot be reached, and not what it has answered. */
function isOutage({ code, message }: NodeJS.ErrnoException): boolean {
  return /^E(?!RR_)/.test(String(code)) || message === "Connection is closed.";
}

/** What a refusal is remembered by: the run of a shard; all cells share one name. */
function runOf({ data }: Job): string {
  const { run } = data as { run?: unknown };
  return typeof run === "string" ? run.slice(0, 64) : cellRun;
}
