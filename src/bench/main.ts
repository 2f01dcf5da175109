// The process of `igds bench`: apart from the command, as TensorFlow reads its number of threads when it is loaded.
import "./threads";

import { parseArgs } from "node:util";
import { engineInfo, engineReady } from "../tensor/engine";
import { machine } from "../tensor/machine";
import { type BenchRow, benchCases, casesNamed, type FailedCase } from "./bench";
import { installPyTorch, PyTorchWorker } from "./pytorchWorker";

const columns = ["ours", "PyTorch", "torch.compile"];

function line(name: string, cells: readonly string[]): string {
  return `${name.padEnd(50)}${cells.map((cell) => cell.padStart(20)).join("")}\n`;
}

/** Milliseconds, and how many times ours. */
function cell(ms: number | null, ratio: number | null): string {
  return ms === null ? "-" : `${ms.toFixed(1)}${ratio === null ? "" : ` (${ratio.toFixed(2)}x)`}`;
}

function told(row: BenchRow | FailedCase): string {
  if ("error" in row) return `${row.name}\n  ${row.error}\n`;
  const spread = `${row.ours_ms.toFixed(1)} +-${(100 * row.spread).toFixed(0)}%`;
  const theirs = [cell(row.torch_eager_ms, row.ratio_eager), cell(row.torch_compile_ms, row.ratio_compile)];
  return line(row.name, [spread, ...theirs]) + (row.note ? `  ${row.note}\n` : "");
}

/** Where PyTorch works: where the native engine does; beside WebGPU, which takes any unit, where it is told to. */
function deviceOf(asked: string | undefined): "cpu" | "cuda" {
  if (engineInfo.backend === "webgpu") return asked === "cuda" ? "cuda" : "cpu";
  const device = engineInfo.device === "gpu" ? "cuda" : "cpu";
  if (asked !== undefined && asked !== device)
    throw new Error(`The engine has no ${asked} here: it runs on ${device}. "igds doctor" says why.`);
  return device;
}

/** @returns whether all cases gave their times */
async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "15" },
      only: { type: "string", default: "" },
      against: { type: "string" },
      python: { type: "string" },
      device: { type: "string" },
      large: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  if (engineInfo.backend === "wasm")
    throw new Error(`The native engine does not run here: ${engineInfo.reason}. Run "npx igds setup".`);
  await engineReady();
  const device = deviceOf(values.device);
  const say = (text: string) => void process.stderr.write(text);
  const cases = casesNamed(values.only, values.large);
  if (cases.length === 0) throw new Error(`No case has "${values.only}" in its name.`);
  let worker: PyTorchWorker | null = null;
  if (values.against === "torch") {
    const python = values.python ?? (await installPyTorch((text) => say(`${text}\n`)));
    worker = new PyTorchWorker(python, device);
  }
  const threads = Number(process.env.BENCH_THREADS);
  say(
    `${machine()}, ${threads} threads${worker ? `, PyTorch on ${device}` : ""}; medians of up to ${values.rounds} alternating ` +
      "runs, ms (times ours). Nothing else should be running.\n\n",
  );
  say(line("", columns));
  const rows = await benchCases(cases, worker, Number(values.rounds), (row) => say(told(row)));
  worker?.stop();
  if (values.json)
    process.stdout.write(`${JSON.stringify({ machine: machine(), device, threads, rows }, null, 2)}\n`);
  return !rows.some((row) => "error" in row);
}

main().then(
  (complete) => process.exit(complete ? 0 : 1),
  (error: Error) => {
    process.stderr.write(`igds bench: ${error.message}\n`);
    process.exit(1);
  },
);
