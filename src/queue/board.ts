// One line that says how far the work of a queue is.
import type { Queue } from "bullmq";

export interface Board {
  /** Jobs of this command: all, and those whose results are in. */
  readonly total: number;
  readonly done: number;
  readonly parked: number;
  /** Of the whole queue. */
  readonly waiting: number;
  readonly active: number;
  readonly workers: number;
}

export async function boardOf(
  queue: Queue,
  { total, left, parked }: { readonly total: number; readonly left: number; readonly parked: number },
): Promise<Board> {
  const { wait = 0, active = 0, delayed = 0 } = await queue.getJobCounts("wait", "active", "delayed");
  const workers = await queue.getWorkersCount();
  return { total, done: total - left, parked, waiting: wait + delayed, active, workers };
}

/** The line's end: the start has the counts, the rate and the time that remains. */
export function remarkOf({ workers, active, waiting, parked }: Board): string {
  const many = (count: number, one: string) => `${count} ${one}${count === 1 ? "" : "s"}`;
  const parts = [many(workers, "worker"), `${active} in work`, `${waiting} waiting`];
  if (parked > 0) parts.push(`${parked} parked`);
  if (workers === 0) parts.push("start one: igds worker --queue ...");
  return parts.join(", ");
}
