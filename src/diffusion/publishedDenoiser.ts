// Denoisers that others have trained, as they publish them: DiT in both layouts and the U-Nets of diffusers.
import { stat } from "node:fs/promises";
import path from "node:path";
import isEmpty from "lodash/isEmpty";
import isUndefined from "lodash/isUndefined";
import omitBy from "lodash/omitBy";
import type { DenoiserNetwork } from "../nn/denoiserNetwork";
import { readDiT } from "../nn/ditWeights";
import type { Weights } from "../nn/parameters";
import { readUNet2D } from "../nn/unet2dWeights";
import { openWeights, type WeightFile } from "../nn/weightFile";
import { hashOfFiles } from "../nn/weightHash";
import { type Tensor, tf } from "../tensor/engine";
import { readJsonIfThere } from "../tensor/textFile";
import { Denoiser } from "./denoiser";
import { type Prediction, predicting } from "./prediction";
import { selectClasses } from "./selectClasses";
import type { WeightOrigin } from "./weightOrigin";

/** What the files of a published denoiser do not say. */
export interface PublishedOptions {
  /**
   * Which of its classes the denoiser shall know, as its own indices: class k is the k-th of them; or a function of the number
   * that it knows, null for all. Of ImageNet the place of a WordNet id in the sorted list of the thousand. Default: all.
   */
  readonly classes?: readonly number[] | ((known: number) => readonly number[] | null);
  /** Number of classes of the data, for a denoiser that knows none, or one whose last class is the null class. */
  readonly classCount?: number;
  /** Part of the file, such as "ema" of a training checkpoint. */
  readonly part?: string;
  /** What the network predicts. Default: the noise. */
  readonly prediction?: Prediction;
}

/** Names of tensors that tell what kind of network a file holds. */
const signs = {
  dit: ["x_embedder.proj.weight", "pos_embed.proj.weight", "ema.x_embedder.proj.weight"],
  unet2d: ["down_blocks.0.resnets.0.conv1.weight"],
} as const;

/** Whether a file, or a folder with a weight file, holds a denoiser as others publish them. */
export async function isPublished(file: string): Promise<boolean> {
  const weights = await openWeights(file);
  try {
    return kindOf(weights) !== null;
  } finally {
    await weights.close();
  }
}

/**
 * Loads a denoiser that others have trained: DiT-XL-2-256x256.pt or any other DiT in the layout of its code, or a folder of
 * diffusers with config.json, a DiT or a UNet2DModel.
 *
 * @param file weight file or folder; config.json is looked for beside it
 * @returns the denoiser; its `dispose` frees the weights that it holds in the engine
 * @throws naming what is missing or not as expected; RangeError for `classes` that it does not know
 * @example
 * const small = await igds.diffusion.publishedDenoiser("dit-small/dit.pt", { classes: [2, 0] });
 * small.space.classes; // 2
 */
export async function publishedDenoiser(file: string, options: PublishedOptions = {}): Promise<Denoiser> {
  const { prediction, part, classCount } = options;
  const config = await configBeside(file);
  const weightFile = await openWeights(file, part === undefined ? {} : { part });
  let loaded: { network: DenoiserNetwork; weights: Weights };
  try {
    loaded = await read(weightFile, config, options);
  } finally {
    await weightFile.close();
  }
  const held = [loaded.weights];
  try {
    const classes =
      typeof options.classes === "function"
        ? options.classes(loaded.network.config.classes)
        : (options.classes ?? null);
    const { network, weights } = classes ? selectClasses(loaded.network, loaded.weights, classes) : loaded;
    held.push(weights);
    const as = omitBy({ classes: classes ?? undefined, classCount, part, prediction }, isUndefined);
    const origin: WeightOrigin = {
      file: weightFile.file,
      sha256: await hashOfFiles(weightFile.file),
      ...(isEmpty(as) ? {} : { as }),
    };
    return new Denoiser(prediction ? predicting(network, prediction) : network, weights, origin);
  } finally {
    tf.dispose(held as Record<string, Tensor>[]);
  }
}

function kindOf({ entries }: WeightFile): keyof typeof signs | null {
  const kinds = Object.keys(signs) as (keyof typeof signs)[];
  return kinds.find((kind) => signs[kind].some((name) => entries.has(name))) ?? null;
}

async function read(file: WeightFile, config: unknown, { classCount }: PublishedOptions) {
  switch (kindOf(file)) {
    case "dit":
      return readDiT(file, config);
    case "unet2d":
      return readUNet2D(file, config ?? {}, classCount === undefined ? {} : { classes: classCount });
    case null:
      throw new Error(
        `${file.file}: expected a DiT (in the layout of its code or of diffusers) or a UNet2DModel of diffusers, found ` +
          `tensors such as "${[...file.entries.keys()][0] ?? "none"}".`,
      );
  }
}

async function configBeside(file: string): Promise<unknown> {
  const isFolder = (await stat(file)).isDirectory();
  const name = path.join(isFolder ? file : path.dirname(file), "config.json");
  return readJsonIfThere(name);
}
