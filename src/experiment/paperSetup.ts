// What profile `paper` runs on: data and models that cannot be brought along, named in one file by whoever has them.
import path from "node:path";
import { z } from "zod";
import { samplingMethods } from "../distill/methods";
import { samplingSchema } from "../distill/settings";
import { protocolNames } from "../evaluate/protocols";
import { readJsonIfThere } from "../tensor/textFile";

const wholes = (least: number) => z.array(z.int().min(least)).min(1);

const paperSetupSchema = z.strictObject({
  /** Dataset by name, such as imagenette or tiny-imagenet, and the folder of its files. */
  dataset: z.string(),
  folder: z.string(),
  /** Side of the pictures that are encoded. */
  size: z.int().positive().default(256),
  /** The denoiser as it is published, such as DiT-XL-2-256x256.pt, and the folder of its autoencoder. */
  denoiser: z.string(),
  vae: z.string(),
  /** Classifier of latents: igds train --model classifier --vae ... */
  classifier: z.string(),
  /** Sampling as the papers do it (Gu et al. 2024, section 4.1): 50 steps of DDPM with learned variance, scale 4 on 3 channels. */
  sampling: samplingSchema
    .partial()
    .default({ steps: 50, sampler: "ddpm-learned", guidanceScale: 4, guidedChannels: 3 }),
  ipcs: wholes(1).default([1, 10, 20, 50]),
  /** Generation seeds. */
  seeds: wholes(0).default([0, 1, 2]),
  /** Without herding, kcenter: they need a trained reference classifier of the dataset. */
  methods: z.array(z.enum(["random", "kmeans", ...samplingMethods])).default(["random", ...samplingMethods]),
  protocols: z
    .array(z.enum(protocolNames))
    .min(1)
    .default(["imagenet-convnet6", "imagenet-resnet-ap10", "imagenet-resnet18"]),
  /**
   * Options of methods, in the place of those that the search found on Fashion-MNIST, such as {"mgd3": {"mode": {"weight": 0.1}}}
   * (igds distill --help).
   */
  options: z.record(z.string(), z.record(z.string(), z.json())).default({}),
  /** Training steps instead of those of the protocols: for trials. */
  trainingSteps: z.int().positive().optional(),
  /** Said in results and figures: generated data and untrained models, to try the way and nothing else. */
  miniature: z.boolean().default(false),
});

export type PaperSetup = z.infer<typeof paperSetupSchema>;

/** The file, unless the environment variable IGDS_PAPER names another. */
const paperSetupFile: string = path.join(__dirname, "..", "..", "data", "paper.json");

/**
 * Reads the setup; paths in it are taken from the folder of the file.
 * @throws saying what profile `paper` takes, where there is no setup; naming what is wrong in it
 */
export async function readPaperSetup(
  file: string = process.env.IGDS_PAPER ?? paperSetupFile,
): Promise<PaperSetup> {
  const given = await readJsonIfThere(file);
  if (given === null)
    throw new Error(
      "Profile paper: expected Tiny ImageNet or an ImageNet subset as a folder of images, DiT-XL/2 with its VAE, a classifier " +
        `of latents and a GPU for days, all named in ${file} (data/README.md says how); found no such file. Use profile quick ` +
        "or full here, or try the way with: igds miniature",
    );
  const parsed = paperSetupSchema.safeParse(given);
  if (!parsed.success)
    throw new Error(`${file} is not a setup of profile paper:\n${z.prettifyError(parsed.error)}`);
  const setup = parsed.data;
  const from = (name: string) => path.resolve(path.dirname(file), name);
  return {
    ...setup,
    folder: from(setup.folder),
    denoiser: from(setup.denoiser),
    vae: from(setup.vae),
    classifier: from(setup.classifier),
  };
}
