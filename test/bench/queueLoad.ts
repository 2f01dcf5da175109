// Where the queue saturates: a thousand workers at a real Redis, that wait instead of sampling.
//   npx tsx test/bench/queueLoad.ts dispatch [--jobs N --workers W]     jobs that take no time: the queue alone
//   npx tsx test/bench/queueLoad.ts set [--workers W --service MS]      ImageNet-1K at IPC 50 with collecting: 500 shards, 50,000 images
//   npx tsx test/bench/queueLoad.ts soak [--jobs N --workers W]         memory of the workers and of Redis over many jobs
import { type ChildProcess, fork } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Queue } from "bullmq";
import { Redis } from "ioredis";
import type { Dataset } from "../../src/datasets/dataset";
import { encodeImages } from "../../src/datasets/imageFolder";
import { Denoiser } from "../../src/diffusion/denoiser";
import { trainClassifier } from "../../src/diffusion/trainClassifier";
import { distillInto } from "../../src/distill/distill";
import { Distiller } from "../../src/distill/distiller";
import { loadClassifier } from "../../src/guidance/loadClassifier";
import { timeClassifier, timeClassifierDefaults } from "../../src/nn/timeClassifier";
import { unet, unetDefaults } from "../../src/nn/unet";
import { queueAddress } from "../../src/queue/address";
import { openQueue } from "../../src/queue/jobs";
import { writePart } from "../../src/queue/part";
import { shardsByQueue } from "../../src/queue/shardsByQueue";
import { engineReady } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { RedisServer } from "../queue/redisServer";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: "string" },
    workers: { type: "string", default: "1000" },
    service: { type: "string", default: "2000" },
    processes: { type: "string", default: "4" },
  },
});
const workers = Number(values.workers);
const cache = path.resolve(__dirname, "..", "..", ".cache");

interface Report {
  readonly jobs: number;
  readonly gaps: readonly number[];
  /** Resident, and what the heap holds after a collection (only where that is asked for), bytes. */
  readonly memory: number;
  readonly heap: number;
}

/** Workers in a few processes. */
class Crowd {
  private constructor(private readonly children: readonly ChildProcess[]) {}

  static async start(url: string, service: number, more: readonly string[] = []): Promise<Crowd> {
    const processes = Number(values.processes);
    const script = path.join(__dirname, "queueLoadWorkers.ts");
    const children = Array.from({ length: processes }, () =>
      fork(script, [url, `${Math.ceil(workers / processes)}`, `${service}`, ...more], {
        execArgv: ["--import", "tsx", "--expose-gc"],
      }),
    );
    await Promise.all(children.map((child) => answer(child)));
    return new Crowd(children);
  }

  async report(question: "report" | "collect" = "report"): Promise<Report> {
    const reports = await Promise.all(
      this.children.map((child) => {
        const report = answer(child) as Promise<Report>;
        child.send(question);
        return report;
      }),
    );
    return {
      jobs: reports.reduce((sum, { jobs }) => sum + jobs, 0),
      gaps: reports.flatMap(({ gaps }) => gaps),
      memory: reports.reduce((sum, { memory }) => sum + memory, 0),
      heap: reports.reduce((sum, { heap }) => sum + heap, 0),
    };
  }

  async end(): Promise<void> {
    await Promise.all(
      this.children.map((child) => {
        const ended = new Promise((resolve) => child.once("exit", resolve));
        child.send("end");
        return ended;
      }),
    );
  }
}

function answer(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const dead = (code: number | null) => reject(new Error(`A process of workers ended with ${code}.`));
    child.once("exit", dead);
    child.once("message", (message) => {
      child.off("exit", dead);
      resolve(message);
    });
  });
}

const percentile = (numbers: readonly number[], share: number) =>
  [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) * share)] ?? Number.NaN;

async function add(queue: Queue, from: number, count: number): Promise<void> {
  for (let first = from; first < from + count; first += 1000)
    await queue.addBulk(
      Array.from({ length: Math.min(1000, from + count - first) }, (_, i) => ({
        name: "shard",
        data: { kind: "shard", set: "bench", run: "0".repeat(32), shard: first + i },
        opts: { jobId: `bench-${first + i}`, removeOnComplete: true },
      })),
    );
}

/** Jobs that take no time: what the queue itself can do. */
async function dispatch(url: string): Promise<void> {
  const jobs = Number(values.jobs ?? 50_000);
  const queue = openQueue(queueAddress(url));
  const begun = performance.now();
  await add(queue, 0, jobs);
  const added = performance.now() - begun;
  const crowd = await Crowd.start(url, 0);
  await crowd.report();
  const start = performance.now();
  const before = (await crowd.report()).jobs;
  let report = await crowd.report();
  while (report.jobs < jobs) {
    await setTimeout(200);
    report = await crowd.report().then((next) => ({ ...next, gaps: [...report.gaps, ...next.gaps] }));
  }
  const seconds = (performance.now() - start) / 1000;
  say("dispatch", {
    jobs,
    workers,
    "added per s": Math.round((1000 * jobs) / added),
    "done per s": Math.round((jobs - before) / seconds),
    "gap between two jobs, median ms": percentile(report.gaps, 0.5).toFixed(1),
    "p99 ms": percentile(report.gaps, 0.99).toFixed(1),
  });
  await crowd.end();
  await queue.close();
}

/** The whole way but for sampling: parts written by workers, collected into a set with its manifest. */
async function set(url: string, folder: string): Promise<void> {
  const [classes, ipc, steps] = [1000, 50, 50];
  const distiller = await emptyDistiller(classes, folder);
  const template = path.join(folder, "part.json");
  await writeFile(template, await templateOf(ipc, steps));
  const service = Number(values.service);
  const crowd = await Crowd.start(url, service, [folder, template]);
  await crowd.report();
  const start = performance.now();
  let read = 0;
  const manifest = await distillInto(path.join(folder, "set"), distiller, {
    method: "diffusion",
    ipc,
    steps,
    shards: shardsByQueue({
      address: queueAddress(url),
      onBoard: ({ done }) => {
        read = done;
      },
    }),
  });
  const seconds = (performance.now() - start) / 1000;
  const { jobs } = await crowd.report();
  const ideal = (Math.ceil(500 / workers) * service) / 1000;
  say("set", {
    shards: jobs,
    images: manifest.images.length,
    workers,
    "service time, s": service / 1000,
    "without any overhead, s": ideal,
    "took, s": seconds.toFixed(1),
    "images collected per s": Math.round(manifest.images.length / Math.max(0.001, seconds - ideal)),
    "last board": read,
    "memory of the collector, MB": Math.round(process.memoryUsage().rss / 2 ** 20),
  });
  await crowd.end();
}

/** Memory over many jobs: what the day of a cluster comes to. */
async function soak(url: string): Promise<void> {
  const jobs = Number(values.jobs ?? 1_000_000);
  const queue = openQueue(queueAddress(url));
  const redis = new Redis(url);
  const crowd = await Crowd.start(url, 0);
  const samples: number[] = [];
  const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);
  let added = 0;
  let done = 0;
  const start = performance.now();
  while (done < jobs) {
    const waiting = (await queue.getJobCounts("wait")).wait ?? 0;
    if (added < jobs && waiting < 10_000) {
      const more = Math.min(5000, jobs - added);
      await add(queue, added, more);
      added += more;
    }
    const report = await crowd.report();
    done = report.jobs;
    if (samples.length === 0 || done - samples.at(-1)! >= jobs / 20) {
      const used = /used_memory:(\d+)/.exec(await redis.info("memory"))?.[1];
      samples.push(done);
      const { memory, heap } = await crowd.report("collect");
      console.log(
        `${done} jobs: workers ${megabytes(memory)} MB, of which their heaps hold ${megabytes(heap)} MB, Redis ${megabytes(Number(used))} MB`,
      );
    }
    await setTimeout(100);
  }
  say("soak", { jobs, workers, "per s": Math.round((1000 * jobs) / (performance.now() - start)) });
  await crowd.end();
  redis.disconnect();
  await queue.close();
}

function say(name: string, facts: Record<string, string | number>): void {
  console.log(`\n${name}`);
  for (const [fact, value] of Object.entries(facts)) console.log(`  ${fact.padEnd(36)} ${value}`);
}

/** Two classes of pictures of noise, 64 x 64 in three colours, with a ledger of every step. */
async function templateOf(ipc: number, steps: number): Promise<string> {
  const [side, count] = [64, 2 * ipc];
  const data = new Seed("template").uniform(count * side * side * 3).map((value) => 2 * value - 1);
  const labels = Int32Array.from({ length: count }, (_, i) => Math.floor(i / ipc));
  const batch = { data: Float32Array.from(data), shape: [count, side, side, 3] as const };
  const images = await encodeImages(["a", "b"], batch, labels);
  const entry = { t: 500, prototype: 1.23456, contextual: { low: 1.23456, high: 1.34567 }, context: 1.23456 };
  const ledgers = images.map(() =>
    Array.from({ length: steps }, (_, i) => ({ ...entry, t: 20 * (steps - i) - 20 })),
  );
  return writePart("", 0, { images, ledgers });
}

/** A dataset of noise and networks of random weights, for as many classes as ImageNet has. */
async function emptyDistiller(count: number, folder: string): Promise<Distiller> {
  await engineReady();
  const [side, perClass] = [64, 3];
  const classes = Array.from({ length: count }, (_, i) => `class-${i}`);
  const labels = Uint16Array.from({ length: count * perClass }, (_, i) => Math.floor(i / perClass));
  const images = new Uint8Array(labels.length * side * side * 3);
  const split = { images, labels, count: labels.length };
  const dataset: Dataset = {
    ...{ name: "bench", classes, shape: [side, side, 3] as const, source: "noise" },
    ...{ train: split, test: split },
  };
  const space = { height: side, width: side, channels: 3, classes: count };
  const network = unet({ ...unetDefaults, ...space, widths: [8, 8], blocks: [1, 1] });
  const file = path.join(folder, "classifier.safetensors");
  const judge = timeClassifier({ ...timeClassifierDefaults, ...space, widths: [8, 8] });
  for await (const _ of trainClassifier(judge, dataset, { file, steps: 1, batch: 2 }));
  const denoiser = new Denoiser(network, network.parameters.initialise(new Seed("bench")));
  return new Distiller(dataset, denoiser, await loadClassifier(file));
}

async function main(): Promise<void> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(path.join(cache, "queue-load-"));
  await mkdir(path.join(folder, "redis"));
  const server = await RedisServer.start(path.join(folder, "redis"));
  try {
    const what = positionals[0] ?? "dispatch";
    if (what === "dispatch") await dispatch(server.url);
    else if (what === "set") await set(server.url, folder);
    else if (what === "soak") await soak(server.url);
    else throw new Error(`Expected dispatch, set or soak, found "${what}".`);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
  process.exit(0);
}

main().catch((error: Error) => {
  console.error(error);
  process.exit(1);
});
