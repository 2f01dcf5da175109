// What a set will be, before its first image: two runs with the same plan make the same bytes.
import { createHash } from "node:crypto";
import type { Dataset } from "../datasets/dataset";
import { isLatent } from "../diffusion/latents";
import type { WeightOrigin } from "../diffusion/weightOrigin";
import type { WeightedTerm } from "../guidance/term";
import type { Checkpoint } from "../nn/checkpoint";
import { engineInfo } from "../tensor/engine";
import { Seed } from "../tensor/random";
import type { Distiller } from "./distiller";
import { libraryVersion, type Manifest, manifestFormat } from "./manifest";
import { type Method, selects } from "./methods";
import type { SetOptions } from "./shards";

/** Training images, at least, that tell a dataset from another. */
const FINGERPRINTED = 500;

/** @throws if there is only the dataset */
export function distillerOf(source: Distiller | Dataset, method: Method): Distiller {
  if ("denoiser" in source) return source;
  throw new Error(`"${method}" samples: it needs a distiller, from open(), not the dataset alone.`);
}

/** The images of a set: those of the source; of one that samples latents, its pictures where real ones are selected. */
export function datasetOf(source: Distiller | Dataset, method: Method): Dataset {
  const dataset = "denoiser" in source ? source.dataset : source;
  return selects(method) && isLatent(dataset) ? dataset.pictures : dataset;
}

/** The manifest before the first image: all that decides the bytes of a set. */
export function plannedManifest(
  source: Distiller | Dataset,
  { method, ipc, seed, sampling, guidance, terms = [] }: SetOptions,
  judge: Checkpoint | null,
): Manifest {
  const dataset = datasetOf(source, method);
  const samples = "denoiser" in source && !selects(method);
  return {
    format: manifestFormat,
    igds: libraryVersion(),
    dataset: dataset.name,
    data: {
      shape: [...dataset.shape],
      sha256: fingerprint(isLatent(dataset) ? dataset.pictures : dataset),
    },
    classes: [...dataset.classes] as Manifest["classes"],
    ipc,
    method,
    settings: {
      ...(samples ? { sampling } : {}),
      ...(guidance ? { guidance: { ...guidance } } : {}),
      ...(terms.length > 0 ? { terms: terms.map(told) } : {}),
      ...(samples && isLatent(dataset) ? { autoencoder: named(dataset.autoencoder.identity()) } : {}),
    },
    seeds: { set: new Seed(seed).toString() },
    checkpoint: samples ? reference(source.denoiser.identity()) : null,
    classifier: samples ? reference(source.classifier.checkpoint) : judge && reference(judge),
    engine: samples
      ? { backend: engineInfo.backend, tensorflow: engineInfo.tensorflow, device: engineInfo.device }
      : null,
    finished: false,
    images: [],
  };
}

/** What a manifest can say of a term: not its code. */
function told({ term: { name }, weight, window }: WeightedTerm) {
  return { name, weight, ...(window ? { window: [...window] } : {}) };
}

/** Hash of the training labels and of evenly spaced images: datasets of one name and size may be different ones. */
export function fingerprint({ train: { labels, images, values, count } }: Dataset): string {
  const hash = createHash("sha256").update(Int32Array.from(labels));
  const pixels = values ?? images;
  const size = pixels.length / count;
  const every = Math.max(1, Math.floor(count / FINGERPRINTED));
  for (let i = 0; i < count; i += every) hash.update(pixels.subarray(i * size, (i + 1) * size));
  return hash.digest("hex");
}

function named({ file, sha256 }: WeightOrigin) {
  return { file: file.split(/[\\/]/).pop() as string, sha256 };
}

function reference(origin: Checkpoint | WeightOrigin) {
  if (!("recipe" in origin)) return { ...named(origin), ...(origin.as ? { as: origin.as } : {}) };
  const { config, recipe } = origin;
  return {
    ...named(origin),
    kind: config.kind,
    steps: recipe.steps,
    seed: recipe.seed,
    dataset: recipe.dataset,
  };
}
