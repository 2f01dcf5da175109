import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import { distillInto } from "../../src/distill/distill";
import { claim } from "../../src/tensor/claim";
import { Seed } from "../../src/tensor/random";
import { temporaryFolder } from "../temporaryFolder";

const dataset = proceduralDataset(procedural({ noise: 0.3 }), 20, new Seed(0));
const options = { method: "random", ipc: 2 } as const;

describe("the folder of a set", () => {
  it("belongs to one process at a time", async () => {
    const folder = path.join(await temporaryFolder(), "set");
    const release = await claim(path.join(folder, ".lock"));
    await expect(distillInto(folder, dataset, options)).rejects.toThrow(
      new RegExp(`another process is making this set \\(process ${process.pid} on ${hostname()}\\)`),
    );
    expect(await readdir(folder)).toEqual([".lock"]);
    await release!();
    const [first, second] = await Promise.allSettled([
      distillInto(folder, dataset, options),
      distillInto(folder, dataset, options),
    ]);
    expect([first.status, second.status].sort()).toEqual(["fulfilled", "rejected"]);
    expect(await readdir(folder)).not.toContain(".lock");
  });

  it("is not there when nothing came of it, and what was there before is", async () => {
    const base = await temporaryFolder();
    const wrong = distillInto(path.join(base, "new", "set"), dataset, { ...options, beta: 1 });
    await expect(wrong).rejects.toThrow(/cannot be guided; found beta/);
    expect(await readdir(base)).toEqual([]);
    const empty = path.join(base, "empty");
    await mkdir(empty);
    await expect(distillInto(empty, dataset, { ...options, ipc: 100 })).rejects.toThrow(/100/);
    await expect(distillInto(path.join(empty, "set"), dataset, { ...options, ipc: 100 })).rejects.toThrow();
    expect(await readdir(base, { recursive: true })).toEqual(["empty"]);
  });

  it("is free when the process that held it was killed", async () => {
    const folder = path.join(await temporaryFolder(), "set");
    const dead = spawn(process.execPath, ["-e", ""]);
    await new Promise((resolve) => dead.once("exit", resolve));
    await distillInto(folder, dataset, options);
    const before = await readFile(path.join(folder, "manifest.json"), "utf8");
    await writeFile(path.join(folder, ".lock"), JSON.stringify({ pid: dead.pid, host: hostname() }));
    await distillInto(folder, dataset, options);
    expect(await readFile(path.join(folder, "manifest.json"), "utf8")).toBe(before);
  });
});
