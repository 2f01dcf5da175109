// What a command tells of its jobs while it waits, and at the end: on a real Redis server, with a worker that makes nothing.
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { type Processor, type Queue, UnrecoverableError, Worker } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { keyPrefix, queueAddress, queueName } from "../../src/queue/address";
import { boardOf, remarkOf } from "../../src/queue/board";
import { openQueue } from "../../src/queue/jobs";
import { OutstandingJobs } from "../../src/queue/outstanding";
import { Troubles } from "../../src/queue/troubles";
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
    await outstanding("a", "b", "c").begin(queue);
    let finish = () => {};
    work(() => new Promise<void>((resolve) => (finish = resolve)));
    await vi.waitFor(async () => expect(await queue.getJobCountByTypes("active")).toBe(1), 50_000);
    const board = await boardOf(queue, { total: 5, left: 4, parked: 1 });
    expect(board).toEqual({ total: 5, done: 1, parked: 1, waiting: 2, active: 1, workers: 1 });
    expect(remarkOf(board)).toBe("1 worker, 1 in work, 2 waiting, 1 parked");
    finish();
  });

  it("says how often each parked job was tried, which need not be as often as any may be", async () => {
    const jobs = outstanding("a", "b", "c");
    await jobs.begin(queue);
    work(async ({ id }) => {
      if (id === "a") throw new UnrecoverableError("the payload is damaged");
      if (id === "b") throw new Error("the disk is full");
    });
    const said: string[] = [];
    const troubles = new Troubles(redis, "run", (line) => said.push(line));
    const look = async () => {
      await troubles.look(queue, jobs);
      expect(troubles.parked).toBe(2);
    };
    await vi.waitFor(look, 50_000);
    expect(said).toEqual([
      "Parked after 1 try: a: the payload is damaged",
      "Parked after 3 tries: b: the disk is full",
    ]);
    expect(() => troubles.throwIfParked(3)).toThrow(
      "2 of 3 jobs failed and were parked; everything else is done and kept:\n" +
        "  - a (1 try): the payload is damaged\n" +
        "  - b (3 tries): the disk is full\n" +
        "Remove the cause, and start the same command again: it does what is missing.",
    );
  });
});
