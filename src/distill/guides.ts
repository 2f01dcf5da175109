// The guides of a dataset: from settings and labels to compiled terms with their weights. What is compiled depends on
// the labels and the kinds of terms alone, so trying other weights, windows or betas costs nothing.
import defaults from "lodash/defaults";
import type { Dataset } from "../datasets/dataset";
import { isLatent } from "../diffusion/latents";
import type { Guide } from "../diffusion/sample";
import type { Classifier } from "../guidance/classifier";
import { classMeans, cmi } from "../guidance/cmi";
import { context } from "../guidance/context";
import { deviation } from "../guidance/deviation";
import { guideBy, guideDefaults } from "../guidance/guide";
import { influence } from "../guidance/influence";
import { mixture } from "../guidance/mixture";
import { mode } from "../guidance/mode";
import { particle } from "../guidance/particle";
import { prototype } from "../guidance/prototype";
import { setPrototype } from "../guidance/setPrototype";
import { disposeReference, type SetReference, setReference } from "../guidance/setReference";
import type { Term, WeightedTerm } from "../guidance/term";
import { type BoundTerms, compileTerms, imagesPerClass, type TermGraph } from "../guidance/termGraph";
import type { TrainingNetwork } from "../guidance/trainingNetwork";
import { disposeFeatures, type FeatureMap, pixelFeatures, randomFeatures } from "../nn/randomFeatures";
import { repeatBatch } from "../tensor/batch";
import { tf } from "../tensor/engine";
import type { ProgressEvent } from "../tensor/progress";
import { Seed } from "../tensor/random";
import type { ClassKnowledge } from "./classContext";
import { MOST_STAND_INS, SET_IMAGES } from "./setTerm";
import { type RuledGuidance, type SetFeatures, setFeatures } from "./settings";
import { disposedOf, type Need, TaughtNetworks } from "./taught";

/** Variance of pixels around their mean, on [-1, 1], and of scaled latents: sigma^2 of the guide. */
const IMAGE_VARIANCE = 0.25;
const LATENT_VARIANCE = 1;
/** Real images per class that influence guidance takes the mean gradient over (IGD's grad-ipc). */
const INFLUENCE_IMAGES = 200;
/** Real images per class that the classifier's mean answer is taken from. */
const CMI_IMAGES = 200;

/** Classes that a class is told apart from by the set term, itself counted in. */
const SET_CLASSES = 20;

/**
 * Graphs, and references of the set term, that are held at once: each graph has its copy of the classifier and of the
 * working memory it ran in. A guide that is asked after its graph has gone has it made again.
 */
const LARGEST_HELD = 8;

type Kind =
  | "prototype"
  | "prototype of x_t"
  | "mixture"
  | "context"
  | "cmi"
  | `set by ${SetFeatures}`
  | "mode"
  | "particle"
  | "influence"
  | "deviation";
type Weighted = Omit<WeightedTerm, "term"> & { readonly kind: Kind };

/**
 * Which terms guide, and how strongly. Contextual terms need a second image, but for `cmi`.
 *
 * @param sampled number of classes of the set
 * @param told number of classes that the set term tells apart
 */
function weighted(settings: RuledGuidance | null, ipc: number, sampled: number, told: number): Weighted[] {
  if (!settings) return [];
  const list: Weighted[] = [];
  const { weight, setWeight, setFeatures, window, beta, contextual, prototypeBy } = settings;
  if (weight !== undefined) {
    if (beta === "auto")
      throw new Error('beta: "auto" is a search, not a number: await distiller.autoBeta(options) first.');
    list.push({ kind: prototypeBy === "xt" ? "prototype of x_t" : "prototype", weight, window });
    if (ipc > 1 || contextual === "cmi")
      list.push({ kind: contextual ?? "mixture", weight: weight * (beta ?? 0), window });
  }
  // The term is a mean over the classes that are told apart; guidance raises its sum over the images that are sampled.
  if (setWeight)
    list.push({
      kind: `set by ${setFeatures ?? "learners"}`,
      weight: (setWeight * told) / sampled,
      window,
    });
  for (const kind of ["mode", "particle", "influence", "deviation"] as const) {
    const part = settings[kind];
    if (part) list.push({ kind, ...part });
  }
  return list;
}

/** The networks that terms look through and that must learn first. */
function needsOf(kinds: readonly Kind[], ipc: number): Need[] {
  const learners = kinds.includes("set by learners") || kinds.includes("set by mixed");
  return [
    ...(learners ? ([`learners ${ipc}`] as const) : []),
    ...(kinds.includes("influence") ? (["influence"] as const) : []),
  ];
}

/** Stands for a term whose network has yet to learn: all that is asked of it is its name. */
function placeholder(name: string): Term {
  return {
    name,
    by: "x0",
    tensors: {},
    value() {
      throw new Error(`The term "${name}" has no network yet.`);
    },
  };
}

/** Frees the oldest of what is held. */
function keepNewest<T>(held: Map<string, T>, free: (old: T) => void): void {
  for (const [key, old] of [...held].slice(0, -LARGEST_HELD)) {
    free(old);
    held.delete(key);
  }
}

export class Guides {
  private readonly graphs = new Map<string, TermGraph>();
  /** Terms that users wrote, numbered as they come: two of one name may be different. */
  private readonly ownTerms: Term[] = [];
  private readonly taught: TaughtNetworks;
  private untrained: FeatureMap[][] | null = null;
  private readonly references = new Map<string, SetReference>();
  private disposed = false;

  constructor(
    private readonly dataset: Dataset,
    private readonly classifier: Classifier,
    private readonly classContext: ClassKnowledge,
  ) {
    this.taught = new TaughtNetworks(dataset, classContext);
  }

  /**
   * The guide of a set: with settings it steers, without it only records the bounds.
   * @param settings what follows the IPC by a formula as numbers
   * @param own further terms, after those of the settings; the caller keeps them
   * @param onProgress told how far the networks are that learn before the first step
   */
  guide(
    labels: readonly number[],
    settings: RuledGuidance | null,
    own: readonly WeightedTerm[] = [],
    onProgress?: (event: ProgressEvent) => void,
  ): Guide {
    const { ipc, groups } = imagesPerClass(labels);
    const told = this.toldApart(labels.filter((_, i) => i % ipc === 0));
    const set = weighted(settings, ipc, groups, told.length);
    const terms = [...set, ...own];
    const { largestChange, gradient, norm } = defaults({}, settings, guideDefaults);
    const kinds = set.map(({ kind }) => kind);
    const ownTerms = own.map(({ term }) => term);
    const graph = () => this.graph(labels, kinds, ownTerms, settings?.setImages);
    const needs = needsOf(kinds, ipc);
    // Networks that have yet to learn are waited for at the first step; all else is looked at and checked now.
    const ready = needs.every((need) => this.taught.has(need));
    const first = ready ? graph() : this.compiled(labels, kinds, ownTerms, SET_IMAGES, placeholder);
    if (!ready) first.dispose();
    const { options, images } = first;
    const guide = guideBy(
      { options, images, at: (input) => graph().at(input) },
      {
        terms,
        imageVariance: isLatent(this.dataset) ? LATENT_VARIANCE : IMAGE_VARIANCE,
        largestChange,
        gradient,
        norm,
      },
    );
    return { ...guide, prepare: () => this.taught.prepare(needs, onProgress) };
  }

  dispose(): void {
    this.disposed = true;
    for (const graph of this.graphs.values()) graph.dispose();
    this.graphs.clear();
    this.taught.dispose();
    for (const reference of this.references.values()) disposeReference(reference);
    this.references.clear();
    for (const group of this.untrained ?? []) disposeFeatures(group);
    this.untrained = null;
  }

  private graph(
    labels: readonly number[],
    kinds: readonly Kind[],
    own: readonly Term[],
    setImages = SET_IMAGES,
  ): TermGraph {
    if (this.disposed) throw disposedOf();
    for (const term of own) if (!this.ownTerms.includes(term)) this.ownTerms.push(term);
    const key = JSON.stringify([labels, kinds, own.map((term) => this.ownTerms.indexOf(term)), setImages]);
    const graph = this.graphs.get(key) ?? this.compiled(labels, kinds, own, setImages);
    // The one asked for last is the last.
    this.graphs.delete(key);
    this.graphs.set(key, graph);
    keepNewest(this.graphs, (old) => old.dispose());
    return graph;
  }

  private compiled(
    labels: readonly number[],
    kinds: readonly Kind[],
    own: readonly Term[],
    setImages: number,
    standIn?: (name: string) => Term,
  ): TermGraph {
    const { ipc, groups } = imagesPerClass(labels);
    const classes = Array.from({ length: groups }, (_, k) => labels[k * ipc]);
    const bandwidths = classes.map((label) => this.classContext.bandwidth(label, ipc));
    const models = classes.map((label) => this.classContext.model(label, ipc));
    const temperatures = this.classContext.temperatures(classes, ipc);
    const real = (purpose: string, most: number) =>
      classes.map((label) => this.classContext.realImages(label, purpose, most));
    // Other graphs share these: they are made outside of the tidy, which takes what the terms alone hold; the graph has
    // its own handles of that.
    const by = setFeatures.find((features) => kinds.includes(`set by ${features}`));
    const shared = {
      set: by && !standIn ? this.setReference(classes, ipc, by, setImages) : null,
      network: kinds.includes("influence") && !standIn ? this.taught.influence() : null,
      answers: kinds.includes("cmi") ? classMeans(this.classifier, real("cmi", CMI_IMAGES)) : [],
    };
    const set = () => standIn?.("set") ?? setPrototype(shared.set as SetReference);
    let graph: TermGraph | null = null;
    tf.tidy(() => {
      const bounds: BoundTerms = {
        prototype: prototype(this.classifier, "x0"),
        mixture: { low: mixture(bandwidths, "low"), high: mixture(bandwidths, "high") },
        context: context(models, temperatures, "soft"),
      };
      const make: Readonly<Record<Kind, () => Term>> = {
        prototype: () => bounds.prototype,
        "prototype of x_t": () => prototype(this.classifier, "xt"),
        mixture: () => bounds.mixture.low,
        context: () => context(models, temperatures),
        cmi: () => cmi(this.classifier, shared.answers),
        "set by learners": set,
        "set by untrained": set,
        "set by mixed": set,
        mode: () => mode(this.classContext.prototypes(classes, ipc).data, this.dataset.shape),
        particle: () => particle(),
        deviation: () => deviation(),
        influence: () =>
          standIn?.("influence") ??
          influence(shared.network as TrainingNetwork, real("influence", INFLUENCE_IMAGES), classes),
      };
      graph = compileTerms({
        labels,
        shape: this.dataset.shape,
        terms: [...kinds.map((kind) => make[kind]()), ...own],
        bounds,
      });
    });
    return graph as unknown as TermGraph;
  }

  /** The classes that the set term tells apart: those of the set and, up to a number, others of the dataset. */
  private toldApart(classes: readonly number[]): number[] {
    const others = this.dataset.classes.map((_, label) => label).filter((label) => !classes.includes(label));
    return [...classes, ...others.slice(0, Math.max(0, SET_CLASSES - classes.length))].sort((a, b) => a - b);
  }

  /**
   * What the set term holds a set against: the classes of the set and, up to a number, others of the dataset, for
   * which real images stand.
   */
  private setReference(
    classes: readonly number[],
    ipc: number,
    by: SetFeatures,
    images: number,
  ): SetReference {
    const told = this.toldApart(classes);
    const key = `${by} ${classes.join()} ${told.join()} ${ipc} ${images}`;
    let reference = this.references.get(key);
    if (!reference) {
      const real = told.map((label) => this.classContext.realImages(label, "set", images));
      const most = Math.max(...real.map(({ shape }) => shape[0]));
      reference = setReference(this.setViews(by, ipc), {
        classes: told,
        // Each class counts as much, however few images it has.
        real: real.map((images) => repeatBatch(images, most)),
        standIns: told
          .filter((label) => !classes.includes(label))
          .map((label) => ({
            label,
            images: this.classContext.realImages(label, "stand-ins", Math.min(ipc, MOST_STAND_INS)),
          })),
      });
      this.references.set(key, reference);
      // A graph has its own handles of what it took from one.
      keepNewest(this.references, disposeReference);
    }
    return reference;
  }

  /** Groups of feature maps. */
  private setViews(by: SetFeatures, ipc: number): readonly (readonly FeatureMap[])[] {
    const { shape, name } = this.dataset;
    if (by === "untrained") {
      this.untrained ??= [randomFeatures(shape, new Seed("set features").child(name))];
      return this.untrained;
    }
    const learners = this.taught.learners(ipc);
    return by === "mixed" ? learners.map((group) => [...group, pixelFeatures(shape)]) : learners;
  }
}
