// igds setup: what `npm start` begins with; where igds is a package of another project, the engine alone.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { Command } from "commander";
import { installed } from "../datasets/dataFolder";

const scripts = path.join(__dirname, "..", "..", "src", "setup");

/** What to type to set up. */
export const setupCommandLine: string = installed ? "npx igds setup" : "npm run setup";

/** What it does, in the list of all commands. */
export const setupSummary: string = installed
  ? "build the native engine"
  : "set this clone up: engine, Jupyter, kernel";

export function setupCommand(): Command {
  return new Command("setup")
    .description(
      installed
        ? "Build the native engine: TensorFlow and the addon between Node and it. Can be repeated."
        : "Set this clone up: packages, the native engine, Jupyter, the compiled library and the kernel. Can be repeated.",
    )
    .action(async () => {
      const script = path.join(scripts, installed ? "engine.mjs" : "setup.mjs");
      const child = spawn(process.execPath, [script], { stdio: "inherit" });
      const [code] = (await once(child, "close")) as [number | null];
      process.exitCode = code ?? 1;
    });
}
