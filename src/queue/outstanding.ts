// The jobs that somebody waits for, and what the queue knows of them.
import type { JobType, Queue } from "bullmq";

/** Jobs are added and asked for this many at a time. */
const CHUNK = 500;
/** A row that nobody has fetched, and a parked job, are forgotten after so long, s. */
const REMEMBERED = 30 * 24 * 3600;

/** A job that is not tried any more. */
export interface ParkedJob {
  readonly id: string;
  readonly attempts: number;
  readonly reason: string;
}

/** How often it was tried, in words: a fault that stays is not tried again. */
export const triesOf = ({ attempts }: ParkedJob): string => `${attempts} ${attempts === 1 ? "try" : "tries"}`;

/** Some jobs were parked; everything else is done. */
export class ParkedError extends Error {
  override readonly name = "ParkedError";

  constructor(
    readonly jobs: readonly ParkedJob[],
    total: number,
  ) {
    const shown = jobs.slice(0, 10).map((job) => `  - ${job.id} (${triesOf(job)}): ${job.reason}`);
    const more = jobs.length > shown.length ? [`  and ${jobs.length - shown.length} more`] : [];
    super(
      `${jobs.length} of ${total} jobs failed and ${jobs.length === 1 ? "was" : "were"} parked; everything else is done and kept:\n` +
        `${[...shown, ...more].join("\n")}\nRemove the cause, and start the same command again: it does what is missing.`,
    );
  }
}

/** The ids of all jobs in some states: without a range the queue gives two of each. */
export function idsIn(queue: Queue, states: JobType[]): Promise<string[]> {
  return queue.getRanges(states, 0, -1);
}

/** Jobs that are wanted, by their ids, until they are done or parked. */
export class OutstandingJobs<T extends { readonly kind: string }> {
  private readonly wanted: Map<string, T>;
  /** Jobs that the last `addLost` missed. */
  private missed: ReadonlySet<string> = new Set();

  constructor(jobs: readonly { readonly id: string; readonly data: T }[]) {
    this.wanted = new Map(jobs.map(({ id, data }) => [id, data]));
  }

  get size(): number {
    return this.wanted.size;
  }

  has(id: string): boolean {
    return this.wanted.has(id);
  }

  get(id: string): T | undefined {
    return this.wanted.get(id);
  }

  private ids(): string[] {
    return [...this.wanted.keys()];
  }

  done(id: string): void {
    this.wanted.delete(id);
  }

  /**
   * Puts all jobs into the queue but those whose results are there. One that waits there, is in work, or has its row, stays as
   * it is; one that has failed begins anew.
   */
  async begin(queue: Queue, results: readonly string[] = []): Promise<void> {
    for (const id of await idsIn(queue, ["failed"])) if (this.has(id)) await queue.remove(id);
    const there = new Set(results);
    await this.add(
      queue,
      this.ids().filter((id) => !there.has(id)),
    );
  }

  /** Has a job done again whose result is none. */
  async addAgain(queue: Queue, id: string): Promise<void> {
    await queue.remove(id); // one that is still in work stays
    await this.add(queue, [id]);
  }

  private async add(queue: Queue, ids: readonly string[]): Promise<void> {
    for (let first = 0; first < ids.length; first += CHUNK)
      await queue.addBulk(
        ids.slice(first, first + CHUNK).flatMap((jobId) => {
          const data = this.wanted.get(jobId);
          if (!data) return [];
          const forgotten = { age: REMEMBERED };
          const removeOnComplete = data.kind === "shard" ? true : forgotten;
          return [{ name: data.kind, data, opts: { jobId, removeOnComplete, removeOnFail: forgotten } }];
        }),
      );
  }

  /**
   * Puts jobs in again that neither the queue knows nor a result stands for: a server that lost its memory has forgotten them. A
   * file system may show a result late, so a job must be missing twice.
   *
   * @param results ids of the jobs whose results are there; asked for after the queue, as a job leaves the queue once its
   *   result is there
   */
  async addLost(queue: Queue, results: () => Promise<readonly string[]>): Promise<void> {
    const known = new Set(
      await idsIn(queue, ["wait", "active", "delayed", "prioritized", "failed", "completed"]),
    );
    const there = new Set(await results());
    const missing = this.ids().filter((id) => !known.has(id) && !there.has(id));
    const again = missing.filter((id) => this.missed.has(id));
    this.missed = new Set(missing);
    if (again.length > 0) await this.add(queue, again);
  }

  /** Those that have failed for good since the last call: they are wanted no more. */
  async failed(queue: Queue): Promise<ParkedJob[]> {
    const parked: ParkedJob[] = [];
    for (const id of await idsIn(queue, ["failed"])) {
      if (!this.wanted.has(id)) continue;
      const job = await queue.getJob(id);
      if (!job) continue; // somebody has put it in again
      this.wanted.delete(id);
      parked.push({ id, attempts: job.attemptsMade, reason: job.failedReason });
    }
    return parked;
  }
}
