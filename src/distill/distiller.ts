// Dataset, denoiser and classifier together: what distills, and what a notebook steps through.
import omitBy from "lodash/omitBy";
import type { Dataset } from "../datasets/dataset";
import type { Denoiser } from "../diffusion/denoiser";
import { isLatent } from "../diffusion/latents";
import { Run, type RunPlan } from "../diffusion/run";
import type { Guide, SampleOptions } from "../diffusion/sample";
import { samplers } from "../diffusion/samplers";
import { cads } from "../guidance/cads";
import type { Classifier } from "../guidance/classifier";
import { type CleanJudge, cleanJudge } from "../guidance/cleanJudge";
import { noisedStart } from "../guidance/noisedStart";
import { choose, judgementOf, keepAt } from "../guidance/pool";
import type { WeightedTerm } from "../guidance/term";
import { imagesPerClass } from "../guidance/termGraph";
import type { ImageBatch } from "../tensor/batch";
import { tf } from "../tensor/engine";
import { type ProgressEvent, usualProgress } from "../tensor/progress";
import { Seed } from "../tensor/random";
import { expectIpc } from "./beta";
import { type FoundBeta, type PilotOptions, pilotSettings, searchBeta } from "./betaPilot";
import { ClassContext, type ClassKnowledge } from "./classContext";
import { expectSeed } from "./expectSeed";
import { Guides } from "./guides";
import { expectKnown } from "./knownOptions";
import { methodOf, type SamplingMethod } from "./methods";
import {
  byRule,
  type GuidanceOptions,
  type GuidanceSettings,
  guidanceOf,
  optionsOf,
  type RuledGuidance,
  type SamplingSettings,
  type SettingName,
  sampledPerClass,
  samplingOf,
  settingNames,
} from "./settings";

/** One sampled set: which classes, how many images, by which method, from which seed. */
export interface StartOptions extends Partial<SamplingSettings>, GuidanceOptions {
  /**
   * `diffusion` is classifier-free guidance alone; `igds` adds information guidance; the others are the methods of
   * other papers (methods.ts). Any parts (parts.ts) can be added to any of them. Default `igds`.
   */
  readonly method?: SamplingMethod;
  /** Class names or indices. Default: all classes. */
  readonly classes?: readonly (string | number)[];
  /** Images per class. Default 1. */
  readonly ipc?: number;
  /** Default 0. Runs with the same seed share their noise, image by image. */
  readonly seed?: number | string;
  /** Name of the run in figures. Default: the method. */
  readonly label?: string;
  /**
   * Terms of your own, added to those of the method; the bounds are recorded all the same. A fork or change to another method
   * keeps them, unless it says `terms: []`.
   */
  readonly terms?: readonly WeightedTerm[];
  /**
   * Told how far the networks are that learn from real images before the first step: those of method `igds` take up to half a
   * minute, once for each IPC. Of the denoising steps it is `Run.finish(onStep)` that tells. Default: bars in a notebook's
   * cell.
   */
  readonly onProgress?: (event: ProgressEvent) => void;
}

/** The options that are no settings. */
const ownOptions: Readonly<Record<Exclude<keyof StartOptions, SettingName>, true>> = {
  method: true,
  classes: true,
  ipc: true,
  seed: true,
  label: true,
  terms: true,
  onProgress: true,
};
const optionNames = [...Object.keys(ownOptions), ...settingNames];

/**
 * A dataset with the models that distill it.
 * @example
 * const own = new igds.Distiller(dataset, denoiser, distiller.classifier); // what open("fashion-mnist") gives
 * const run = own.start({ classes: ["Bag"], ipc: 2, steps: 5 });
 * const images = await run.finish(); // [2, 28, 28, 1]
 */
export class Distiller {
  /** What is known of the real images of each class. */
  readonly classContext: ClassKnowledge;
  private readonly guides: Guides;
  private readonly foundBetas = new Map<string, number>();
  private judge: CleanJudge | null = null;
  private readonly plan: RunPlan<StartOptions> = {
    options: (settings) => this.sampleOptions(settings),
    changed: (settings, changes) => this.settled(changedSettings(settings, changes)),
  };

  /**
   * @param classContext where the dataset's images are not at hand, such as in a page: what was stored of them
   * @throws if the models were not made for the dataset
   */
  constructor(
    readonly dataset: Dataset,
    readonly denoiser: Denoiser,
    readonly classifier: Classifier,
    classContext?: ClassKnowledge,
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
          `The ${what} is for ${found}, but ${dataset.name} has ${wanted}. Use models trained on it, at the size of ` +
            "their pictures (--size, in code size); models of latents need the dataset as latents (--vae, latentDataset).",
        );
    }
    this.classContext = classContext ?? new ClassContext(dataset);
    this.guides = new Guides(dataset, classifier, this.classContext);
  }

  /** In a cell and on a console: what it holds, not how. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    const { name, classes, shape, train } = this.dataset;
    return (
      `Distiller of ${name}: ${classes.length} classes, ${train.count} training images of ${shape.join(" x ")}; ` +
      "begin with start({ classes, ipc, seed })"
    );
  }

  /** Class indices from names or indices. @throws RangeError for none, for one named twice, and for what is no class */
  classIndices(classes: readonly (string | number)[] = this.dataset.classes): number[] {
    if (classes.length === 0)
      throw new RangeError(`Expected at least one class of ${this.dataset.name}, found none.`);
    const indices = classes.map((given) => {
      const index = typeof given === "number" ? given : this.dataset.classes.indexOf(given);
      if (this.dataset.classes[index] === undefined)
        throw new RangeError(
          `"${given}" is not a class of ${this.dataset.name}: ${this.dataset.classes.join(", ")}.`,
        );
      return index;
    });
    const twice = indices.find((index, i) => indices.indexOf(index) !== i);
    if (twice !== undefined)
      throw new RangeError(
        `Expected each class once, found "${this.dataset.classes[twice]}" twice. For more images of a class raise ipc.`,
      );
    return indices;
  }

  /**
   * Begins a sampling run, to be stepped. Images lie class after class, `ipc` of each; with a `pool`, as method
   * `cao2` has, all of the pool, of which `chosen` picks.
   * @throws if an option is unknown, out of its range, or belongs to another method
   * @example
   * const run = distiller.start({ method: "mgd3", mode: { weight: 2 }, cads: true, ipc: 10 });
   */
  start(options: StartOptions = {}): Run<StartOptions> {
    const { label, ...given } = options;
    const settings = this.settled(given);
    return new Run(this.denoiser, settings, label ?? settings.method ?? "igds", this.plan);
  }

  /** The options of the sampling loop for a set: labels, noise, and the guide that steers or watches. */
  sampleOptions(options: StartOptions): SampleOptions {
    const { ipc = 1, seed = 0, classes } = options;
    const { steps, sampler, ...sampling } = samplingOf(options);
    const guidance = this.guidance(options);
    const count = sampledPerClass(ipc, guidance);
    const indices = this.classIndices(classes);
    const labels = indices.flatMap((label) => new Array<number>(count).fill(label));
    const counts = new Map<number, number>();
    const names = labels.map((label) => {
      const index = counts.get(label) ?? 0;
      counts.set(label, index + 1);
      return [this.dataset.classes[label], index];
    });
    expectSeed(seed, "distiller.start");
    const noise = new Seed(seed).child("sample");
    const { cads: noised, start } = guidance ?? {};
    const by = samplers[sampler]();
    return {
      labels,
      names,
      seed: noise,
      steps,
      ...sampling,
      sampler: by,
      // Latents are not bounded.
      clip: !isLatent(this.dataset),
      guide: this.guides.guide(labels, guidance, options.terms, options.onProgress ?? usualProgress()),
      // Said even if there is none, so that a fork does not inherit that of the first run.
      conditionNoise: noised ? cads(noised) : undefined,
      from: start
        ? noisedStart(this.classContext.prototypes(indices, count), steps, start.strength, noise, names, by)
        : undefined,
    };
  }

  /** The guide for a set: with settings or terms of your own it steers, without it only records the bounds. */
  guide(
    labels: readonly number[],
    settings: GuidanceSettings | null,
    terms: readonly WeightedTerm[] = [],
  ): Guide {
    return this.guides.guide(labels, byRule(settings, imagesPerClass(labels).ipc), terms);
  }

  /**
   * Which images of a finished run make up the set: all, or those of the pool that the classifier judges best. The
   * bounds in the records of a pool are those of the pool, whose ceiling is higher than ln IPC.
   * @returns places in the run's images, class after class
   */
  chosen(run: Run<StartOptions>): Int32Array {
    return this.chosenOf(run.settings, run.images, run.options.labels);
  }

  /** @internal As `chosen`, of images that were sampled by options. */
  chosenOf(options: StartOptions, images: ImageBatch, given: ArrayLike<number>): Int32Array {
    const { ipc = 1 } = options;
    const pool = this.guidance(options)?.pool;
    if (!pool) return Int32Array.from({ length: images.shape[0] }, (_, i) => i);
    this.judge ??= cleanJudge(this.classifier, "guiding classifier");
    const labels = Int32Array.from(given);
    const keep = pool.keep === "auto" ? keepAt(ipc) : pool.keep;
    const groups = labels.length / (ipc * pool.factor);
    return choose(judgementOf(this.judge, images, labels), groups, ipc, keep);
  }

  /** What was sampled as pictures: latents are decoded, images are what they are. */
  pictures(images: ImageBatch): ImageBatch {
    return isLatent(this.dataset) ? this.dataset.autoencoder.decode(images) : images;
  }

  /**
   * Finds what beta: "auto" stands for (beta.ts has the rule); afterwards runs with these options may begin. Quick
   * where the table beside the checkpoint knows it.
   */
  async autoBeta(options: StartOptions, pilot: PilotOptions = {}): Promise<FoundBeta> {
    const found = await searchBeta(this, options, pilot);
    this.foundBetas.set(JSON.stringify(pilotSettings(this, options)), found.beta);
    return found;
  }

  /** All settings, defaults filled in and beta as a number: what a run tells of itself. */
  private settled(options: StartOptions): StartOptions {
    expectKnown(options, optionNames, "distiller.start");
    const { method = "igds", ipc = 1, seed = 0, classes = this.dataset.classes } = options;
    const guidance = optionsOf(this.guidance(options));
    const { terms, onProgress } = options;
    return {
      ...{ method, classes, ipc, seed, ...samplingOf(options), ...guidance },
      ...(terms ? { terms } : {}),
      ...(onProgress ? { onProgress } : {}),
    };
  }

  /** The guidance of a set, its weights as numbers. */
  private guidance(options: StartOptions): RuledGuidance | null {
    const { method = "igds", ipc = 1 } = options;
    expectIpc(ipc);
    methodOf(method); // refuses one that picks real images
    const guidance = byRule(guidanceOf(method, options), ipc);
    if (guidance?.beta !== "auto") return guidance;
    const beta = this.foundBetas.get(JSON.stringify(pilotSettings(this, options)));
    if (beta === undefined)
      throw new Error(
        `beta: "auto" at IPC ${ipc} has not been found yet for these settings: await distiller.autoBeta(options) first, ` +
          'or give a number, or beta: "rule".',
      );
    return { ...guidance, beta };
  }

  /** Frees what the engine holds, the weights of denoiser, classifier and, of latents, autoencoder too. */
  dispose(): void {
    if (isLatent(this.dataset)) this.dataset.autoencoder.dispose();
    this.denoiser.dispose();
    tf.dispose({ ...this.classifier.weights });
    this.guides.dispose();
    this.judge?.dispose();
    this.judge = null;
  }
}

/**
 * Settings with some changed; another method begins with its own guidance, beside terms of the caller's own, and what followed the IPC by a formula follows
 * another one too.
 */
function changedSettings(settings: StartOptions, changes: Partial<StartOptions>): StartOptions {
  const { method } = changes;
  if (method === undefined || method === settings.method)
    return { ...(changes.ipc === undefined ? settings : withoutRuled(settings)), ...changes };
  const { classes, ipc, seed, terms, onProgress } = settings;
  return {
    ...{ classes, ipc, seed, ...samplingOf(settings) },
    ...(terms ? { terms } : {}),
    ...(onProgress ? { onProgress } : {}),
    ...changes,
  };
}

/** Settings without those numbers that the formulas give for their IPC. */
function withoutRuled(settings: StartOptions): StartOptions {
  const { ipc = 1, method } = settings;
  if (method !== "igds") return settings;
  const ruled = byRule(guidanceOf("igds", {}), ipc) ?? {};
  return omitBy(
    settings,
    (value, name) =>
      ["beta", "setWeight", "setImages"].includes(name) && value === ruled[name as keyof RuledGuidance],
  );
}
