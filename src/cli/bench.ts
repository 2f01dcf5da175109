// igds bench: how long the work takes here, beside PyTorch if it is asked for.
import { spawn } from "node:child_process";
import path from "node:path";
import { Command, Option } from "commander";
import { onlyIf, wholeNumber } from "./options";

interface BenchOptions {
  against?: "torch";
  python?: string;
  device?: "cpu" | "cuda";
  only: string;
  rounds: number;
  threads: number;
  large?: boolean;
  json?: boolean;
}

export function benchCommand(): Command {
  return new Command("bench")
    .description(
      "Time the networks, a guided step, a distillation and an evaluation on this machine; with --against torch beside " +
        "PyTorch, eager and compiled, from the same weights, run by run in turn.",
    )
    .addOption(
      new Option("--against <library>", "install it once, about 6 GB, and run it as well").choices(["torch"]),
    )
    .option(
      "--python <path>",
      "with --against: a Python that has PyTorch and Pillow, in place of installing them",
    )
    .addOption(
      new Option(
        "--device <device>",
        "of both; default: that of the engine, beside WebGPU the processor",
      ).choices(["cpu", "cuda"]),
    )
    .option("--only <text>", "cases with this in their names", "")
    .option("--rounds <n>", "runs of each case; long cases take 3", wholeNumber(1), 15)
    .option("--threads <n>", "threads of both", wholeNumber(1), 2)
    .option("--large", "DiT-XL/2 and the Stable Diffusion VAE as well: 3 GB of disk, 12 GB of memory")
    .option("--json", "print the rows as JSON")
    .action(bench);
}

function bench({ against, python, device, only, rounds, threads, large, json }: BenchOptions): Promise<void> {
  onlyIf(against !== undefined, "with --against torch", { python });
  const args = ["--only", only, "--rounds", String(rounds)];
  if (against) args.push("--against", against);
  if (python) args.push("--python", python);
  if (device) args.push("--device", device);
  if (large) args.push("--large");
  if (json) args.push("--json");
  const child = spawn(process.execPath, [path.join(__dirname, "..", "bench", "main.js"), ...args], {
    stdio: "inherit",
    env: {
      ...process.env,
      BENCH_THREADS: String(threads),
      ...(device === "cpu" ? { CUDA_VISIBLE_DEVICES: "-1" } : {}),
    },
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      process.exitCode = code ?? 1;
      resolve();
    });
  });
}
