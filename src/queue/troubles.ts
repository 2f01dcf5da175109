// What goes wrong with the jobs that somebody waits for: told once as it is seen, and at the end as an error.
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { type OutstandingJobs, ParkedError, type ParkedJob, triesOf } from "./outstanding";
import { refusalsOf } from "./presence";

export class Troubles {
  private readonly parkedJobs: ParkedJob[] = [];
  private readonly told: Set<string>;

  /**
   * @param run what refusals are remembered by
   * @param say told each parked job and each refusal, in a line
   * @param told refusals that are no news
   */
  constructor(
    private readonly redis: Redis,
    private readonly run: string,
    private readonly say: (line: string) => void,
    told: readonly string[] = [],
  ) {
    this.told = new Set(told);
  }

  /** Jobs that were parked so far. */
  get parked(): number {
    return this.parkedJobs.length;
  }

  /** Looks for new ones. Parked jobs are wanted no more. */
  async look(queue: Queue, jobs: OutstandingJobs<{ readonly kind: string }>): Promise<void> {
    for (const job of await jobs.failed(queue)) {
      this.parkedJobs.push(job);
      this.say(`Parked after ${triesOf(job)}: ${job.id}: ${job.reason}`);
    }
    for (const refusal of await refusalsOf(this.redis, this.run)) {
      if (!this.told.has(refusal)) this.say(refusal);
      this.told.add(refusal);
    }
  }

  /** @throws ParkedError if a job of the `total` was parked */
  throwIfParked(total: number): void {
    if (this.parked > 0) throw new ParkedError(this.parkedJobs, total);
  }
}
