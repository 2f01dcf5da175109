// From the project's files to what a page carries (content.ts).
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { ClassContext } from "../distill/classContext";
import type { Distiller } from "../distill/distiller";
import { guidanceDefaults } from "../distill/settings";
import { storeContext } from "../distill/storedContext";
import type { Checkpoint } from "../nn/checkpoint";
import { safetensorsChunks } from "../nn/safetensorsBytes";
import { engineInfo } from "../tensor/engine";
import type { EmbeddedFile, PageContent } from "./content";
import { type PlaygroundSettings, pageSetTerm } from "./settings";

export interface ExportOptions {
  /** Images per class that the page shall offer. */
  readonly ipcs?: readonly number[];
  /** Classes that it shall offer. Default: all. */
  readonly classes?: readonly string[];
}

const exportDefaults = { ipcs: [1, 2, 3, 5, 10] } as const;

/** @throws if the distiller's models have no files, or its context does not come from images */
export async function exportContent(distiller: Distiller, options: ExportOptions = {}): Promise<PageContent> {
  const { dataset, denoiser, classifier, classContext } = distiller;
  const { ipcs } = { ...exportDefaults, ...options };
  const classes = options.classes ?? dataset.classes;
  if (!denoiser.checkpoint || !(classContext instanceof ClassContext))
    throw new Error("Expected a distiller of checkpoints and a dataset, as igds.open() gives it.");
  // The set term tells those classes from all others.
  const stored = storeContext(classContext, distiller.classIndices(), ipcs, {
    set: pageSetTerm.setImages,
    "stand-ins": Math.max(...ipcs),
  });
  const context = Buffer.concat(safetensorsChunks(stored.tensors, { metadata: stored.metadata }));
  const settings: PlaygroundSettings = {
    classes: classes.slice(0, 1),
    ipc: ipcs.find((ipc) => ipc > 1) ?? 1,
    seed: 0,
    steps: 50,
    weight: guidanceDefaults.weight,
    beta: 1,
    contextual: "mixture",
    setWeight: 0, // engines are compared by what is quick to prepare
    ...pageSetTerm,
  };
  const { x0 } = await distiller.start(settings).step();
  return {
    dataset: dataset.name,
    classes: dataset.classes,
    offered: classes,
    shape: dataset.shape,
    ipcs,
    denoiser: await fileOf(denoiser.checkpoint),
    classifier: await fileOf(classifier.checkpoint),
    context: embedded(`${dataset.name}-context.safetensors`, context),
    reference: { settings, x0: Array.from(x0.data, (value) => Number(value.toFixed(6))) },
    writtenWith: engineInfo.tensorflow
      ? `TensorFlow ${engineInfo.tensorflow}`
      : `TensorFlow.js, ${engineInfo.backend}`,
  };
}

async function fileOf({ file }: Checkpoint): Promise<EmbeddedFile> {
  return embedded(path.basename(file), await readFile(file));
}

function embedded(name: string, bytes: Buffer): EmbeddedFile {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { name, sha256, base64: bytes.toString("base64") };
}
