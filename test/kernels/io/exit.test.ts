import { describe, expect, it } from "vitest";
import { runChild, streamsOf } from "./child";

describe("guardExit", () => {
  it("turns what would end the process into an error that says so", () => {
    const run = runChild(`
      require("./io/exit.js").guardExit();
      const calls = [
        () => process.exit(3), () => process.exit(), () => process.reallyExit(1), () => process.abort(),
        () => process.kill(process.pid), () => process.kill(0, 9), () => process.kill(-process.pid, "SIGQUIT"),
      ];
      cell("1", () => {
        for (const call of calls) {
          try { call(); console.log("nothing thrown"); } catch (error) { console.log(error.name, error.message); }
        }
      });
      close();
    `);
    const lines = streamsOf(run).join("").replace("1 stdout: ", "").trimEnd().split("\n");
    const called = lines.map(
      (line) => /^ProcessExitError a cell called (.*); the kernel goes on\. /.exec(line)?.[1],
    );
    expect(called).toEqual([
      "process.exit(3)",
      "process.exit()",
      "process.reallyExit(1)",
      "process.abort()",
      `process.kill(${/\d+/.exec(lines[4]!)?.[0]}, SIGTERM)`,
      "process.kill(0, 9)",
      `process.kill(-${/\d+/.exec(lines[4]!)?.[0]}, SIGQUIT)`,
    ]);
  });

  it("leaves other processes, harmless signals and signals that are listened to alone", () => {
    const run = runChild(`
      require("./io/exit.js").guardExit();
      const child = require("node:child_process").spawn("sleep", ["60"]);
      const ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve(signal)));
      process.kill(child.pid, "SIGTERM");
      const heard = new Promise((resolve) => process.on("SIGUSR2", resolve));
      process.kill(process.pid, "SIGUSR2");
      const results = [await ended, await heard, process.kill(process.pid, 0)];
      cell("1", () => console.log(...results));
      close();
    `);
    expect(streamsOf(run)).toEqual(["1 stdout: SIGTERM SIGUSR2 true\n"]);
  });

  it("lets the kernel end its own process", () => {
    const run = runChild(`
      const { guardExit, endProcess } = require("./io/exit.js");
      guardExit();
      endProcess(5);
    `);
    expect(run.status).toBe(5);
  });
});
