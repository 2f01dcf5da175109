// A worker in this process, on a real Redis server: what it tells, when it ends, and what it leaves to others.
import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { setOptions } from "../../src/distill/distill";
import { Distiller } from "../../src/distill/distiller";
import { plannedManifest } from "../../src/distill/plan";
import type { ShardRequest } from "../../src/distill/shardMaker";
import { shardClasses } from "../../src/distill/shards";
import { queueAddress } from "../../src/queue/address";
import { openQueue, type ShardJob } from "../../src/queue/jobs";
import { Refusal } from "../../src/queue/runFile";
import { shardsByQueue } from "../../src/queue/shardsByQueue";
import { workOnShard } from "../../src/queue/shardWork";
import { serve } from "../../src/queue/worker";
import { RedisServer } from "./redisServer";
import { ipc, openWorld, writeWorld } from "./world";

vi.setConfig({ testTimeout: 100_000, hookTimeout: 400_000 });

const base = path.resolve(__dirname, "..", "..", ".cache", "test", `worker-${process.pid}`);
const sets = path.join(base, "sets");
const settings = setOptions({ method: "igds", ipc, steps: 3, setWeight: 0 });
let server: RedisServer;
let distiller: Distiller;
let stop = new AbortController();

beforeAll(async () => {
  await mkdir(path.join(base, "redis"), { recursive: true });
  server = await RedisServer.start(path.join(base, "redis"));
  distiller = await openWorld(await writeWorld(path.join(base, "world")));
});

afterEach(async () => {
  stop.abort();
  stop = new AbortController();
  const redis = new Redis(server.url);
  await redis.flushall();
  redis.disconnect();
  await rm(sets, { recursive: true, force: true });
});

afterAll(async () => {
  distiller?.dispose();
  await server?.stop();
  await rm(base, { recursive: true, force: true });
});

/** A worker, and what it has said. */
function serving(open: () => Promise<Distiller>) {
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const address = queueAddress(server.url);
  return { said, done: serve({ address, sets, open, lostAfter: 30, say, signal: stop.signal }) };
}

/** One who wants the set of all shards. */
function collecting() {
  const request: ShardRequest = {
    folder: path.join(sets, "set"),
    source: distiller,
    settings,
    planned: plannedManifest(distiller, settings, null),
    wanted: shardClasses(distiller.dataset, settings),
  };
  return shardsByQueue({ address: queueAddress(server.url) })(request)[Symbol.asyncIterator]();
}

/** The jobs that wait, once there are any. */
async function waitingJobs(least = 1): Promise<ShardJob[]> {
  const queue = openQueue(queueAddress(server.url));
  try {
    return await vi.waitFor(async () => {
      const jobs = await queue.getJobs("wait");
      expect(jobs.length).toBeGreaterThanOrEqual(least);
      return jobs.map(({ data }) => data as ShardJob);
    }, 50_000);
  } finally {
    await queue.close();
  }
}

describe("a worker", () => {
  it("tells each time that its server is away and back, and ends without it", async () => {
    const { said, done } = serving(async () => distiller);
    const count = (text: RegExp) => said.filter((line) => text.test(line)).length;
    await vi.waitFor(() => expect(count(/waits for work/)).toBe(1), 50_000);
    for (const outages of [1, 2]) {
      await server.stop();
      await vi.waitFor(() => expect(count(/is away \(.*ECONNREFUSED/)).toBe(outages), 50_000);
      await server.restart();
      await vi.waitFor(() => expect(count(/is back/)).toBe(outages), 50_000);
    }
    await server.stop();
    await vi.waitFor(() => expect(count(/is away/)).toBe(3), 50_000);
    stop.abort();
    expect(await done).toBe(0);
    await server.restart();
  });

  it("tells what the server answers as it is: that is no outage", async () => {
    const { said, done } = serving(async () => distiller);
    await vi.waitFor(() => expect(said).toHaveLength(1), 50_000);
    const redis = new Redis(server.url);
    await redis.call("REPLICAOF", "127.0.0.1", "1");
    await vi.waitFor(() => expect(said.join("\n")).toContain("READONLY"), 50_000);
    expect(said.join("\n")).not.toMatch(/is away/);
    await redis.call("REPLICAOF", "NO", "ONE");
    redis.disconnect();
    stop.abort();
    await done;
  });

  it("leaves shards to others whose dataset or networks it cannot open", async () => {
    const making = collecting();
    const first = making.next();
    const all = await waitingJobs(4);
    const missing = async () => {
      throw new Error("Expected a file unet.safetensors, found none.");
    };
    await expect(serving(missing).done).rejects.toThrow(Refusal);
    expect(await waitingJobs(4)).toHaveLength(all.length);
    const { done } = serving(async () => distiller);
    expect((await first).value?.[0].images).toHaveLength(ipc);
    for (let next = await making.next(); !next.done; next = await making.next());
    stop.abort();
    expect(await done).toBe(all.length);
  });

  it("does no shard again whose part was there when the one who collects was started again", async () => {
    const killed = collecting();
    const part = killed.next();
    const [one, ...others] = await waitingJobs(4);
    await workOnShard(one, { sets, open: async () => distiller, isAlive: async () => true }, () => {});
    await part; // read, and not yet written down
    await killed.return?.();
    const redis = new Redis(server.url);
    await redis.flushall();
    redis.disconnect();
    const again = collecting();
    expect((await again.next()).value).toHaveLength(1);
    const shards = (jobs: readonly ShardJob[]) => jobs.map(({ shard }) => shard).sort();
    expect(shards(await waitingJobs())).toEqual(shards(others));

    // A job whose worker has died over it, and whose part was taken.
    const [two] = others;
    const next = again.next();
    await workOnShard(two, { sets, open: async () => distiller, isAlive: async () => true }, () => {});
    await next;
    const last = again.next();
    await vi.waitFor(async () => expect(await waitingJobs()).toHaveLength(2), 50_000);
    const { done } = serving(async () => distiller);
    await last;
    for (let more = await again.next(); !more.done; more = await again.next());
    stop.abort();
    expect(await done).toBe(2);
  });

  it("parks at once what gives a part that nobody can take", async () => {
    const making = collecting();
    void making.next().catch(() => {});
    const [job] = await waitingJobs(4);
    // One row of pixels too few, as of a fault of ours.
    const { denoiser, classifier, dataset } = distiller;
    const pictures: Distiller["pictures"] = ({ data, shape: [count, height, ...more] }) => ({
      data: data.subarray(0, (data.length / height) * (height - 1)),
      shape: [count, height - 1, ...more],
    });
    const broken = Object.assign(new Distiller(dataset, denoiser, classifier), { pictures });
    const tools = { sets, open: async () => broken, isAlive: async () => true };
    await expect(workOnShard(job, tools, () => {})).rejects.toMatchObject({
      name: "DataError",
      message: expect.stringMatching(
        /a part that cannot be taken\. Image 0: expected 16 x 16 pixels, found 16 x 15/,
      ),
    });
    const [run] = await readdir(path.join(sets, "set", ".parts"));
    expect(await readdir(path.join(sets, "set", ".parts", run))).toEqual(["run.json"]);
  });
});
