// What waits in the queue: small records that name work and carry the hash of all that it depends on, no code and no paths.
import { Queue } from "bullmq";
import { z } from "zod";
import { keyPrefix, type QueueAddress, queueName } from "./address";
import { DataError, parsed } from "./parsed";
import { nameSchema } from "./runFile";

/** Longer payloads are refused unread. */
const LONGEST_PAYLOAD = 100_000;
/** How often a job that fails is tried, before it is parked. */
const ATTEMPTS = 3;
/** Pause before it is tried again, ms. */
const PAUSE = 1000;

/** Sample the images of some classes of a set. */
export const shardJobSchema = z.strictObject({
  kind: z.literal("shard"),
  /** Folder name of the set, below the folder of sets that the worker was given. */
  set: nameSchema,
  /** Hash of the run file in that folder. */
  run: z.string().regex(/^[0-9a-f]{32}$/),
  shard: z.int().min(0).max(1_000_000),
});
export type ShardJob = z.infer<typeof shardJobSchema>;

/** A job's payload, checked. @throws naming what is wrong */
export function parsePayload<T>(schema: z.ZodType<T>, payload: unknown): T {
  const length = JSON.stringify(payload)?.length ?? 0;
  if (length > LONGEST_PAYLOAD)
    throw new DataError(`Expected a payload of at most ${LONGEST_PAYLOAD} characters, found ${length}.`);
  return parsed(schema, payload, "The payload");
}

/** The name of a shard's job: adding it twice adds it once. */
export function shardJobId({ run, shard }: Pick<ShardJob, "run" | "shard">): string {
  return `${run}-${shard}`;
}

/** The queue, for adding and watching. */
export function openQueue({ options }: QueueAddress): Queue {
  const queue = new Queue(queueName, {
    connection: options,
    prefix: keyPrefix,
    defaultJobOptions: { attempts: ATTEMPTS, backoff: { type: "fixed", delay: PAUSE } },
  });
  // ioredis says each failed try to connect again; the work goes on when it succeeds.
  queue.on("error", () => {});
  return queue;
}
