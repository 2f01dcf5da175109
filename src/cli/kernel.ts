// igds kernel: install, uninstall, list. The kernel has its own command line, which this one starts.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { Command } from "commander";

const program = path.join(__dirname, "..", "kernels", "install", "install.js");

export function kernelCommand(): Command {
  return (
    new Command("kernel")
      .description("Make the TypeScript kernel known to Jupyter: install, uninstall, list.")
      .argument("[words...]", "install, uninstall or list, and their options")
      // Its options, --help included, are the kernel's to read.
      .allowUnknownOption()
      .helpOption(false)
      .action(async (words: string[]) => {
        const child = spawn(process.execPath, [program, ...words], { stdio: "inherit" });
        const [code] = (await once(child, "close")) as [number | null];
        process.exitCode = code ?? 1;
      })
  );
}
