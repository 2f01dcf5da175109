import { spawn } from "node:child_process";
import { readFile, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { claim, holderOf } from "../../src/tensor/claim";
import { temporaryFolder } from "../temporaryFolder";

const hourAgo = () => new Date(Date.now() - 3_600_000);

/** A process number that no process has. */
async function deadProcess(): Promise<number> {
  const dead = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => dead.once("exit", resolve));
  return dead.pid!;
}

describe("a claim", () => {
  it("keeps others off until it is released", async () => {
    const file = path.join(await temporaryFolder(), "a.claim");
    const release = await claim(file);
    expect(await claim(file)).toBeNull();
    expect(await holderOf(file)).toEqual({ pid: process.pid, host: hostname() });
    await release!();
    const again = await claim(file);
    expect(again).not.toBeNull();
    await again!();
    await expect(readFile(file)).rejects.toThrow(/ENOENT/);
  });

  it("counts for nothing when its process has died, or its machine has not been heard of", async () => {
    const file = path.join(await temporaryFolder(), "a.claim");
    for (const [pid, host, time] of [
      [await deadProcess(), hostname(), new Date()],
      [1, "elsewhere", hourAgo()],
    ] as const) {
      await writeFile(file, JSON.stringify({ pid, host }));
      await utimes(file, time, time);
      const release = await claim(file);
      expect(release).not.toBeNull();
      await release!();
    }
    await writeFile(file, JSON.stringify({ pid: 1, host: "elsewhere" }));
    expect(await claim(file)).toBeNull();
  });

  it("survives a jump of the clock, and not another process under the same number", async () => {
    const file = path.join(await temporaryFolder(), "a.claim");
    const release = await claim(file, 20);
    await utimes(file, hourAgo(), hourAgo());
    expect(await claim(file, 200)).toBeNull(); // freshened meanwhile
    await release!();
    await writeFile(file, JSON.stringify({ pid: process.pid, host: hostname() }));
    await utimes(file, hourAgo(), hourAgo());
    const taken = await claim(file, 20);
    expect(taken).not.toBeNull();
    await taken!();
  });

  it("of a process that had the number of this one is none of this one's", async () => {
    const file = path.join(await temporaryFolder(), "a.claim");
    await writeFile(file, JSON.stringify({ pid: process.pid, host: hostname() }));
    const release = await claim(file);
    expect(release).not.toBeNull();
    expect(await claim(file)).toBeNull();
    await release!();
  });

  it("is kept fresh", async () => {
    const file = path.join(await temporaryFolder(), "a.claim");
    const release = await claim(file, 20);
    await utimes(file, hourAgo(), hourAgo());
    await setTimeout(200);
    expect(await claim(file, 1)).toBeNull();
    await release!();
  });

  it("that is damaged is taken over", async () => {
    const file = path.join(await temporaryFolder(), "a.claim");
    await writeFile(file, "{");
    const release = await claim(file);
    expect(release).not.toBeNull();
    await release!();
  });
});
