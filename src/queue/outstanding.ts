// The jobs that somebody waits for, and what the queue knows of them.
import type { Job, Queue } from "bullmq";
import { ATTEMPTS } from "./jobs";

/** Jobs are added and asked for this many at a time. */
const CHUNK = 500;
/** Failed jobs that are looked through, the newest first. */
const FAILED_SEEN = 5000;

/** A job that is not tried any more. */
export interface ParkedJob {
  readonly id: string;
  readonly attempts: number;
  readonly reason: string;
}

/** Some jobs were parked; everything else is done. */
export class ParkedError extends Error {
  override readonly name = "ParkedError";

  constructor(
    readonly jobs: readonly ParkedJob[],
    total: number,
  ) {
    const shown = jobs.slice(0, 10).map(({ id, reason }) => `  - ${id}: ${reason}`);
    const more = jobs.length > shown.length ? [`  and ${jobs.length - shown.length} more`] : [];
    super(
      `${jobs.length} of ${total} jobs failed ${ATTEMPTS} times each and were parked; everything else is done and kept:\n` +
        `${[...shown, ...more].join("\n")}\nRemove the cause, and start the same command again: it does what is missing.`,
    );
  }
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

  /** Puts jobs into the queue. One that waits or is in work there stays as it is; one that has ended begins anew. */
  async addAgain(queue: Queue, ids: readonly string[] = this.ids()): Promise<void> {
    const chosen = new Set(ids);
    for (const job of await ended(queue))
      if (job.id && chosen.has(job.id)) await job.remove().catch(() => {});
    for (let first = 0; first < ids.length; first += CHUNK)
      await queue.addBulk(
        ids.slice(first, first + CHUNK).flatMap((jobId) => {
          const data = this.wanted.get(jobId);
          return data
            ? [{ name: data.kind, data, opts: { jobId, removeOnComplete: data.kind === "shard" } }]
            : [];
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
      await queue.getRanges(["wait", "active", "delayed", "prioritized", "failed", "completed"]),
    );
    const there = new Set(await results());
    const missing = this.ids().filter((id) => !known.has(id) && !there.has(id));
    const again = missing.filter((id) => this.missed.has(id));
    this.missed = new Set(missing);
    if (again.length > 0) await this.addAgain(queue, again);
  }

  /** Those that have failed for good since the last call: they are wanted no more. */
  async failed(queue: Queue): Promise<ParkedJob[]> {
    const { failed = 0 } = await queue.getJobCounts("failed");
    if (failed === 0) return [];
    const parked: ParkedJob[] = [];
    for (const { id, attemptsMade, failedReason } of await queue.getJobs(["failed"], 0, FAILED_SEEN)) {
      if (id === undefined || !this.wanted.delete(id)) continue;
      parked.push({ id, attempts: attemptsMade, reason: failedReason });
    }
    return parked;
  }
}

async function ended(queue: Queue): Promise<Job[]> {
  const { failed = 0, completed = 0 } = await queue.getJobCounts("failed", "completed");
  if (failed + completed === 0) return [];
  return (await queue.getJobs(["failed", "completed"], 0, FAILED_SEEN)) as Job[];
}
