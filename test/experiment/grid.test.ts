import { type ChildProcess, spawn } from "node:child_process";
import { appendFile, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { cellsOf, type Grid, plainVariant } from "../../src/experiment/cell";
import { experimentSets, measureExperiment, runExperiment } from "../../src/experiment/experiment";
import { Models } from "../../src/experiment/models";
import { appendRow, type Row, readResults, readRows } from "../../src/experiment/results";
import { type GridEvent, keyOf, runCells } from "../../src/experiment/runCells";
import { claim } from "../../src/tensor/claim";
import { temporaryFolder } from "../temporaryFolder";
import { small } from "./run";

const root = path.resolve(__dirname, "..", "..");

/** Starts run.ts; `lines` grows as it reports. */
function start(...args: string[]): { child: ChildProcess; lines: string[]; ended: Promise<number | null> } {
  const script = path.join(__dirname, "run.ts");
  const child = spawn(process.execPath, ["--import", "tsx", script, ...args], { cwd: root });
  const lines: string[] = [];
  child.stdout.on("data", (text: Buffer) => lines.push(...text.toString().trim().split("\n")));
  child.stderr.on("data", (text: Buffer) => lines.push(`error: ${text.toString()}`));
  return { child, lines, ended: new Promise((resolve) => child.once("exit", resolve)) };
}

/** What must not depend on how the work was cut up. */
const content = (rows: readonly Row[]) =>
  rows.map(({ seconds: _, ...row }) => row).sort((a, b) => (a.key < b.key ? -1 : 1));

describe("a grid", () => {
  it("is worked at network by network, in each seed by seed", () => {
    const cells = cellsOf({ ...small, ipcs: [1, 5], seeds: [7, 3], trainings: [0, 1] });
    expect(cells.map(({ seed, training, ipc }) => `${seed} ${training} ${ipc}`)).toEqual(
      ["7 0 1", "7 0 5", "3 0 1", "3 0 5", "7 1 1", "7 1 5", "3 1 1", "3 1 5"].flatMap((text) => [
        text,
        text,
        text,
      ]),
    );
    // Herding gives the same set for every seed, and k-means at IPC 1: networks take the place of sets.
    for (const method of ["herding", "kmeans"] as const) {
      const fixed = cellsOf({ ...small, variants: [plainVariant(method)], ipcs: [1], seeds: [7, 3] });
      expect(fixed.map(({ seed, training }) => `${seed} ${training}`)).toEqual(["7 0", "7 1"]);
    }
    expect(cellsOf({ ...small, variants: [plainVariant("kmeans")], ipcs: [2], seeds: [7, 3] })).toHaveLength(
      2,
    );
  });

  it("refuses two variants of one name, and unknown methods", () => {
    const variants = [plainVariant("igds"), { name: "igds", options: { method: "igds" as const, beta: 0 } }];
    expect(() => cellsOf({ ...small, variants })).toThrow(/Two variants are called "igds"/);
    const magic = { name: "a", options: { method: "magic" as "igds" } };
    expect(() => cellsOf({ ...small, variants: [magic] })).toThrow(
      /"magic" is not a method.*Expected one of random/,
    );
  });

  it("can be worked at in part", async () => {
    const folder = await temporaryFolder();
    const cells = cellsOf({ ...small, variants: [plainVariant("random")], ipcs: [1, 2], seeds: [0] });
    const options = { cells, file: path.join(folder, "rows.jsonl"), sets: path.join(folder, "sets") };
    const rows = await runExperiment("accuracy-over-ipc", { ...options, ipcs: [2], onProgress: () => {} });
    expect(rows.map(({ ipc }) => ipc)).toEqual([2]);
    const none = { ...options, protocols: ["vit"], onProgress: () => {} };
    expect(await runExperiment("accuracy-over-ipc", none)).toEqual([]);
    const all = await runExperiment("accuracy-over-ipc", {
      ...options,
      readOnly: true,
      onProgress: () => {},
    });
    expect(all).toEqual(rows);
  });

  it("says what is missing where it may only be read", async () => {
    const folder = await temporaryFolder();
    const cells = cellsOf({ ...small, variants: [plainVariant("random")], seeds: [0] });
    const sets = path.join(folder, "sets");
    const options = { cells, file: path.join(folder, "rows.jsonl"), sets, onProgress: () => {} };
    const read = { ...options, readOnly: true };
    for (const numbers of [runExperiment, measureExperiment])
      await expect(numbers("ablation", read)).rejects.toThrow(
        /ablation, profile quick: expected some of its 1 numbers in .*rows\.jsonl, found none.*--compute-only/,
      );
    expect(await readdir(folder)).toEqual([]);
    // Images are no numbers: a figure that shows some gets them.
    const made = await experimentSets("ablation", read);
    expect(made).toHaveLength(1);
    expect(await experimentSets("ablation", options)).toEqual(made);
  });

  it("gives another key to whatever changes a number, and to nothing else", async () => {
    const models = new Models();
    const one: Grid = { variants: [plainVariant("igds")], ipcs: [5], seeds: [0], trainings: [0] };
    const key = async (grid: Partial<Grid>, on = models) => keyOf(cellsOf({ ...one, ...grid })[0], on);
    const igds = (options: object) => ({
      variants: [{ name: "x", options: { method: "igds" as const, ...options } }],
    });
    const usual = await key({});
    expect(await key(igds({}))).toBe(usual);
    expect(await key(igds({ guidanceScale: undefined, steps: 50 }))).toBe(usual);
    const checkpoint = path.join(root, "data", "checkpoints", "fashion-mnist-classifier.safetensors");
    const others = await Promise.all([
      key({ ipcs: [10] }),
      key({ seeds: [1] }),
      key({ trainings: [1] }),
      key({ protocol: "convnet3" }),
      key({ steps: 10 }),
      key({ labels: "soft" }),
      key({ on: "held-out" }),
      key({ variants: [plainVariant("diffusion")] }),
      key(igds({ beta: 7 })),
      key(igds({ beta: "auto" })),
      key(igds({ steps: 10 })),
      key(igds({ mode: true })),
      key({}, new Models({ denoiser: checkpoint })),
      key({}, new Models({ denoiser: "dit" })),
    ]);
    expect(new Set([usual, ...others]).size).toBe(others.length + 1);
    expect(await key({}, new Models({ denoiser: "unet" }))).toBe(usual);
    const dit = { variants: [{ ...plainVariant("igds"), denoiser: "dit" }] };
    expect(await key(dit)).toBe(others.at(-1));
    await expect(key({}, new Models({ denoiser: "none.safetensors" }))).rejects.toThrow(
      /none\.safetensors: expected a trained network, found none/,
    );
  });

  it("killed in the middle goes on, with the result of an unbroken run", async () => {
    const folder = await temporaryFolder();
    const [whole, broken] = ["whole", "broken"].map((name) => path.join(folder, `${name}.jsonl`));
    const sets = path.join(folder, "broken");
    const first = start(broken, sets);
    while (!first.lines.some((line) => line.startsWith("2 "))) {
      expect(first.child.exitCode, first.lines.join("\n")).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    first.child.kill("SIGKILL");
    await first.ended;
    const cells = cellsOf(small);
    const kept = await readResults(broken);
    expect(kept.length).toBeGreaterThanOrEqual(2);
    expect(kept.length).toBeLessThan(cells.length);
    // A power cut in the middle of a line.
    await appendFile(broken, '{"key":"0123');

    const models = new Models();
    const rows = await runCells(cells, models, { file: whole, sets: path.join(folder, "whole") });
    const events: GridEvent[] = [];
    const onProgress = (event: GridEvent) => events.push(event);
    expect(content(await runCells(cells, models, { file: broken, sets, onProgress }))).toEqual(content(rows));
    expect(new Set(rows.map(({ set }) => set)).size).toBe(cells.length);
    expect(events[0]).toMatchObject({ cells: cells.length - kept.length, done: 0, share: 0 });
    expect(events.at(-1)).toMatchObject({ done: cells.length - kept.length, share: 1 });
    // One may be left of a cell that was finished when the kill came; it keeps nobody off.
    for (const name of (await readdir(sets)).filter((name) => name.endsWith(".claim"))) {
      const release = await claim(path.join(sets, name));
      expect(release).not.toBeNull();
      await release?.();
    }

    // What another file has is copied, under the name that it has here.
    const copy = path.join(folder, "copy.jsonl");
    const renamed = cellsOf({ ...small, variants: [{ name: "mine", options: { method: "random" } }] });
    const copied = await runCells(renamed, models, {
      file: copy,
      others: [whole],
      sets: path.join(folder, "none"),
    });
    expect(copied.map(({ name, last }) => [name, last])).toEqual(
      rows.filter(({ name }) => name === "random").map(({ last }) => ["mine", last]),
    );
    await models.dispose();
  }, 300_000);

  it("is shared between processes", async () => {
    const folder = await temporaryFolder();
    const file = path.join(folder, "rows.jsonl");
    const both = [0, 1].map(() => start(file, path.join(folder, "sets"), "random"));
    const output = () => both.flatMap(({ lines }) => lines).join("\n");
    expect(await Promise.all(both.map(({ ended }) => ended)), output()).toEqual([0, 0]);
    const lines = (await readFile(file, "utf8")).trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as Row).seed).sort()).toEqual([0, 1]);
  });
});

describe("results", () => {
  it("are checked line by line", async () => {
    const file = path.join(await temporaryFolder(), "rows.jsonl");
    expect(await readResults(file)).toEqual([]);
    await writeFile(file, "<<<<<<< ours\n");
    await expect(readResults(file)).rejects.toThrow(/rows\.jsonl, line 1: expected a row of results/);
    await writeFile(file, '{"key":"a"}\n');
    await expect(readResults(file)).rejects.toThrow(/line 1: .*fault at "name"/);
  });

  it("are passed over where a killed process has cut them, wherever that is", async () => {
    const file = path.join(await temporaryFolder(), "rows.jsonl");
    const schema = z.object({ key: z.string(), seconds: z.object({ set: z.number() }), last: z.number() });
    const [first, second] = ["a", "b"].map((key) => ({ key, seconds: { set: 1 }, last: 2 }));
    const whole = JSON.stringify(first);
    for (let length = 1; length < whole.length; length++) {
      await writeFile(file, whole.slice(0, length));
      expect(await readRows(file, schema)).toEqual([]);
      await appendRow(file, second!);
      expect(await readRows(file, schema)).toEqual([second]);
    }
  });
});
