import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { cellsOf, plainVariant } from "../../src/experiment/cell";
import { measureCells } from "../../src/experiment/measureCells";
import { Models } from "../../src/experiment/models";
import { readResults, rowSchema } from "../../src/experiment/results";
import { runCells } from "../../src/experiment/runCells";
import { queueAddress } from "../../src/queue/address";
import { cellsByQueue } from "../../src/queue/cellsByQueue";
import { long } from "./long";
import { start } from "./program";
import { RedisServer } from "./redisServer";

// Each of them starts several processes; a busy machine takes its time.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

const base = path.resolve(__dirname, "..", "..", ".cache", "test", `cells-${process.pid}`);
const cells = cellsOf({
  variants: [plainVariant("random"), { name: "diffusion", options: { method: "diffusion", steps: 2 } }],
  ipcs: [1],
  seeds: [0, 1],
  trainings: [0],
  protocol: "mlp",
  steps: 4,
});
let server: RedisServer;

beforeAll(async () => {
  await mkdir(path.join(base, "redis"), { recursive: true });
  server = await RedisServer.start(path.join(base, "redis"));
});

afterAll(async () => {
  await server?.stop();
  await rm(base, { recursive: true, force: true });
});

const worker = (name: string) =>
  start(["worker", "--queue", server.url, "--out", path.join(base, name), "--lost-after", "5"]);

describe("the cells of an experiment", () => {
  it("give the same rows by workers, of which one is killed, as by one process", async () => {
    const models = new Models();
    const here = { file: path.join(base, "here.jsonl"), sets: path.join(base, "here", "sets") };
    const expected = await runCells(cells, models, here);
    const there = { file: path.join(base, "there.jsonl"), sets: path.join(base, "unused") };
    const elsewhere = cellsByQueue({ address: queueAddress(server.url), profile: "quick" });
    const killed = worker("there");
    const running = runCells(cells, models, { ...there, elsewhere });
    await killed.says(/score-/);
    killed.child.kill("SIGKILL");
    const other = worker("there");
    const found = await running;
    const plain = (rows: typeof found) => rows.map(({ seconds: _, ...row }) => row);
    expect(plain(found)).toEqual(plain(expected));
    expect(await readResults(there.file)).toHaveLength(cells.length);
    if (long) {
      const measured = { ...here, file: path.join(base, "measures-here.jsonl") };
      const queued = { ...there, file: path.join(base, "measures-there.jsonl"), elsewhere };
      expect(await measureCells(cells, models, queued)).toEqual(await measureCells(cells, models, measured));
    }
    other.child.kill("SIGTERM");
    await Promise.all([other.ended, killed.ended]);
    await models.dispose();
  });

  it("are refused by a worker that comes to another key, and by none where they name a path", async () => {
    const elsewhere = cellsByQueue({ address: queueAddress(server.url), profile: "quick" });
    const score = (denoiser?: string) =>
      elsewhere(
        "score",
        [{ key: "0123456789abcdef", cell: { ...cells[0], variant: { ...cells[0].variant, denoiser } } }],
        rowSchema,
        async () => {},
      );
    await expect(score("../../etc/passwd")).rejects.toThrow(/denoiser.*expected one of "dit"\|"unet"/);
    score().catch(() => {}); // nobody can do it: it waits until the server is gone
    const one = worker("refusing");
    expect(await one.ended).toMatchObject({ code: 2 });
    expect(one.said()).toMatch(/would compute another number: .* expected 0123456789abcdef/);
  });
});
