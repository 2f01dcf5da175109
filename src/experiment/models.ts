// What experiments run on: the dataset and the trained networks, each opened when it is first needed, and the hashes
// of their files, which need none of them opened.
import path from "node:path";
import type { Dataset, LoadOptions } from "../datasets/dataset";
import { loadDataset } from "../datasets/load";
import type { Distiller } from "../distill/distiller";
import { LATENT_PICTURES, open } from "../distill/open";
import { loadReferenceClassifier, type ReferenceClassifier } from "../evaluate/referenceClassifier";
import { referenceFile } from "../nn/frozenClassifier";
import { denoiserFile, shippedCheckpoint } from "../nn/shippedCheckpoints";
import { hashOfFiles } from "../nn/weightHash";
import { Remembered } from "./remembered";

/** Which dataset and networks an experiment runs on. */
export interface ModelsOptions extends LoadOptions {
  /** Name of the dataset. Default `fashion-mnist`. */
  readonly dataset?: string;
  /** Checkpoint that variants sample from unless they name one, or "dit" or "unet". Default: the shipped U-Net. */
  readonly denoiser?: string;
  /** Checkpoint of the classifier that guides. Default: the shipped one of the dataset. */
  readonly classifier?: string;
  /** Folder of the autoencoder of a latent diffusion model. Default: none, the model works on pictures. */
  readonly vae?: string;
  /** Folder that keeps latents. Default: out/latents. */
  readonly latents?: string;
}

export class Models {
  readonly datasetName: string;
  /** Files of the networks. */
  readonly classifierFile: string;
  readonly referenceFile: string;
  private readonly hashes = new Remembered(hashOf);
  private readonly distillers: Remembered<Distiller, string>;
  private readonly loaded: Remembered<Dataset>;
  private readonly judge: Remembered<ReferenceClassifier>;

  private readonly options: ModelsOptions;

  constructor(given: ModelsOptions = {}) {
    // Pictures of a latent model are read at its size, by whoever reads them.
    const options = given.vae === undefined ? given : { size: LATENT_PICTURES, ...given };
    this.options = options;
    this.datasetName = options.dataset ?? "fashion-mnist";
    this.classifierFile = path.resolve(
      options.classifier ?? shippedCheckpoint(this.datasetName, "classifier"),
    );
    this.referenceFile = referenceFile(this.datasetName);
    this.loaded = new Remembered(() => loadDataset(this.datasetName, options));
    this.judge = new Remembered(async () => loadReferenceClassifier(await this.dataset()));
    this.distillers = new Remembered((denoiser) =>
      open(this.datasetName, { ...options, denoiser, classifier: this.classifierFile }),
    );
  }

  /** The file of a variant's denoiser. */
  denoiserFile(denoiser = this.options.denoiser): string {
    return denoiserFile(this.datasetName, denoiser);
  }

  /** The first 16 hexadecimal digits of the SHA-256 of a file. @throws if it is missing */
  hash(file: string): Promise<string> {
    return this.hashes.get(file);
  }

  /** What sets are made of: the dataset, and of latents also the size of the pictures and the autoencoder. */
  async spaceName(): Promise<string> {
    const { vae, size } = this.options;
    return vae === undefined ? this.datasetName : `${this.datasetName} ${size} ${await this.hash(vae)}`;
  }

  dataset(): Promise<Dataset> {
    return this.loaded.get();
  }

  distiller(denoiser?: string): Promise<Distiller> {
    return this.distillers.get(this.denoiserFile(denoiser));
  }

  reference(): Promise<ReferenceClassifier> {
    return this.judge.get();
  }

  /** Frees what the engine holds. */
  async dispose(): Promise<void> {
    await this.distillers.clear((distiller) => distiller.dispose());
    await this.judge.clear((judge) => judge.dispose());
  }
}

async function hashOf(file: string): Promise<string> {
  try {
    return (await hashOfFiles(file)).slice(0, 16);
  } catch (error) {
    throw new Error(
      `${file}: expected a trained network, found none (${(error as Error).message}). Train it with igds train, or fetch the file.`,
    );
  }
}
