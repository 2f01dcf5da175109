// A world in miniature for whole processes: a folder of pictures and two small networks, made in a second or two. The numbers mean
// nothing; the way is that of the real thing, file by file.
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { writeImages } from "../../src/datasets/imageFolder";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import { trainClassifier } from "../../src/diffusion/trainClassifier";
import { trainDenoiser } from "../../src/diffusion/trainDenoiser";
import type { Distiller } from "../../src/distill/distiller";
import { open, openDataset } from "../../src/distill/open";
import { timeClassifier, timeClassifierDefaults } from "../../src/nn/timeClassifier";
import { unet, unetDefaults } from "../../src/nn/unet";
import { valuesFromBytes } from "../../src/tensor/batch";
import { engineReady } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";

const SIZE = 16;
const PER_CLASS = 80;

/** More than half a batch: each class is a shard of its own. */
export const ipc = 51;

export interface World {
  readonly folder: string;
  /** Options of any command that name dataset and networks. */
  readonly models: readonly string[];
  /** Options of igds distill, all but --out. */
  readonly set: readonly string[];
  readonly classes: readonly string[];
}

/** Opens what the world's options name, in this process. */
export function openWorld({ folder }: World): Promise<Distiller> {
  const file = (name: string) => path.join(folder, name);
  return open("image-folder", {
    folder: file("pictures"),
    size: SIZE,
    denoiser: file("unet.safetensors"),
    classifier: file("classifier.safetensors"),
  });
}

/** Writes the world into a folder. @param seed another one gives other weights */
export async function writeWorld(folder: string, seed = 0): Promise<World> {
  await engineReady();
  const pictures = path.join(folder, "pictures");
  await mkdir(pictures, { recursive: true });
  const made = proceduralDataset(procedural({ noise: 0.2 }), PER_CLASS, new Seed("world"));
  const data = new Float32Array(made.train.images.length);
  valuesFromBytes(made.train.images, data, 0);
  await writeImages(
    pictures,
    made.classes,
    { data, shape: [made.train.count, SIZE, SIZE, 1] },
    made.train.labels,
  );
  const dataset = await openDataset("image-folder", { folder: pictures, size: SIZE });
  const space = { height: SIZE, width: SIZE, channels: 1, classes: dataset.classes.length };
  const [denoiser, classifier] = ["unet", "classifier"].map((name) =>
    path.join(folder, `${name}.safetensors`),
  );
  const short = { steps: 2, batch: 16, seed };
  const small = unet({ ...unetDefaults, ...space, widths: [8, 8], blocks: [1, 1] });
  for await (const _ of trainDenoiser(small, dataset, { file: denoiser, ...short }));
  const judge = timeClassifier({ ...timeClassifierDefaults, ...space, widths: [8, 8] });
  for await (const _ of trainClassifier(judge, dataset, { file: classifier, ...short }));
  const networks = ["--denoiser", denoiser, "--classifier", classifier];
  const models = ["--folder", pictures, "--size", `${SIZE}`, ...networks];
  return {
    folder,
    models,
    // Without the term of the set, whose images are sampled together, each class is a portion.
    set: [
      "--dataset",
      "image-folder",
      ...models,
      "--ipc",
      `${ipc}`,
      "--steps",
      "3",
      "--seed",
      "5",
      "--set-weight",
      "0",
    ],
    classes: dataset.classes,
  };
}
