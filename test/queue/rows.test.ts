// Rows of cells between a worker's answer and the file of results, on a real Redis server. The worker here answers at once.
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { Worker } from "bullmq";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { cellsOf, plainVariant } from "../../src/experiment/cell";
import { keyPrefix, queueAddress, queueName } from "../../src/queue/address";
import { cellJobId } from "../../src/queue/cellJob";
import { cellsByQueue } from "../../src/queue/cellsByQueue";
import { openQueue } from "../../src/queue/jobs";
import { RedisServer } from "./redisServer";

vi.setConfig({ testTimeout: 100_000, hookTimeout: 400_000 });

const base = path.resolve(__dirname, "..", "..", ".cache", "test", `rows-${process.pid}`);
const rowSchema = z.object({ key: z.string(), last: z.number() });
const [cell] = cellsOf({
  variants: [plainVariant("random")],
  ipcs: [1],
  seeds: [0],
  trainings: [0],
  protocol: "mlp",
  steps: 4,
});
let server: RedisServer;
let keys = 0;
const workers: Worker[] = [];

beforeAll(async () => {
  await mkdir(path.join(base, "redis"), { recursive: true });
  server = await RedisServer.start(path.join(base, "redis"));
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
});

afterAll(async () => {
  await server?.stop();
  await rm(base, { recursive: true, force: true });
});

/** A worker that answers its first job with the first of the rows, and so on. */
function answering(...rows: readonly unknown[]): { readonly asked: () => number } {
  let asked = 0;
  const { options } = queueAddress(server.url);
  const answer = async () => rows[asked++];
  workers.push(new Worker(queueName, answer, { connection: options, prefix: keyPrefix }));
  return { asked: () => asked };
}

/** Asks for the row of one cell. */
function rowOf(key: string, onRow: (row: unknown) => Promise<void>, say?: (line: string) => void) {
  const elsewhere = cellsByQueue({
    address: queueAddress(server.url),
    profile: "quick",
    ...(say ? { say } : {}),
  });
  return elsewhere("score", [{ key, cell }], rowSchema, async (_, row) => onRow(row));
}

const newKey = () => `${++keys}`.padStart(16, "0");

describe("a row that has come", () => {
  it("waits in the queue when it cannot be kept, and the command ends with the cause", async () => {
    const key = newKey();
    const row = { key, last: 50 };
    const { asked } = answering(row, row);
    const said: string[] = [];
    let tries = 0;
    // Full at the first write alone, so that the command comes to an end in either case.
    const full = async () => {
      if (++tries === 1) throw new Error("ENOSPC: no space left on device, write");
    };
    await expect(rowOf(key, full, (line) => said.push(line))).rejects.toThrow("ENOSPC");
    expect(said).toEqual([]);

    // The disk has space again: the same command takes the row, and nobody computes it a second time.
    const kept: unknown[] = [];
    await rowOf(key, async (found) => void kept.push(found));
    expect(kept).toEqual([row]);
    expect(asked()).toBe(1);
    const queue = openQueue(queueAddress(server.url));
    expect(await queue.getJob(cellJobId({ what: "score", key }))).toBeUndefined();
    await queue.close();
  });

  it("is computed again where it is none, or that of another cell", async () => {
    const key = newKey();
    const row = { key, last: 50 };
    const { asked } = answering({ key }, { key: "another", last: 50 }, row);
    const said: string[] = [];
    const kept: unknown[] = [];
    await rowOf(
      key,
      async (found) => void kept.push(found),
      (line) => said.push(line),
    );
    expect(kept).toEqual([row]);
    expect(asked()).toBe(3);
    expect(said).toEqual([
      expect.stringMatching(/is computed again: The row is not valid, at "last"/),
      expect.stringMatching(/is computed again: expected the row of 0+2, found that of another/),
    ]);
  });

  it("is kept where it came while another was handed over", async () => {
    const [first, second] = [newKey(), newKey()];
    const { options } = queueAddress(server.url);
    let asked = 0;
    let goOn = () => {};
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    const answer = async ({ data: { key } }: { data: { key: string } }) => {
      asked++;
      if (key === second) await gate;
      return { key, last: 50 };
    };
    workers.push(new Worker(queueName, answer, { connection: options, prefix: keyPrefix }));
    const elsewhere = cellsByQueue({ address: queueAddress(server.url), profile: "quick" });
    const both = [first, second].map((key) => ({ key, cell }));
    const rows = (onRow: (key: string) => Promise<void>) => elsewhere("score", both, rowSchema, onRow);
    const full = rows(async () => {
      throw new Error("ENOSPC: no space left on device, write");
    });
    await expect(full).rejects.toThrow("ENOSPC");

    // The same command again: the second row is made while it writes the first.
    const queue = openQueue(queueAddress(server.url));
    const id = cellJobId({ what: "score", key: second });
    const kept: string[] = [];
    await rows(async (key) => {
      goOn();
      await vi.waitFor(async () => expect(await queue.getJobState(id)).toBe("completed"), 50_000);
      kept.push(key);
    });
    await queue.close();
    expect(kept).toEqual([first, second]);
    expect(asked).toBe(2);
  });
});
