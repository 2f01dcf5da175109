// How the built kernel ends, and reads what its reader types.

import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { kernelFolder, main } from "./builtKernel";
import { StandIn } from "./wire/standIn";

const folder = kernelFolder();

describe("process.stdin", () => {
  it("asks for each line that is read from it, and for none after that", async () => {
    const kernel = await StandIn.ready({ folder, main });
    await kernel.run('import * as readline from "node:readline/promises";');
    const code =
      "const lines = readline.createInterface({ input: process.stdin, output: process.stdout });\n" +
      'const first = await lines.question("first? "); const second = await lines.question("second? ");\n' +
      "lines.close(); await new Promise((r) => setTimeout(r, 200)); [first, second].join()";
    const id = kernel.execute(code, { allow_stdin: true });
    for (const value of ["one", "two"]) {
      expect((await kernel.receive("stdin")).type).toBe("input_request");
      kernel.send("stdin", "input_reply", { value });
    }
    expect((await kernel.receive("shell")).content.status).toBe("ok");
    const published = await kernel.published(id);
    expect(published.at(-2)?.content.data).toEqual({ "text/plain": "'one,two'" });

    const refused = await kernel.run("for await (const _ of process.stdin) {}");
    expect(refused.reply.content.status).toBe("ok");
    expect(refused.published.find(({ type }) => type === "stream")?.content.text).toMatch(/input\(\) needs/);
    await kernel.close();
  });
});

describe("at its end the kernel", () => {
  it("does what cells have asked for, all of it", async () => {
    const kernel = await StandIn.ready({ folder, main });
    const write = (name: string) => `process.on("exit", () => writeFileSync("${name}", ""));`;
    await kernel.run(
      `import { writeFileSync } from "node:fs"; ${write("one")} process.on("exit", () => { throw 1 }); ${write("two")}`,
    );
    kernel.send("control", "shutdown_request", { restart: false });
    await kernel.ended;
    expect(["one", "two"].map((name) => existsSync(path.join(folder, name)))).toEqual([true, true]);
    await kernel.close();
  });

  it("outlives whoever started it, but not the process that Jupyter names", async () => {
    const kernel = await StandIn.ready({ folder, main });
    const [, ...args] = kernel.process.spawnargs;
    await kernel.close();
    const words = path.join(folder, "words");
    const start = (environment: NodeJS.ProcessEnv) => {
      const script =
        `"${process.execPath}" ${args.map((arg) => `"${arg}"`).join(" ")} 2> "${words}" > /dev/null & ` +
        "echo $!; sleep 3";
      return spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "inherit"], env: environment });
    };

    for (const named of [true, false]) {
      const { JPY_PARENT_PID: _, ...others } = process.env;
      // Some process that ends with the launcher.
      const other = spawn("sleep", ["3"]);
      const launcher = start(named ? { ...others, JPY_PARENT_PID: String(other.pid) } : others);
      const pid = Number(await new Promise((done) => launcher.stdout.once("data", done)));
      await new Promise((done) => launcher.once("exit", done));
      await delay(2500);
      expect(canSignal(pid)).toBe(!named);
      expect(readFileSync(words, "utf8")).toMatch(named ? /^The kernel ends: process \d+/ : /^$/);
      if (!named) process.kill(pid, "SIGKILL");
    }
  });
});

function canSignal(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
