import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = path.resolve(__dirname, "..", "..");

/** Runs a program in a terminal of its own and gives back what it wrote there. */
async function inTerminal(program: string): Promise<string> {
  const spawn = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";
  const { stdout } = await promisify(execFile)(
    path.join(root, ".venv", "bin", "python"),
    ["-c", spawn, process.execPath, "--import", "tsx", "--eval", program],
    { cwd: root },
  );
  return stdout;
}

it("leaves standard error a terminal, so that progress bars show", async () => {
  const shown = await inTerminal(`
    const { quietly } = require("./src/tensor/quietly");
    quietly(() => process.stderr.write("said while loading\\n"));
    process.stderr.write("terminal: " + process.stderr.isTTY);
  `);
  expect(shown).toContain("said while loading");
  expect(shown).toContain("terminal: true");
});
