// Many workers in one process, that do not sample: they wait as long as sampling takes, and leave a part if they are given one.
// Started by queueLoad.ts: queueLoadWorkers.ts URL WORKERS SERVICE_MS [SETS PART]
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { Worker } from "bullmq";
import { keyPrefix, queueAddress, queueName } from "../../src/queue/address";
import type { ShardJob } from "../../src/queue/jobs";
import { partName, shardOfPart } from "../../src/queue/part";
import { writeFileAtomic } from "../../src/tensor/atomicFile";
import { Seed } from "../../src/tensor/random";

const [url, workers, service, sets, template] = process.argv.slice(2);
const part = template === undefined ? null : readFileSync(template, "utf8");
const { options } = queueAddress(url!);
/** From the end of a job to the start of the next in the same worker, ms. */
const gaps: number[] = [];
let jobs = 0;

async function work(index: number): Promise<Worker> {
  const seed = new Seed("service").child(index);
  let ended: number | null = null;
  let count = 0;
  const worker = new Worker<ShardJob>(
    queueName,
    async ({ data }) => {
      const now = performance.now();
      if (ended !== null) gaps.push(now - ended);
      // Assumed: times differ from shard to shard by a tenth.
      const [spread] = seed.child(count++).normal(1);
      const pause = Number(service) * Math.max(0.5, 1 + 0.1 * spread!);
      if (pause > 0) await setTimeout(pause);
      if (part !== null && sets !== undefined) await leave(data, part, sets);
      jobs++;
      ended = performance.now();
    },
    { connection: options, prefix: keyPrefix, lockDuration: 120_000, stalledInterval: 60_000 },
  );
  worker.on("error", () => {});
  await worker.waitUntilReady();
  return worker;
}

/** The part of the template, as that of the job's shard. */
async function leave({ set, run, shard }: ShardJob, text: string, folder: string): Promise<void> {
  const classes = 2 * shard;
  const own = text
    .replaceAll('"label":0,', `"label":${classes},`)
    .replaceAll('"label":1,', `"label":${classes + 1},`)
    .replace('"run":"","shard":0', `"run":"${run}","shard":${shard}`);
  const name = partName(shard);
  if (shardOfPart(name) !== shard) throw new Error(`No part is called ${name}.`);
  await writeFileAtomic(path.join(folder, set, ".parts", run, name), own);
}

async function main(): Promise<void> {
  const all = await Promise.all(Array.from({ length: Number(workers) }, (_, i) => work(i)));
  process.send?.({ ready: all.length });
  process.on("message", (message) => {
    if (message === "report" || message === "collect") {
      if (message === "collect") globalThis.gc?.();
      const { rss: memory, heapUsed: heap } = process.memoryUsage();
      process.send?.({ jobs, gaps: gaps.splice(0), memory, heap });
    } else {
      void Promise.all(all.map((worker) => worker.close(true))).then(() => process.exit(0));
    }
  });
}

main().catch((error: Error) => {
  console.error(error);
  process.exit(1);
});
