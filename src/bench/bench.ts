// The library beside PyTorch on this machine, case by case. Single runs alternate, so that whatever else the machine does
// meets both; before anything is timed, both must give the same result from the same weights.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writeSafetensors } from "../nn/safetensors";
import { type BenchCase, largestDifference, type NamedCase } from "./case";
import { largeCases } from "./largeCases";
import { median, quartiles } from "./median";
import { growthCases, methodCases } from "./methodCases";
import { networkCases } from "./networkCases";
import type { PyTorchWorker } from "./pytorchWorker";

/** Milliseconds between runs, until the other process's threads have stopped waiting for work. */
const PAUSE = 50;
const WARM_UPS = 2;
const LONG_ROUNDS = 3;

export interface BenchRow {
  readonly name: string;
  /** Medians, milliseconds; null where PyTorch did not run. */
  readonly ours_ms: number;
  readonly torch_eager_ms: number | null;
  readonly torch_compile_ms: number | null;
  /** Medians of theirs / ours, round by round: above 1 we are faster. */
  readonly ratio_eager: number | null;
  readonly ratio_compile: number | null;
  /** Half the distance of the quartiles of ours, as a part of its median. */
  readonly spread: number;
  readonly rounds: number;
  /** Largest resident memory of this process so far, MiB. */
  readonly peak_mib: number;
  /** Why a variant is missing. */
  readonly note?: string;
}

/** The cases whose names contain `only`. */
export function casesNamed(only: string, large: boolean): NamedCase[] {
  return [...networkCases, ...methodCases, ...growthCases, ...(large ? largeCases : [])].filter(({ name }) =>
    name.toLowerCase().includes(only.toLowerCase()),
  );
}

/** A case that gave no times, and why. */
export interface FailedCase {
  readonly name: string;
  readonly error: string;
}

/**
 * Times cases one after another; one that fails takes none of the others along.
 * @param onRow told each as it ends
 */
export async function benchCases(
  cases: readonly NamedCase[],
  worker: PyTorchWorker | null,
  rounds: number,
  onRow: (row: BenchRow | FailedCase) => void,
): Promise<(BenchRow | FailedCase)[]> {
  const rows: (BenchRow | FailedCase)[] = [];
  for (const one of cases) {
    const failed = (error: Error): FailedCase => ({ name: one.name, error: error.message });
    const row = await benchCase(one, worker, rounds).catch(failed);
    rows.push(row);
    onRow(row);
  }
  return rows;
}

/** Times a case. @throws where PyTorch gives another result */
async function benchCase(
  { name, build }: NamedCase,
  worker: PyTorchWorker | null,
  rounds: number,
): Promise<BenchRow> {
  const ready = await build();
  try {
    const runs = new Map([["ours", () => timed(ready)]]);
    const notes: string[] = [];
    if (worker) {
      await hand(worker, ready);
      // A training step changes what the next one finds: PyTorch's first results belong to our first.
      const ours = await ready.run();
      const compare = async (variant: "eager" | "compile") => {
        const wrong = (ready.differs ?? largestDifference)(ours, await worker.choose(variant));
        if (wrong) throw new Error(`PyTorch gives another result: ${wrong}.`);
        runs.set(variant, () => worker.run(variant));
      };
      await compare("eager");
      try {
        await compare("compile");
      } catch (error) {
        notes.push(`torch.compile does not work here: ${(error as Error).message}`);
      }
    }
    const count = ready.long ? Math.min(LONG_ROUNDS, rounds) : rounds;
    const times = await alternate(runs, count, ready.long ? 1 : WARM_UPS);
    return { name, ...summary(times), rounds: count, peak_mib: peakMib(), ...note(notes) };
  } finally {
    ready.dispose();
  }
}

async function timed(ready: BenchCase): Promise<number> {
  const start = performance.now();
  await ready.run();
  return performance.now() - start;
}

async function alternate(
  runs: ReadonlyMap<string, () => Promise<number>>,
  rounds: number,
  warmUps: number,
): Promise<Map<string, number[]>> {
  const times = new Map([...runs.keys()].map((variant) => [variant, [] as number[]]));
  for (let round = -warmUps; round < rounds; round++)
    for (const [variant, run] of runs) {
      await sleep(PAUSE);
      const ms = await run();
      if (round >= 0) times.get(variant)!.push(ms);
    }
  return times;
}

function summary(times: ReadonlyMap<string, number[]>): Omit<BenchRow, "name" | "rounds" | "peak_mib"> {
  const ours = times.get("ours")!;
  const [low, high] = quartiles(ours);
  const ms = (variant: string) => {
    const list = times.get(variant);
    return list ? median(list) : null;
  };
  const ratio = (variant: string) => {
    const list = times.get(variant);
    return list ? median(list.map((value, i) => value / ours[i]!)) : null;
  };
  return {
    ours_ms: median(ours),
    torch_eager_ms: ms("eager"),
    torch_compile_ms: ms("compile"),
    ratio_eager: ratio("eager"),
    ratio_compile: ratio("compile"),
    spread: (high - low) / 2 / median(ours),
  };
}

function note(notes: readonly string[]): Pick<BenchRow, "note"> {
  return notes.length > 0 ? { note: notes.join("; ") } : {};
}

function peakMib(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

/** Gives PyTorch the weights and inputs of a case, by a file. */
async function hand(worker: PyTorchWorker, { request, tensors }: BenchCase): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "igds-bench-"));
  try {
    const file = path.join(folder, "tensors.safetensors");
    await writeSafetensors(file, tensors);
    await worker.ask({ op: "prepare", file, ...request });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
