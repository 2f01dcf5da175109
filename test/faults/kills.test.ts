// kill -9 at random moments: each command, started again, ends with what an unbroken run has.
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeMiniature } from "../../src/experiment/miniature";
import { readResults } from "../../src/experiment/results";
import { loadCheckpoint } from "../../src/nn/checkpointFile";
import { Seed } from "../../src/tensor/random";
import { bytesBelow } from "../queue/bytes";
import { long } from "../queue/long";
import { igds, type Program, start } from "../queue/program";
import { type World, writeWorld } from "../queue/world";

/** Of each command. */
const KILLS = long ? 50 : 3;
/** A short run does not spend its few kills on programs that are still loading. */
const EARLIEST = long ? 0 : 0.4;

const root = path.resolve(__dirname, "..", "..");
const base = path.join(root, ".cache", "test", `kills-${process.pid}`);
let world: World;

beforeAll(async () => {
  world = await writeWorld(path.join(base, "world"));
}, 300_000);

afterAll(() => rm(base, { recursive: true, force: true }));

interface Work {
  readonly name: string;
  /** Starts it, or goes on with it, in the folder. */
  readonly run: (folder: string) => Program | Promise<Program>;
  /** What must be the same, whatever happened. */
  readonly result: (folder: string) => Promise<unknown>;
}

/**
 * Kills the work until it has been killed often enough, at moments up to the time that an unbroken run takes; whenever it comes
 * to its end, compares the result, and begins anew. Which parts of the time are drawn is fixed by a seed.
 */
async function survives({ name, run, result }: Work): Promise<void> {
  const moments = new Seed("kills").child(name);
  const program = await run(path.join(base, name, "unbroken"));
  const begun = performance.now();
  const unbroken = await program.ended;
  const whole = performance.now() - begun; // a measure of moments, nothing that is tested
  expect(unbroken.code, unbroken.stderr).toBe(0);
  const expected = await result(path.join(base, name, "unbroken"));
  let [kills, ends] = [0, 0];
  while (kills < KILLS) {
    const folder = path.join(base, name, `broken-${ends}`);
    for (let finished = false; !finished; ) {
      const program = await run(folder);
      const [moment] = moments.child(kills, ends).uniform(1);
      const last = kills >= KILLS;
      const ended = last
        ? await program.ended
        : await Promise.race([program.ended, setTimeout((EARLIEST + (1 - EARLIEST) * moment!) * whole)]);
      if (!ended) {
        program.child.kill("SIGKILL");
        await program.ended;
        kills++;
        continue;
      }
      expect(ended.code, ended.stderr).toBe(0);
      finished = true;
    }
    ends++;
    expect(await result(folder)).toEqual(expected);
    await rm(folder, { recursive: true });
  }
  if (long)
    console.log(`${name}: killed ${kills} times, ${ends} runs came to their end, each as the unbroken one`);
}

const limit = long ? 3_600_000 : 300_000;

describe("kill -9 at random moments", () => {
  it(
    "distill",
    () =>
      survives({
        name: "distill",
        run: (folder) => start(["distill", ...world.set, "--out", folder]),
        result: bytesBelow,
      }),
    limit,
  );

  it(
    "train",
    () =>
      survives({
        name: "train",
        run: (folder) => {
          const pictures = ["--dataset", "image-folder", "--folder", path.join(world.folder, "pictures")];
          const size = ["--size", "16", "--batch", "16", "--steps", "25", "--save-every", "0"];
          const out = ["--out", path.join(folder, "classifier.safetensors")];
          return start(["train", ...pictures, "--model", "classifier", ...size, ...out]);
        },
        result: async (folder) => {
          const { weights, recipe } = await loadCheckpoint(path.join(folder, "classifier.safetensors"));
          const files = (await readdir(folder)).sort();
          return { files, weights, recipe: { ...recipe, seconds: 0 } };
        },
      }),
    limit,
  );

  it(
    "evaluate",
    async () => {
      const set = path.join(base, "set");
      expect((await igds("distill", "--method", "random", "--ipc", "1", "--out", set)).code).toBe(0);
      await survives({
        name: "evaluate",
        run: (folder) => {
          const protocol = ["--protocol", "mlp", "--steps", "100", "--repeats", "3"];
          const state = ["--state", path.join(folder, "state"), "--save-every", "0.02"];
          const program = start(["evaluate", set, ...protocol, ...state, "--json"]);
          const kept = program.ended.then(async (ended) => {
            if (ended.code === 0) {
              await mkdir(folder, { recursive: true });
              await writeFile(path.join(folder, "score.json"), ended.stdout);
            }
            return ended;
          });
          return { ...program, ended: kept };
        },
        result: async (folder) => {
          const score: unknown = JSON.parse(await readFile(path.join(folder, "score.json"), "utf8"));
          expect(score).toMatchObject({ seeds: ["0", "1", "2"], steps: 100 });
          return { files: await readdir(folder), score };
        },
      });
    },
    limit,
  );

  it(
    "figures",
    async () => {
      const setup = await writeMiniature(path.join(base, "miniature"));
      const small = { methods: ["random", "diffusion"], protocols: ["mlp"], trainingSteps: 2 };
      await writeFile(setup, JSON.stringify({ ...JSON.parse(await readFile(setup, "utf8")), ...small }));
      await survives({
        name: "figures",
        run: async (folder) => {
          // A copy of the program of its own: results lie beside it.
          await copyOfProgram(folder);
          const main = path.join(folder, "dist", "cli", "main.js");
          const args = ["figures", "accuracy-over-ipc", "--profile", "paper", "--compute-only"];
          return start(args, { script: main, env: { IGDS_PAPER: setup } });
        },
        result: async (folder) => {
          const [file, sets] = ["results/paper-accuracy-over-ipc.jsonl", "sets"].map((name) =>
            path.join(folder, "out", name),
          );
          const rows = await readResults(file!);
          expect(rows).toHaveLength(2);
          expect((await readFile(file!, "utf8")).trimEnd().split("\n")).toHaveLength(2);
          return { rows: rows.map((row) => ({ ...row, seconds: 0 })), sets: await bytesBelow(sets!) };
        },
      });
    },
    limit,
  );
});

async function copyOfProgram(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await cp(path.join(root, "dist"), path.join(folder, "dist"), { recursive: true });
  for (const name of ["node_modules", "data", "package.json"])
    await symlink(path.join(root, name), path.join(folder, name)).catch(() => {}); // it is there already
}
