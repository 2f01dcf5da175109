// A miniature of the paper's experiment: a few generated pictures in ImageNette's folders, a DiT and a VAE of random weights in
// the files that the public ones come in, and the setup that names them. It shows that profile `paper` runs, and nothing else.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { classList } from "../datasets/classLists";
import { loadDataset } from "../datasets/load";
import { loadAutoencoder } from "../diffusion/autoencoder";
import { latentDataset } from "../diffusion/latentDataset";
import { trainClassifier } from "../diffusion/trainClassifier";
import type { DiTConfig } from "../nn/dit";
import { originalTensors } from "../nn/ditLayouts";
import { writeSafetensors } from "../nn/safetensors";
import { timeClassifier, timeClassifierDefaults } from "../nn/timeClassifier";
import { vae } from "../nn/vae";
import { vaeConfig, vaeTensors } from "../nn/vaeWeights";
import { writeFileAtomic } from "../tensor/atomicFile";
import { Seed } from "../tensor/random";
import type { PaperSetup } from "./paperSetup";

const PICTURE = 64;
const TRAIN = 12;
const TEST = 2;

const vaeJson = {
  _class_name: "AutoencoderKL",
  block_out_channels: [8, 8, 8, 8],
  layers_per_block: 1,
  norm_num_groups: 4,
} as const;

const latent = PICTURE / 2 ** (vaeJson.block_out_channels.length - 1);
const ditConfig: DiTConfig = {
  kind: "dit",
  height: latent,
  width: latent,
  channels: 4,
  classes: 1000,
  patch: 2,
  dim: 32,
  depth: 2,
  heads: 2,
  mlp: 64,
  timeFeatures: 256,
  learnedVariance: true,
};

/**
 * Writes the miniature.
 *
 * @param folder where everything goes, about 2 MB
 * @returns the file of its setup: run the experiment with the environment variable IGDS_PAPER set to it
 * @example
 * process.env.IGDS_PAPER = await writeMiniature("miniature");
 */
export async function writeMiniature(folder: string): Promise<string> {
  const seed = new Seed("miniature");
  await writePictures(path.join(folder, "imagenette"), seed.child("pictures"));
  await mkdir(path.join(folder, "vae"), { recursive: true });
  await writeFile(path.join(folder, "vae", "config.json"), `${JSON.stringify(vaeJson, null, 2)}\n`);
  const random = (tensors: readonly { name: string; shape: readonly number[] }[], draw: Seed) =>
    new Map(tensors.map(({ name, shape }) => [name, { shape, data: randomWeights(name, shape, draw) }]));
  await writeSafetensors(
    path.join(folder, "vae", "diffusion_pytorch_model.safetensors"),
    random(vaeTensors(vae(vaeConfig(vaeJson, "the miniature"))), seed.child("vae")),
  );
  await mkdir(path.join(folder, "dit"), { recursive: true });
  await writeFile(
    path.join(folder, "dit", "config.json"),
    `${JSON.stringify({ num_heads: ditConfig.heads })}\n`,
  );
  await writeSafetensors(
    path.join(folder, "dit", "DiT.safetensors"),
    random(originalTensors(ditConfig), seed.child("dit")),
  );
  await trainOnLatents(folder);
  const setup: Partial<PaperSetup> = {
    dataset: "imagenette",
    folder: "imagenette",
    size: PICTURE,
    denoiser: path.join("dit", "DiT.safetensors"),
    vae: "vae",
    classifier: "classifier.safetensors",
    sampling: { steps: 4, sampler: "ddpm-learned", guidanceScale: 4, guidedChannels: 3 },
    ipcs: [1],
    seeds: [0],
    methods: ["random", "diffusion", "igds"],
    protocols: ["imagenet-convnet6"],
    trainingSteps: 2,
    miniature: true,
  };
  const file = path.join(folder, "paper.json");
  await writeFileAtomic(file, `${JSON.stringify(setup, null, 2)}\n`);
  return file;
}

/** Stripes whose direction and colour tell the class, in ImageNette's folders. */
async function writePictures(folder: string, seed: Seed): Promise<void> {
  for (const [split, count] of [
    ["train", TRAIN],
    ["val", TEST],
  ] as const)
    for (const [label, { wnid }] of classList("imagenette").entries()) {
      await mkdir(path.join(folder, split, wnid), { recursive: true });
      for (let i = 0; i < count; i++) {
        const [phase, pace] = seed.child(split, wnid, i).uniform(2);
        const pixels = Buffer.alloc(PICTURE * PICTURE * 3);
        const angle = (Math.PI * label) / 10;
        for (let at = 0; at < PICTURE * PICTURE; at++) {
          const along = (at % PICTURE) * Math.cos(angle) + Math.floor(at / PICTURE) * Math.sin(angle);
          for (let colour = 0; colour < 3; colour++)
            pixels[3 * at + colour] =
              128 + 100 * Math.sin((0.2 + 0.3 * pace!) * along + 6.3 * phase! + colour * label);
        }
        await sharp(pixels, { raw: { width: PICTURE, height: PICTURE, channels: 3 } })
          .jpeg()
          .toFile(path.join(folder, split, wnid, `${wnid}_${i}.JPEG`));
      }
    }
}

function randomWeights(name: string, shape: readonly number[], seed: Seed): Float32Array {
  const size = shape.reduce((a, b) => a * b, 1);
  const centre = /norm.*weight$/.test(name) ? 1 : 0;
  const deviation = 1 / Math.sqrt(shape.slice(1).reduce((a, b) => a * b, 1));
  return seed
    .child(name)
    .normal(size)
    .map((value) => centre + (shape.length > 1 ? deviation : 0.05) * value);
}

async function trainOnLatents(folder: string): Promise<void> {
  const autoencoder = await loadAutoencoder(path.join(folder, "vae"));
  const pictures = await loadDataset("imagenette", {
    folder: path.join(folder, "imagenette"),
    size: PICTURE,
  });
  const latents = await latentDataset(pictures, autoencoder);
  const [height, width, channels] = latents.shape;
  const config = { ...timeClassifierDefaults, widths: [16, 32], height, width, channels, classes: 10 };
  const file = path.join(folder, "classifier.safetensors");
  for await (const _ of trainClassifier(timeClassifier(config), latents, { file, steps: 50, batch: 32 }));
  autoencoder.dispose();
}
