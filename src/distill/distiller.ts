// Dataset, denoiser and classifier together: what distils, and what a notebook steps through.
import path from "node:path";
import type { Dataset, LoadOptions } from "../datasets/dataset";
import { loadDataset } from "../datasets/load";
import { type Denoiser, loadDenoiser } from "../diffusion/denoiser";
import { Run } from "../diffusion/run";
import type { Guide, SampleOptions } from "../diffusion/sample";
import { samplers } from "../diffusion/samplers";
import { type Classifier, loadClassifier } from "../guidance/classifier";
import { context } from "../guidance/context";
import { type BoundTerms, imagesPerClass, makeGuide } from "../guidance/guide";
import { mixture } from "../guidance/mixture";
import { prototype } from "../guidance/prototype";
import type { WeightedTerm } from "../guidance/term";
import { engineReady } from "../tensor/engine";
import { Seed } from "../tensor/random";
import { betaOfIpc } from "./beta";
import { ClassContext } from "./classContext";
import {
  type GuidanceSettings,
  guidanceDefaults,
  guidanceSchema,
  type SamplingSettings,
  samplingDefaults,
  samplingSchema,
  withDefaults,
} from "./settings";

export interface OpenOptions extends LoadOptions {
  /** Checkpoint of the denoiser. Default: the shipped U-Net of the dataset. */
  readonly denoiser?: string;
  /** Checkpoint of the classifier. Default: the shipped one of the dataset. */
  readonly classifier?: string;
}

/** One sampled set: which classes, how many images, by which method, from which seed. */
export interface StartOptions extends Partial<SamplingSettings>, Partial<GuidanceSettings> {
  /** `diffusion` is classifier-free guidance alone; `igds` adds information guidance. Default `igds`. */
  readonly method?: "diffusion" | "igds";
  /** Class names or indices. Default: all classes. */
  readonly classes?: readonly (string | number)[];
  /** Images per class. Default 1. */
  readonly ipc?: number;
  /** Default 0. Runs with the same seed share their noise, image by image. */
  readonly seed?: number | string;
  /** Name of the run in figures. Default: the method. */
  readonly label?: string;
}

/** Variance of pixels around their mean, on [-1, 1]: sigma^2 of the guide. */
const IMAGE_VARIANCE = 0.25;

/** Folder of the shipped checkpoints. */
export const checkpointFolder: string = path.join(__dirname, "..", "..", "data", "checkpoints");

/**
 * Opens a dataset with its models.
 * @throws when the dataset cannot be had or a checkpoint is missing or of another dataset
 * @example
 * const distiller = await open("fashion-mnist");
 * const run = distiller.start({ classes: ["Sneaker"], ipc: 4 });
 * await run.step();
 */
export async function open(dataset = "fashion-mnist", options: OpenOptions = {}): Promise<Distiller> {
  await engineReady();
  const loaded = await loadDataset(dataset, options);
  const denoiser = await loadDenoiser(
    options.denoiser ?? path.join(checkpointFolder, `${dataset}-unet.safetensors`),
  );
  const classifier = await loadClassifier(
    options.classifier ?? path.join(checkpointFolder, `${dataset}-classifier.safetensors`),
  );
  return new Distiller(loaded, denoiser, classifier);
}

export class Distiller {
  private readonly context: ClassContext;
  private readonly guides = new Map<string, Guide & { dispose(): void }>();

  /** @throws if the models were not made for the dataset */
  constructor(
    readonly dataset: Dataset,
    readonly denoiser: Denoiser,
    readonly classifier: Classifier,
  ) {
    const [height, width, channels] = dataset.shape;
    const wanted = `${height} x ${width} x ${channels}, ${dataset.classes.length} classes`;
    for (const [what, space] of [
      ["denoiser", denoiser.space],
      ["classifier", classifier.network.config],
    ] as const) {
      const found = `${space.height} x ${space.width} x ${space.channels}, ${space.classes} classes`;
      if (found !== wanted)
        throw new Error(
          `The ${what} is for ${found}, but ${dataset.name} has ${wanted}. Use models trained on it.`,
        );
    }
    this.context = new ClassContext(dataset);
  }

  /** Class indices from names or indices. @throws naming the classes there are */
  classIndices(classes: readonly (string | number)[] = this.dataset.classes): number[] {
    return classes.map((given) => {
      const index = typeof given === "number" ? given : this.dataset.classes.indexOf(given);
      if (this.dataset.classes[index] === undefined)
        throw new RangeError(
          `"${given}" is not a class of ${this.dataset.name}: ${this.dataset.classes.join(", ")}.`,
        );
      return index;
    });
  }

  /**
   * Begins a sampling run, to be stepped. Images lie class after class, `ipc` of each.
   * @throws if a setting is out of its range
   */
  start(options: StartOptions = {}): Run {
    const { method = "igds" } = options;
    return new Run(this.denoiser, this.sampleOptions(options), options.label ?? method);
  }

  /**
   * A second run with the same noise as `run`, whose settings differ from its newest step on.
   *
   * @param options those of the first run with what shall differ, for example `{ ...options, beta: 0 }`
   */
  fork(run: Run, options: StartOptions): Run {
    const { method = "igds" } = options;
    return run.fork(this.sampleOptions(options), options.label ?? `${method}, fork`);
  }

  /** The options of the sampling loop for a set: labels, noise, and the guide that steers or watches. */
  sampleOptions(options: StartOptions): SampleOptions {
    const { method = "igds", ipc = 1, seed = 0, classes } = options;
    betaOfIpc(ipc); // refuses a bad IPC
    const sampling = samplingSchema.parse(withDefaults(samplingDefaults, options));
    const guidance = guidanceSchema.parse(withDefaults(guidanceDefaults, options));
    const labels = this.classIndices(classes).flatMap((label) => new Array<number>(ipc).fill(label));
    const counts = new Map<number, number>();
    const names = labels.map((label) => {
      const index = counts.get(label) ?? 0;
      counts.set(label, index + 1);
      return [this.dataset.classes[label], index];
    });
    return {
      labels,
      names,
      seed: new Seed(seed).child("sample"),
      steps: sampling.steps,
      sampler: samplers[sampling.sampler](),
      guidanceScale: sampling.guidanceScale,
      guide: this.guide(labels, method === "igds" ? guidance : null),
    };
  }

  /**
   * The guide for a set: with settings it steers, without it only records the bounds.
   * Guides are kept, since making one costs a compilation.
   */
  guide(labels: readonly number[], settings: GuidanceSettings | null): Guide {
    const key = JSON.stringify([labels, settings]);
    let guide = this.guides.get(key);
    if (!guide) {
      const { ipc, groups } = imagesPerClass(labels);
      const classes = Array.from({ length: groups }, (_, k) => labels[k * ipc]);
      const bandwidths = classes.map((label) => this.context.bandwidth(label, ipc));
      const models = classes.map((label) => this.context.model(label, ipc));
      const temperatures = this.context.temperatures(classes, ipc);
      const bounds: BoundTerms = {
        prototype: prototype(this.classifier, "x0"),
        mixture: { low: mixture(bandwidths, "low"), high: mixture(bandwidths, "high") },
        context: context(models, temperatures, "soft"),
      };
      const terms: WeightedTerm[] = [];
      if (settings) {
        const { weight, window } = settings;
        const beta = settings.beta === "auto" ? betaOfIpc(ipc) : settings.beta;
        const byX0 = settings.prototypeBy === "x0";
        terms.push({ term: byX0 ? bounds.prototype : prototype(this.classifier, "xt"), weight, window });
        const contextual =
          settings.contextual === "mixture" ? bounds.mixture.low : context(models, temperatures);
        if (ipc > 1) terms.push({ term: contextual, weight: weight * beta, window });
      }
      guide = makeGuide({
        labels,
        shape: this.dataset.shape,
        terms,
        bounds,
        imageVariance: IMAGE_VARIANCE,
        ...(settings ? { largestChange: settings.largestChange } : {}),
      });
      this.guides.set(key, guide);
    }
    return guide;
  }

  /** Frees what the engine holds. */
  dispose(): void {
    this.denoiser.dispose();
    for (const guide of this.guides.values()) guide.dispose();
    this.guides.clear();
  }
}
