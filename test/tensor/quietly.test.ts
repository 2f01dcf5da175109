import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { expect, it } from "vitest";
import { temporaryFolder } from "../temporaryFolder";

const root = path.resolve(__dirname, "..", "..");

/** Runs a program in a terminal of its own and gives back what it wrote there. */
async function inTerminal(...program: readonly string[]): Promise<string> {
  const spawn = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";
  const python = path.join(root, ".venv", "bin", "python");
  return (await promisify(execFile)(python, ["-c", spawn, process.execPath, ...program])).stdout;
}

it("leaves standard error a terminal, so that progress bars show", async () => {
  // Without a loader: those ask for standard error themselves.
  const file = path.join(await temporaryFolder(), "quietly.cjs");
  const source = await readFile(path.join(root, "src", "tensor", "quietly.ts"), "utf8");
  const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
  await writeFile(file, ts.transpileModule(source, { compilerOptions: options }).outputText);
  const shown = await inTerminal(
    "--eval",
    `require(${JSON.stringify(file)}).quietly(() => process.stderr.write("said while loading\\n"));
     process.stderr.write("terminal: " + process.stderr.isTTY);`,
  );
  expect(shown).toContain("said while loading");
  expect(shown).toContain("terminal: true");
});
