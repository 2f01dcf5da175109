import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  clearTemporary,
  decisiveLine,
  endLeftovers,
  run,
  runToEnd,
  startOf,
} from "../../src/setup/processes.mjs";

describe("run", () => {
  it("gives the output, line by line as well", async () => {
    const lines: string[] = [];
    const script = "process.stdout.write('one\\ntwo\\n'); process.stdout.write('three')";
    const output = await run(process.execPath, ["-e", script], { onLine: (line) => lines.push(line) });
    expect(output).toBe("one\ntwo\nthree");
    expect(lines).toEqual(["one", "two", "three"]);
  });

  it("says which command failed, how, and what it printed", async () => {
    const failing = run(process.execPath, ["-e", "console.error('no disk'); process.exit(3)"]);
    await expect(failing).rejects.toThrow(/node -e .*exit code 3:\nno disk/);
  });

  it("says when a program is missing", async () => {
    await expect(run("no-such-program", [])).rejects.toThrow(/could not be started/);
  });

  it("gives the exit code where it is an answer", async () => {
    expect((await runToEnd(process.execPath, ["-e", "process.exit(7)"])).code).toBe(7);
  });
});

describe("decisiveLine", () => {
  it("is the last line that names an error", () => {
    const pip =
      "`pip download` ended with exit code 2:\nWARNING: Retrying\nERROR: Exception:\nTraceback (most recent call last):\n" +
      '  File "a.py", line 174, in get\nrequests.exceptions.ProxyError: cannot connect to proxy\n';
    expect(decisiveLine(pip)).toBe("requests.exceptions.ProxyError: cannot connect to proxy");
    expect(decisiveLine("g++ ended:\nx.cc:3:5: error: no such type\n   3 | T x;\nmake failed")).toBe(
      "x.cc:3:5: error: no such type",
    );
    expect(decisiveLine("there is no C++ compiler.\nInstall g++.")).toBe("there is no C++ compiler.");
    expect(decisiveLine(`Error: ${"a".repeat(1000)}`).length).toBeLessThan(410);
  });
});

describe("endLeftovers", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "running-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const sleeper = () => {
    const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], {
      detached: true,
      stdio: "ignore",
    });
    const ended = new Promise<string | null>((done) => child.on("exit", (_, signal) => done(signal)));
    return { pid: child.pid as number, ended, kill: () => child.kill("SIGKILL") };
  };
  const note = (pid: number, start: string | undefined, parent: number, parentStart: string | undefined) =>
    writeFileSync(path.join(folder, String(pid)), JSON.stringify({ start, parent, parentStart }));

  it("ends a child whose parent is gone", async () => {
    const child = sleeper();
    note(child.pid, startOf(child.pid), 2 ** 22 - 1, "1");
    endLeftovers(folder);
    expect(await child.ended).toBe("SIGKILL");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("leaves the child of a living parent, and a process that has only the same id", () => {
    const [kept, other] = [sleeper(), sleeper()];
    note(kept.pid, startOf(kept.pid), process.pid, startOf(process.pid));
    note(other.pid, "long ago", 2 ** 22 - 1, "1");
    endLeftovers(folder);
    expect(startOf(kept.pid)).toBeDefined();
    expect(startOf(other.pid)).toBeDefined();
    expect(readdirSync(folder)).toEqual([String(kept.pid)]);
    kept.kill();
    other.kill();
  });
});

describe("clearTemporary", () => {
  it("leaves what belongs to a process that runs", () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "temporary-"));
    for (const name of [String(process.pid), String(2 ** 22 - 1), "wheel"]) {
      mkdirSync(path.join(folder, name));
      writeFileSync(path.join(folder, name, "file"), "");
    }
    clearTemporary(folder);
    expect(readdirSync(folder)).toEqual([String(process.pid)]);
    rmSync(folder, { recursive: true });
    clearTemporary(folder); // there is none
  });

  it("is given to programs as a folder of this process", async () => {
    const folder = await run(process.execPath, ["-p", "process.env.TMPDIR"]);
    expect(path.basename(folder.trim())).toBe(String(process.pid));
  });
});
