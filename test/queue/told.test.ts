// What a command tells of its jobs while it waits, and at the end: on a real Redis server, with a worker that makes nothing.
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { type Processor, type Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { keyPrefix, queueAddress, queueName } from "../../src/queue/address";
import { boardOf, remarkOf } from "../../src/queue/board";
import { openQueue } from "../../src/queue/jobs";
import { OutstandingJobs } from "../../src/queue/outstanding";
import { RedisServer } from "./redisServer";

vi.setConfig({ testTimeout: 100_000, hookTimeout: 400_000 });

const base = path.resolve(__dirname, "..", "..", ".cache", "test", `told-${process.pid}`);
let server: RedisServer;
let queue: Queue;
let redis: Redis;
let worker: Worker | undefined;

beforeAll(async () => {
  await mkdir(path.join(base, "redis"), { recursive: true });
  server = await RedisServer.start(path.join(base, "redis"));
});

beforeEach(() => {
  queue = openQueue(queueAddress(server.url));
  redis = new Redis(server.url);
});

afterEach(async () => {
  await worker?.close(true);
  await queue.close();
  await redis.flushall();
  redis.disconnect();
});

afterAll(async () => {
  await server?.stop();
  await rm(base, { recursive: true, force: true });
});

function work(processor: Processor): void {
  const { options } = queueAddress(server.url);
  worker = new Worker(queueName, processor, { connection: options, prefix: keyPrefix });
}

const outstanding = (...ids: string[]) =>
  new OutstandingJobs(ids.map((id) => ({ id, data: { kind: "shard" } })));

describe("what a command tells of its jobs", () => {
  it("counts those that are done, in work, waiting and parked", async () => {
    await outstanding("a", "b", "c").addAgain(queue);
    let finish = () => {};
    work(() => new Promise<void>((resolve) => (finish = resolve)));
    await vi.waitFor(async () => expect(await queue.getJobCountByTypes("active")).toBe(1), 50_000);
    const board = await boardOf(queue, { total: 5, left: 4, parked: 1 });
    expect(board).toEqual({ total: 5, done: 1, parked: 1, waiting: 2, active: 1, workers: 1 });
    expect(remarkOf(board)).toBe("1 worker, 1 in work, 2 waiting, 1 parked");
    finish();
  });
});
