// What experiments run on: the dataset and the trained networks, each opened when it is first needed, and the hashes
// of their files, which need none of them opened.
import path from "node:path";
import type { Dataset, LoadOptions } from "../datasets/dataset";
import { loadDataset } from "../datasets/load";
import type { Distiller } from "../distill/distiller";
import { open } from "../distill/open";
import { loadReferenceClassifier, type ReferenceClassifier } from "../evaluate/referenceClassifier";
import { referenceFile } from "../nn/frozenClassifier";
import { denoiserFile, shippedCheckpoint } from "../nn/shippedCheckpoints";
import { hashOfFiles } from "../nn/weightHash";

export interface ModelsOptions extends LoadOptions {
  /** Default `fashion-mnist`. */
  readonly dataset?: string;
  /** Checkpoint that variants sample from unless they name one, or "dit" or "unet". Default: the shipped U-Net. */
  readonly denoiser?: string;
  /** Checkpoint of the classifier that guides. Default: the shipped one of the dataset. */
  readonly classifier?: string;
  /** Autoencoder of a latent diffusion model, and where latents are kept. */
  readonly vae?: string;
  readonly latents?: string;
}

export class Models {
  readonly datasetName: string;
  /** Files of the networks. */
  readonly classifierFile: string;
  readonly referenceFile: string;
  private readonly hashes = new Map<string, Promise<string>>();
  private readonly distillers = new Map<string, Promise<Distiller>>();
  private loaded: Promise<Dataset> | null = null;
  private judge: Promise<ReferenceClassifier> | null = null;

  constructor(private readonly options: ModelsOptions = {}) {
    this.datasetName = options.dataset ?? "fashion-mnist";
    this.classifierFile = path.resolve(
      options.classifier ?? shippedCheckpoint(this.datasetName, "classifier"),
    );
    this.referenceFile = referenceFile(this.datasetName);
  }

  /** The file of a variant's denoiser. */
  denoiserFile(denoiser = this.options.denoiser): string {
    return denoiserFile(this.datasetName, denoiser);
  }

  /** The first 16 hexadecimal digits of the SHA-256 of a file. @throws if it is missing */
  hash(file: string): Promise<string> {
    let hash = this.hashes.get(file);
    if (!hash) {
      hash = hashOfFiles(file).then(
        (sha256) => sha256.slice(0, 16),
        (error: Error) => {
          throw new Error(
            `${file}: expected a trained network, found none (${error.message}). Train it with igds train, or fetch the file.`,
          );
        },
      );
      this.hashes.set(file, hash);
    }
    return hash;
  }

  /** What sets are made of: the dataset, and of latents also the size of the pictures and the autoencoder. */
  async spaceName(): Promise<string> {
    const { vae, size } = this.options;
    return vae === undefined
      ? this.datasetName
      : `${this.datasetName} ${size ?? 256} ${await this.hash(vae)}`;
  }

  dataset(): Promise<Dataset> {
    this.loaded ??= loadDataset(this.datasetName, this.options);
    return this.loaded;
  }

  distiller(denoiser?: string): Promise<Distiller> {
    const file = this.denoiserFile(denoiser);
    let distiller = this.distillers.get(file);
    if (!distiller) {
      distiller = open(this.datasetName, {
        ...this.options,
        denoiser: file,
        classifier: this.classifierFile,
      });
      this.distillers.set(file, distiller);
    }
    return distiller;
  }

  reference(): Promise<ReferenceClassifier> {
    this.judge ??= this.dataset().then((dataset) => loadReferenceClassifier(dataset));
    return this.judge;
  }

  /** Frees what the engine holds. */
  async dispose(): Promise<void> {
    for (const distiller of this.distillers.values()) (await distiller).dispose();
    this.distillers.clear();
    (await this.judge)?.dispose();
    this.judge = null;
  }
}
