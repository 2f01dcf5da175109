import { rmSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Denoiser } from "../../src/diffusion/denoiser";
import { Distiller } from "../../src/distill/distiller";
import { readManifest } from "../../src/distill/manifest";
import { queueAddress } from "../../src/queue/address";
import { openQueue } from "../../src/queue/jobs";
import { workOnShard } from "../../src/queue/shardWork";
import { serve } from "../../src/queue/worker";
import { bytesBelow } from "./bytes";
import { long, longTest } from "./long";
import { igds, type Program, start } from "./program";
import { RedisServer } from "./redisServer";
import { ipc, openWorld, type World, writeWorld } from "./world";

// Each of them starts several processes; a busy machine takes its time.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

const base = path.resolve(__dirname, "..", "..", ".cache", "test", `queue-${process.pid}`);
let server: RedisServer;
let world: World;
let expected: string;
let sets: string;
let tests = 0;
const programs = new Set<Program>();

/** Waits until so many jobs are in a state. */
async function jobs(state: "wait" | "active", least: number): Promise<void> {
  const queue = openQueue(queueAddress(server.url));
  try {
    await vi.waitFor(
      async () => expect((await queue.getJobCounts(state))[state]).toBeGreaterThanOrEqual(least),
      {
        timeout: 200_000,
        interval: 50,
      },
    );
  } finally {
    await queue.close();
  }
}

/** The same distiller, but the denoiser breaks down over all classes but one: 0, which a worker's check of its weights asks. */
function failingButAtZero(distiller: Distiller): Distiller {
  const { denoiser } = distiller;
  const epsilon: Denoiser["epsilon"] = (x, condition) => {
    if (!condition.labels.includes(0)) throw new Error("this class is cursed");
    return denoiser.epsilon(x, condition);
  };
  const failing = Object.assign(Object.create(denoiser) as Denoiser, { epsilon });
  return new Distiller(distiller.dataset, failing, distiller.classifier);
}

/** A worker that counts as dead after five seconds without a sign of life. */
function worker(options: readonly string[] = [], env: Record<string, string> = {}): Program {
  const place = ["--queue", server.url, "--out", sets];
  const program = start(["worker", ...place, "--lost-after", "5", ...world.models, ...options], { env });
  programs.add(program);
  return program;
}

function distill(name: string): Program {
  const program = start(["distill", ...world.set, "--out", path.join(sets, name), "--queue", server.url]);
  programs.add(program);
  return program;
}

beforeAll(async () => {
  await mkdir(path.join(base, "redis"), { recursive: true });
  [server, world] = await Promise.all([
    RedisServer.start(path.join(base, "redis")),
    writeWorld(path.join(base, "world")),
  ]);
  const alone = path.join(base, "alone");
  const { code, stderr } = await igds("distill", ...world.set, "--out", alone);
  expect(stderr).toContain("Wrote");
  expect(code).toBe(0);
  expected = await bytesBelow(alone);
}, 300_000);

beforeEach(() => {
  // Of its own for each test: a worker of the one before may still be writing.
  sets = path.join(base, `sets-${++tests}`);
});

afterEach(async () => {
  for (const { child } of programs) child.kill("SIGKILL");
  await Promise.all([...programs].map(({ ended }) => ended));
  programs.clear();
  const redis = new Redis(server.url);
  await redis.flushall();
  redis.disconnect();
});

afterAll(async () => {
  await server?.stop();
  await rm(base, { recursive: true, force: true });
});

describe("many processes", () => {
  it.each(long ? [1, 2, 4] : [2])("make the bytes that one process makes: %i workers", async (count) => {
    const workers = Array.from({ length: count }, () => worker());
    const { code, stderr } = await distill("set").ended;
    expect(stderr).toContain("Wrote 204 images");
    expect(code).toBe(0);
    expect(await bytesBelow(path.join(sets, "set"))).toBe(expected);
    for (const { child } of workers) child.kill("SIGTERM");
    for (const { ended } of workers) expect(await ended).toMatchObject({ code: 0 });
  });

  it("lose nothing when a worker is killed in the middle of a shard, and Redis at any time", async () => {
    const first = worker();
    const making = distill("set");
    await first.says(/waits for work/);
    await jobs("active", 1);
    first.child.kill("SIGKILL");
    await server.restart(200);
    worker();
    const { code } = await making.ended;
    expect(code).toBe(0);
    expect(await bytesBelow(path.join(sets, "set"))).toBe(expected);
  });

  longTest("go on when the one that collects is killed and started again", async () => {
    const one = worker();
    const making = distill("set");
    await one.says(/images \(/);
    making.child.kill("SIGKILL");
    expect((await distill("set").ended).code).toBe(0);
    expect(await bytesBelow(path.join(sets, "set"))).toBe(expected);
    one.child.kill("SIGTERM");
    await one.ended;
  });

  longTest("find out when Redis has forgotten all, and when a part is damaged", async () => {
    const making = distill("set");
    await jobs("wait", world.classes.length);
    const redis = new Redis(server.url);
    await redis.flushall();
    const [run] = await readdir(path.join(sets, "set", ".parts"));
    await writeFile(path.join(sets, "set", ".parts", run, "shard-1.json"), '{"run":"../../etc"}');
    await making.says(/shard-1.json in .* is made again/);
    worker();
    expect((await making.ended).code).toBe(0);
    redis.disconnect();
    expect(await bytesBelow(path.join(sets, "set"))).toBe(expected);
  });
});

describe("a worker", () => {
  it("refuses other weights, says so to both sides, and leaves the work to others", async () => {
    const other = await writeWorld(path.join(base, "other"), 1);
    const making = distill("set");
    const wrong = start(["worker", "--queue", server.url, "--out", sets, ...other.models]);
    programs.add(wrong);
    const { code, stderr } = await wrong.ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/would make other bytes[\s\S]*checkpoint\.sha256: found "[0-9a-f]{64}", expected/);
    await making.says(/refused the work/);
    worker();
    expect((await making.ended).code).toBe(0);
    expect(await bytesBelow(path.join(sets, "set"))).toBe(expected);
  });

  longTest("refuses to work where it does not see the folder of the sets", async () => {
    const making = distill("set");
    await jobs("wait", world.classes.length);
    const lost = worker(["--out", path.join(base, "elsewhere")]);
    expect(await lost.ended).toMatchObject({ code: 2 });
    expect(lost.said()).toMatch(/Start the worker with --out FOLDER/);
    making.child.kill("SIGKILL");
    await making.ended;
  });

  it("parks what fails again and again, does the rest, and tells of it", async () => {
    const distiller = await openWorld(world);
    const making = distill("set");
    const stop = new AbortController();
    const said: string[] = [];
    const serving = serve({
      address: queueAddress(server.url),
      sets,
      open: async () => failingButAtZero(distiller),
      lostAfter: 30,
      say: (line) => said.push(line),
      signal: stop.signal,
    });
    const { code, stderr } = await making.ended;
    stop.abort();
    expect(await serving).toBe(1);
    expect(code).toBe(1);
    expect(said.filter((line) => line.includes("failed: this class is cursed"))).toHaveLength(9);
    expect(stderr).toMatch(/3 of 4 jobs failed and were parked[\s\S]*\(3 tries\): this class is cursed/);
    const manifest = await readManifest(path.join(sets, "set"));
    expect(manifest.finished).toBe(false);
    expect(manifest.images).toHaveLength(ipc);
    // The cause is gone: the same command does what is missing.
    const one = worker();
    expect((await distill("set").ended).code).toBe(0);
    expect(await bytesBelow(path.join(sets, "set"))).toBe(expected);
    one.child.kill("SIGTERM");
    await one.ended;
  });

  it("leave nothing of a shard that is done when its set is", async () => {
    const distiller = await openWorld(world);
    const making = distill("set");
    await jobs("wait", world.classes.length);
    making.child.kill("SIGTERM");
    await making.ended;
    const queue = openQueue(queueAddress(server.url));
    const [job] = await queue.getJobs("wait");
    await queue.close();
    const parts = path.join(sets, "set", ".parts");
    const finish = () => rmSync(parts, { recursive: true, force: true });
    const tools = { sets, open: async () => distiller, isAlive: async () => false };
    expect(await workOnShard(job?.data, tools, finish)).toBe("dropped: nobody waits for set any more");
    await expect(readdir(parts)).rejects.toThrow("ENOENT");
    distiller.dispose();
  });

  it("leave no folder where no server answers", async () => {
    const nowhere = ["--queue", "redis://127.0.0.1:1"];
    const { code, stderr } = await igds("distill", ...world.set, "--out", path.join(sets, "set"), ...nowhere);
    expect(code).toBe(1);
    expect(stderr).toContain("No Redis server answers");
    await expect(readdir(sets)).rejects.toThrow("ENOENT");
  });

  longTest("drops the jobs of a set that nobody waits for any more", async () => {
    const making = distill("set");
    await jobs("wait", world.classes.length);
    making.child.kill("SIGTERM");
    await making.ended;
    await rm(sets, { recursive: true });
    const redis = new Redis(server.url);
    for (const key of await redis.keys("igds:alive:*")) await redis.del(key);
    redis.disconnect();
    const one = worker(["--idle", "2"]);
    expect(await one.ended).toMatchObject({ code: 0 });
    expect(one.said()).toMatch(/nobody waits for set any more/);
  });
});
