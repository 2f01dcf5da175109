// Bars in a real terminal, one of Python's making: where there is none they are not drawn at all.
import { execFile } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(__dirname, "..", "..");
const tsx = path.join(root, "node_modules", "tsx", "dist", "cli.mjs");
const inTerminal =
  "import os, pty, sys; code = os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])); sys.exit(code if code >= 0 else 128 - code)";
const hidden = "\u001b[?25l";
const shown = "\u001b[?25h";

/** Runs TypeScript in a terminal; what it wrote, and how it ended. */
function run(code: string): Promise<{ code: unknown; text: string }> {
  const python = path.join(root, ".venv", "bin", "python");
  const args = ["-c", inTerminal, process.execPath, tsx, "-e", code];
  return new Promise((resolve) => {
    const child = execFile(python, args, { cwd: root, timeout: 60_000 }, (error, stdout) =>
      resolve({ code: error ? (error.code ?? error.signal) : 0, text: stdout }),
    );
    child.stdin?.end();
  });
}

const begun = `
  import { endBars, progress } from "./src/notebook/progress";
  const bar = progress("making", 4);
  bar.set(2);
`;

describe("a bar in a terminal", { timeout: 120_000 }, () => {
  it("gives the cursor back and lets a program that failed end", async () => {
    const { code, text } = await run(`${begun} endBars(); console.log("after"); bar.set(3);`);
    expect(code).toBe(0);
    expect(text.indexOf(hidden)).toBeGreaterThanOrEqual(0);
    expect(text.indexOf(shown)).toBeGreaterThan(text.indexOf(hidden));
    expect(text.indexOf("after")).toBeGreaterThan(text.indexOf(shown));
    expect(text).toMatch(/\n.*after/);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ])("gives the cursor back at %s, which ends the program", async (signal, expected) => {
    const { code, text } = await run(
      `${begun} process.kill(process.pid, "${signal}"); setTimeout(() => {}, 30000);`,
    );
    expect(text.lastIndexOf(shown)).toBeGreaterThan(text.indexOf(hidden));
    expect(code).toBe(expected);
  });

  it.each([
    ["before", "once"],
    ["after", "on"],
  ])("leaves the end to who listens for the signal from %s the bar on", async (when, how) => {
    const listen = `process.${how}("SIGINT", () => {
      console.log("finishing first");
      setTimeout(() => process.exit(7), 50);
    });`;
    const parts = when === "before" ? [listen, begun] : [begun, listen];
    const { code, text } = await run(
      `${parts.join("\n")} process.kill(process.pid, "SIGINT"); setTimeout(() => {}, 30000);`,
    );
    expect(text).toContain("finishing first");
    expect(code).toBe(7);
  });

  it("gives the cursor back where nothing catches the error", async () => {
    const { code, text } = await run(`${begun} throw new Error("broken in the middle");`);
    expect(text.lastIndexOf(shown)).toBeGreaterThan(text.indexOf(hidden));
    expect(text).toContain("broken in the middle");
    expect(code).toBe(1);
  });
});
