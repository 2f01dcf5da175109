// The real sizes: DiT-XL/2 and the Stable Diffusion VAE, with random weights under the names and shapes of
// DiT-XL-2-256x256.pt and of sd-vae-ft-mse. What is measured does not depend on the values.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { loadAutoencoder } from "../diffusion/autoencoder";
import { publishedDenoiser } from "../diffusion/publishedDenoiser";
import { originalTensors } from "../nn/ditLayouts";
import { vae, vaeDefaults } from "../nn/vae";
import { vaeTensors } from "../nn/vaeWeights";
import type { BenchCase, NamedCase } from "./case";
import { writeRandomWeights } from "./randomWeights";

const folder = path.resolve(__dirname, "..", "..", "out", "bench");
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
const latent = {
  data: Float32Array.from({ length: 4096 }, (_, i) => Math.sin(i)),
  shape: [1, 32, 32, 4] as const,
};

/** Their weights take 3 GB of disk, kept in out/bench, and with PyTorch's copy 12 GB of memory. */
export const largeCases: readonly NamedCase[] = [
  { name: "DiT-XL/2 guided step, 256 tokens", build: ditCase },
  { name: "VAE decode, 256 x 256", build: vaeCase },
];

async function ditCase(): Promise<BenchCase> {
  const file = path.join(folder, "dit-xl-2", "DiT-XL-2.safetensors");
  mkdirSync(path.dirname(file), { recursive: true });
  await writeRandomWeights(file, originalTensors(ditXl));
  const denoiser = await publishedDenoiser(file);
  const condition = { t: 500, labels: Int32Array.of(207), guidanceScale: 4, guidedChannels: 3 };
  return largeCase("dit", file, () => denoiser.epsilon(latent, condition), denoiser);
}

async function vaeCase(): Promise<BenchCase> {
  const file = path.join(folder, "vae", "diffusion_pytorch_model.safetensors");
  mkdirSync(path.dirname(file), { recursive: true });
  const { widths, blocks } = vaeDefaults;
  const config = { block_out_channels: widths, layers_per_block: blocks };
  writeFileSync(path.join(path.dirname(file), "config.json"), JSON.stringify(config));
  await writeRandomWeights(file, vaeTensors(vae(vaeDefaults)));
  const autoencoder = await loadAutoencoder(path.dirname(file));
  return largeCase("vae", file, () => autoencoder.decode(latent).data, autoencoder);
}

function largeCase(
  network: "dit" | "vae",
  weights: string,
  run: () => Float32Array,
  held: { dispose(): void },
): BenchCase {
  return {
    request: { kind: "large", network, weights },
    tensors: new Map([["in/x", latent]]),
    long: true,
    run,
    dispose: () => held.dispose(),
  };
}
