// What the queue costs: a set made by this process alone, and by one worker of a queue, in turn.
//   npx tsx test/bench/queueOverhead.ts [PAIRS [STEPS]]
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { median } from "../../src/bench/median";
import { distillInto } from "../../src/distill/distill";
import { open } from "../../src/distill/open";
import { queueAddress } from "../../src/queue/address";
import { shardsByQueue } from "../../src/queue/shardsByQueue";
import { serve } from "../../src/queue/worker";
import { RedisServer } from "../queue/redisServer";

const pairs = Number(process.argv[2] ?? 5);
const cache = path.resolve(__dirname, "..", "..", ".cache");
const options = { method: "diffusion", ipc: 50, steps: Number(process.argv[3] ?? 10) } as const;

/** Seconds of wall time, and of processor time of this process: the latter does not see what else the machine does. */
async function timed(work: () => Promise<unknown>): Promise<{ wall: number; processor: number }> {
  const [start, used] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(used);
  return { wall: (performance.now() - start) / 1000, processor: (user + system) / 1e6 };
}

async function main(): Promise<void> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(path.join(cache, "queue-overhead-"));
  await mkdir(path.join(folder, "redis"));
  const server = await RedisServer.start(path.join(folder, "redis"));
  const address = queueAddress(server.url);
  const distiller = await open("fashion-mnist");
  const stop = new AbortController();
  // In this process and with the same compiled networks: the difference is the queue, and nothing else.
  const serving = serve({
    ...{ address, sets: folder, lostAfter: 300, say: () => {}, signal: stop.signal },
    open: async () => distiller,
  });
  const alone = (name: string) => distillInto(path.join(folder, name), distiller, options);
  const queued = (name: string) =>
    distillInto(path.join(folder, name), distiller, { ...options, shards: shardsByQueue({ address }) });
  await alone("warm");
  const ratios: { wall: number; processor: number }[] = [];
  for (let i = 0; i < pairs; i++) {
    const runs = [() => timed(() => alone(`alone-${i}`)), () => timed(() => queued(`queued-${i}`))];
    const first = await runs[i % 2]!();
    const second = await runs[1 - (i % 2)]!();
    const [one, two] = i % 2 === 0 ? [first, second] : [second, first];
    ratios.push({ wall: two.wall / one.wall, processor: two.processor / one.processor });
    console.log(
      `alone ${one.wall.toFixed(1)} s (processor ${one.processor.toFixed(1)} s), ` +
        `by the queue ${two.wall.toFixed(1)} s (processor ${two.processor.toFixed(1)} s)`,
    );
  }
  for (const what of ["wall", "processor"] as const)
    console.log(`${what} time: median ratio ${median(ratios.map((ratio) => ratio[what])).toFixed(3)}`);
  stop.abort();
  await serving;
  await server.stop();
  await rm(folder, { recursive: true, force: true });
  process.exit(0);
}

main().catch((error: Error) => {
  console.error(error);
  process.exit(1);
});
