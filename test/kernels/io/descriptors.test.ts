import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runChild } from "./child";

describe("captureDescriptors", () => {
  const folder = mkdtempSync(join(tmpdir(), "kernel-descriptors-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("takes what the process itself and its children write to descriptors 1 and 2", () => {
    const run = runChild(`
      const { writeSync } = require("node:fs");
      writeSync(1, "one ");
      writeSync(2, "two ");
      require("node:child_process").execSync("echo three; echo four >&2", { stdio: "inherit" });
      close();
    `);
    expect(run.pipes).toEqual({ stdout: "one three\n", stderr: "two four\n" });
    expect(run.stdout).toBe("");
    expect(run.status).toBe(0);
  });

  it("leaves the descriptors blocking, so that a child can write more than a pipe holds", () => {
    const run = runChild(`
      console.log("opens the stream");
      const child = 'require("node:fs").writeSync(1, "x".repeat(1 << 20))';
      const { status } = require("node:child_process").spawnSync(
        process.execPath, ["-e", child], { stdio: ["ignore", "inherit", "ignore"] });
      cell("1", () => console.log("status", status));
      close();
    `);
    expect(run.pipes.stdout.length).toBe(1 << 20);
    expect(run.messages).toContainEqual(expect.objectContaining({ kind: "stream", text: "status 0\n" }));
  });

  it("leaves no file behind", () => {
    const temporary = mkdtempSync(join(folder, "tmp-"));
    const run = runChild("close();", { env: { TMPDIR: temporary } });
    expect(run.status).toBe(0);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("appends to the stderr that the process was started with", () => {
    const path = join(folder, "log");
    writeFileSync(path, "before\n");
    runChild(`descriptors.log("after\\n"); close();`, { stderr: openSync(path, "a") });
    expect(readFileSync(path, "utf8")).toBe("before\nafter\n");
  });

  it("does without where the system has no mkfifo", () => {
    const run = runChild(
      `require("node:fs").writeSync(1, String(descriptors.ends)); descriptors.log("log"); close();`,
      { env: { PATH: "" } },
    );
    expect(run).toMatchObject({ stdout: "undefined", stderr: "log", status: 0 });
  });
});
