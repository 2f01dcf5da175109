// The real sizes on this machine: a DiT-XL/2 and the Stable Diffusion VAE of random weights, from file to one guided step and
// to one decoded picture. Peak memory beside the weights; then times beside PyTorch, single runs that alternate.
//
//   npx tsx test/bench/large.ts [--rounds 5] [--no-pytorch] [--gradient] [--keep]       BENCH_THREADS (2)
//
// Needs 3 GB of disk in out/bench, 8 GB of memory, 12 with PyTorch, 20 with --gradient. What is measured does not depend on the
// values; the files have the names and shapes of DiT-XL-2-256x256.pt and of sd-vae-ft-mse.
import "./threads";

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { loadAutoencoder } from "../../src/diffusion/autoencoder";
import { publishedDenoiser } from "../../src/diffusion/publishedDenoiser";
import { originalTensors } from "../../src/nn/ditLayouts";
import { vae, vaeDefaults } from "../../src/nn/vae";
import { vaeTensors } from "../../src/nn/vaeWeights";
import { engineReady } from "../../src/tensor/engine";
import { machine } from "../../src/tensor/machine";
import { median } from "./median";
import { installPyTorch, PyTorchWorker } from "./pytorchWorker";
import { writeRandomWeights } from "./randomWeights";

const folder = path.resolve(__dirname, "..", "..", "out", "bench");
const ditFile = path.join(folder, "dit-xl-2", "DiT-XL-2.safetensors");
const vaeFile = path.join(folder, "vae", "diffusion_pytorch_model.safetensors");
/** Milliseconds between runs, until the other process's threads have stopped waiting for work. */
const PAUSE = 100;

const ditXl = {
  kind: "dit",
  height: 32,
  width: 32,
  channels: 4,
  classes: 1000,
  patch: 2,
  dim: 1152,
  depth: 28,
  heads: 16,
  learnedVariance: true,
} as const;

/** Largest resident memory of this process so far, GiB (Linux). */
function peak(): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 2 ** 20;
}

async function timed<T>(what: string, work: () => Promise<T> | T): Promise<T> {
  const start = performance.now();
  const result = await work();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${what.padEnd(44)} ${seconds.padStart(6)} s, peak ${peak().toFixed(2)} GiB`);
  return result;
}

async function beside(
  worker: PyTorchWorker,
  kind: "dit" | "vae",
  file: string,
  ours: () => Float32Array,
  rounds: number,
): Promise<void> {
  const { output } = await worker.ask<{ output: number[] }>({ op: "prepare", kind, file });
  const own = ours();
  const largest = output.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const difference = output.reduce((most, value, i) => Math.max(most, Math.abs(value - own[i]!)), 0);
  if (!(difference <= 1e-3 * largest))
    throw new Error(
      `${kind}: PyTorch gives another result, ${difference} off at a largest value of ${largest}`,
    );
  const runs: Record<string, () => Promise<number>> = {
    ours: async () => {
      const start = performance.now();
      ours();
      return performance.now() - start;
    },
    "PyTorch eager": () => worker.run("eager"),
    "torch.compile": () => worker.run("compile"),
  };
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++)
    for (const [name, run] of Object.entries(runs)) {
      await sleep(PAUSE);
      const ms = await run();
      if (round >= 0) times[name]!.push(ms);
    }
  const own_ = median(times.ours!);
  for (const [name, list] of Object.entries(times)) {
    const ms = median(list);
    console.log(
      `  ${name.padEnd(16)} ${ms.toFixed(0).padStart(7)} ms${name === "ours" ? "" : `, ${(ms / own_).toFixed(2)} x ours`}`,
    );
  }
  console.log(
    `  largest difference ${difference.toExponential(1)} at values up to ${largest.toPrecision(3)}`,
  );
}

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      "no-pytorch": { type: "boolean", default: false },
      gradient: { type: "boolean", default: false },
      keep: { type: "boolean", default: false },
    },
  });
  await engineReady();
  for (const file of [ditFile, vaeFile]) mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(path.join(path.dirname(vaeFile), "config.json"), vaeJson());
  const built = vae(vaeDefaults);
  const ditBytes = await timed("DiT-XL/2 written", () => writeRandomWeights(ditFile, originalTensors(ditXl)));
  const vaeBytes = await timed("VAE written", () => writeRandomWeights(vaeFile, vaeTensors(built)));
  const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(2);
  console.log(`\n${machine()}; weights: DiT-XL/2 ${gib(ditBytes)} GiB, VAE ${gib(vaeBytes)} GiB\n`);
  const before = peak();
  const latent = {
    data: Float32Array.from({ length: 4096 }, (_, i) => Math.sin(i)),
    shape: [1, 32, 32, 4] as const,
  };

  const autoencoder = await timed("VAE loaded", () => loadAutoencoder(path.dirname(vaeFile)));
  const decode = () => autoencoder.decode(latent).data;
  await timed("256 x 256 decoded, graph made", decode);
  await timed("256 x 256 decoded", decode);
  console.log(
    `  peak - start-up, beside the weights: ${(((peak() - before) * 2 ** 30) / vaeBytes).toFixed(2)}`,
  );

  const denoiser = await timed("DiT-XL/2 loaded", () => publishedDenoiser(ditFile));
  const condition = { t: 500, labels: Int32Array.of(207), guidanceScale: 4, guidedChannels: 3 };
  const step = () => denoiser.epsilon(latent, condition);
  await timed("guided step, graph made", step);
  await timed("guided step", step);
  console.log(`  peak beside the weights: ${((peak() * 2 ** 30) / ditBytes).toFixed(2)}\n`);

  if (!options["no-pytorch"]) {
    installPyTorch(console.log);
    const worker = new PyTorchWorker("large.py");
    console.log("guided step of DiT-XL/2, 256 tokens, classifier-free guidance:");
    await beside(worker, "dit", ditFile, step, Number(options.rounds));
    console.log("VAE decode, 256 x 256:");
    await beside(worker, "vae", vaeFile, decode, Number(options.rounds));
    worker.stop();
  }
  if (options.gradient) {
    const pullback = () => denoiser.pullback(latent, condition, latent.data);
    await timed("gradient through DiT-XL/2, graph made", pullback);
    await timed("gradient through DiT-XL/2", pullback);
  }
  if (!options.keep) rmSync(folder, { recursive: true });
}

function vaeJson(): string {
  return JSON.stringify({ block_out_channels: vaeDefaults.widths, layers_per_block: vaeDefaults.blocks });
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
