// Runs a group of the Python suite against our kernel and makes a test of each of its cases.

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";

const root = path.resolve(__dirname, "..", "..");
const python = path.join(root, ".venv", "bin", "python");

/** The suite needs a minute or two; others may use the machine at the same time. */
const patience = 15 * 60_000;

interface Outcome {
  readonly name: string;
  /** "missing": the suite has no way to say this to the kernel. */
  readonly status: "pass" | "fail" | "missing";
  readonly reason: string;
}

/** Defines one test for each case of the group; the kernel named by TEST_KERNEL, else the installed one, is tested. */
export function testGroup(group: string): void {
  const suite = ["-m", "suite", group, "--kernel", process.env.TEST_KERNEL ?? "igds"];
  const environment = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
  const listed = execFileSync(python, [...suite, "--list"], {
    cwd: __dirname,
    encoding: "utf8",
    env: environment,
  });
  const cases = JSON.parse(listed) as { name: string; title: string }[];
  const file = path.join(root, "out", "test", `kernel-${group}.json`);

  describe(`kernel: ${group}`, () => {
    let outcomes: ReadonlyMap<string, Outcome>;
    let words = "";

    beforeAll(async () => {
      mkdirSync(path.dirname(file), { recursive: true });
      const child = spawn(python, [...suite, "--json", file], { cwd: __dirname, env: environment });
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (words += text));
      const code = await new Promise((ended) => child.on("close", ended));
      // 1: cases failed, which their own tests tell.
      if (code !== 0 && code !== 1) throw new Error(`The suite ended with ${code}: ${words.slice(-3000)}`);
      const report = JSON.parse(readFileSync(file, "utf8")) as { cases: Outcome[] };
      outcomes = new Map(report.cases.map((outcome) => [outcome.name, outcome]));
    }, patience);

    for (const { name, title } of cases) {
      it(`${title} (${name})`, () => {
        const { status, reason } = outcomes.get(name) ?? { status: "fail", reason: "did not run" };
        expect(status, reason).toBe("pass");
      });
    }
  });
}
