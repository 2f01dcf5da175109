// The library beside PyTorch on this machine, in one run: eager, compiled, PyTorch, torch.compile.
//
//   npm run bench -- [--rounds 15] [--only U-Net] [--no-pytorch]      BENCH_THREADS (2): threads of both
//
// Single runs of all variants alternate, so that whatever else the machine does meets them all; the medians
// are printed, and how many times faster each is than the library's eager operations. Before anything is
// timed, all variants must give the same result from the same weights. Nothing else should be running.
import "./threads";

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { writeSafetensors } from "../../src/nn/safetensors";
import { engineInfo } from "../../src/tensor/engine";
import { type BenchCase, cases } from "./cases";
import { median } from "./median";
import { installPyTorch, PyTorchWorker } from "./pytorchWorker";

const VARIANTS = ["eager", "compiled", "PyTorch", "torch.compile"] as const;
type Variant = (typeof VARIANTS)[number];

/** Of the largest value of a result; float32 sums in another order differ by about 1e-5. */
const TOLERANCE = 1e-3;
/** Milliseconds between runs, until the other process's threads have stopped waiting for work. */
const PAUSE = 50;
const WARM_UPS = 3;

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      rounds: { type: "string", default: "15" },
      only: { type: "string", default: "" },
      "no-pytorch": { type: "boolean", default: false },
    },
  });
  const rounds = Number(options.rounds);
  if (engineInfo.backend !== "tensorflow")
    throw new Error(`The native engine does not run: ${engineInfo.reason}`);

  let worker: PyTorchWorker | null = null;
  if (!options["no-pytorch"]) {
    installPyTorch(console.log);
    worker = new PyTorchWorker();
  }
  console.log(
    `${cpus()[0].model}, ${process.env.BENCH_THREADS} threads; TensorFlow ${engineInfo.tensorflow} (${engineInfo.device}), ` +
      `Node ${process.versions.node}; medians of ${rounds} alternating runs, ms (times as fast as eager)\n`,
  );
  console.log(["".padEnd(50), ...VARIANTS.map((name) => name.padStart(16))].join(""));
  const notes: string[] = [];
  for (const [name, build] of cases) {
    if (!name.toLowerCase().includes(options.only.toLowerCase())) continue;
    const benchCase = build();
    const medians = await timeCase(name, benchCase, worker, rounds, notes);
    benchCase.dispose();
    const eager = medians.get("eager") as number;
    const cells = VARIANTS.map((variant) => {
      const median = medians.get(variant);
      return (median === undefined ? "-" : `${median.toFixed(1)} (${(eager / median).toFixed(2)}x)`).padStart(
        16,
      );
    });
    console.log([name.padEnd(50), ...cells].join(""));
  }
  worker?.stop();
  if (notes.length > 0) console.log(`\n${notes.join("\n")}`);
}

/** Medians in milliseconds of the variants that work. */
async function timeCase(
  name: string,
  benchCase: BenchCase,
  worker: PyTorchWorker | null,
  rounds: number,
  notes: string[],
): Promise<Map<Variant, number>> {
  const runs = new Map<Variant, () => Promise<number>>();
  const own = (variant: "eager" | "compiled") => async () => {
    const start = performance.now();
    benchCase.run(variant);
    return performance.now() - start;
  };
  const steps = benchCase.mode === "training" ? 3 : 1;
  const results = (variant: "eager" | "compiled") =>
    Array.from({ length: steps }, () => [...benchCase.run(variant)]).flat();
  const eager = results("eager");
  requireEqual(name, "compiled", results("compiled"), eager);
  runs.set("eager", own("eager")).set("compiled", own("compiled"));
  if (worker) {
    const prepared = await hand(worker, benchCase);
    if (prepared.parameters !== benchCase.parameters.count)
      throw new Error(
        `${name}: PyTorch has ${prepared.parameters} weights, the library ${benchCase.parameters.count}`,
      );
    requireEqual(name, "PyTorch", prepared.output, eager);
    notes.push(`${name}: PyTorch's faster memory format is ${prepared.format}`);
    runs.set("PyTorch", () => worker.run("eager"));
    try {
      await worker.run("compile");
      runs.set("torch.compile", () => worker.run("compile"));
    } catch (error) {
      notes.push(`${name}: torch.compile does not work here: ${(error as Error).message}`);
    }
  }
  const times = new Map<Variant, number[]>([...runs.keys()].map((variant) => [variant, []]));
  for (let round = -WARM_UPS; round < rounds; round++)
    for (const [variant, run] of runs) {
      await sleep(PAUSE);
      const ms = await run();
      if (round >= 0) times.get(variant)!.push(ms);
    }
  return new Map([...times].map(([variant, list]) => [variant, median(list)]));
}

/** Gives PyTorch the weights and inputs of a case, by files. */
async function hand(worker: PyTorchWorker, { mode, config, weights, inputs }: BenchCase) {
  const parent = path.resolve(__dirname, "..", "..", ".cache", "tmp");
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(path.join(parent, "bench-"));
  try {
    const files = {
      weights: path.join(folder, "weights.safetensors"),
      inputs: path.join(folder, "inputs.safetensors"),
    };
    await writeSafetensors(files.weights, weights);
    await writeSafetensors(files.inputs, inputs);
    return await worker.prepare({ mode, config, ...files });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function requireEqual(
  name: string,
  variant: string,
  found: readonly number[],
  expected: readonly number[],
): void {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const difference = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i])), 0);
  if (found.length !== expected.length || !(difference <= TOLERANCE * largest))
    throw new Error(
      `${name}: ${variant} gives another result than eager: ${found.length} and ${expected.length} numbers, ` +
        `largest difference ${difference} at a largest value of ${largest}`,
    );
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
