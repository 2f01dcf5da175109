import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startOf } from "../../src/setup/processes.mjs";
import { takeLock } from "../../src/setup/setupLock.mjs";

describe("takeLock", () => {
  let file: string;
  beforeEach(() => {
    file = path.join(mkdtempSync(path.join(os.tmpdir(), "lock-")), "setup.lock");
  });
  afterEach(() => rmSync(path.dirname(file), { recursive: true }));

  it("lets a second set-up in when the first gives the lock back, not before", async () => {
    const order: string[] = [];
    const release = await takeLock(() => undefined, file);
    let holder = "";
    const second = takeLock((by) => {
      holder = by;
    }, file).then((releaseSecond) => {
      order.push("second");
      releaseSecond();
    });
    await new Promise((done) => setTimeout(done, 50));
    order.push("first");
    release();
    await second;
    expect(order).toEqual(["first", "second"]);
    expect(holder).toBe(`process ${process.pid}`);
    expect(existsSync(file)).toBe(false);
  });

  it.each([
    ["a process that is gone", JSON.stringify({ pid: 2 ** 22 - 1, start: "1" })],
    ["a process whose id another one has now", JSON.stringify({ pid: process.pid, start: "long ago" })],
    ["a broken file", "{"],
  ])("takes over from %s", async (_, content) => {
    writeFileSync(file, content);
    const release = await takeLock(() => undefined, file);
    release();
    expect(existsSync(file)).toBe(false);
  });

  it("tells processes apart by their start", () => {
    expect(startOf(process.pid)).toMatch(/\d/);
    expect(startOf(2 ** 22 - 1)).toBeUndefined();
  });
});
