// What a page carries of the library's data, and how it becomes a distiller: the shipped models and what is stored of
// the real images. Plain JSON, with the files' own bytes in base64.
import { denoiserOf } from "../diffusion/denoiser";
import { Distiller } from "../distill/distiller";
import { StoredContext } from "../distill/storedContext";
import { classifierOf } from "../guidance/classifier";
import { type Checkpoint, checkpointFrom } from "../nn/checkpoint";
import { parseSafetensors } from "../nn/safetensorsBytes";
import type { PlaygroundSettings } from "./settings";

/** A .safetensors file. */
export interface EmbeddedFile {
  readonly name: string;
  readonly sha256: string;
  readonly base64: string;
}

export interface PageContent {
  readonly dataset: string;
  /** All classes, in label order. */
  readonly classes: readonly string[];
  /** Those that may be chosen. */
  readonly offered: readonly string[];
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Images per class that may be chosen. */
  readonly ipcs: readonly number[];
  readonly denoiser: EmbeddedFile;
  readonly classifier: EmbeddedFile;
  /** What `storeContext` gave. */
  readonly context: EmbeddedFile;
  /** The first step of a run where the page was written: the page's engine is held against it. */
  readonly reference: { readonly settings: PlaygroundSettings; readonly x0: readonly number[] };
  /** What computed the reference. */
  readonly writtenWith: string;
}

/** The distiller of a page: all that a notebook's is, with few of the images. The engine must have been started. */
export function openContent(content: PageContent): Distiller {
  const { dataset, classes, shape } = content;
  const none = { images: new Uint8Array(0), labels: new Uint8Array(0), count: 0 };
  return new Distiller(
    { name: dataset, classes, shape, train: none, test: none, source: "this page" },
    denoiserOf(checkpointIn(content.denoiser)),
    classifierOf(checkpointIn(content.classifier)),
    new StoredContext(parseSafetensors(bytesOf(content.context), content.context.name), shape),
  );
}

/** How an engine does beside the one that wrote the page. */
export interface Checked {
  /** Largest difference of the first step, over all pixels in [-1, 1]. */
  readonly difference: number;
  /** Of a step when all is prepared. */
  readonly milliseconds: number;
}

export async function check(distiller: Distiller, { reference }: PageContent): Promise<Checked> {
  const run = distiller.start(reference.settings);
  const { data } = (await run.step()).x0;
  const before = performance.now();
  await run.step();
  const milliseconds = performance.now() - before;
  const differences = reference.x0.map((value, i) => Math.abs(value - data[i]));
  return { difference: Math.max(...differences), milliseconds };
}

function checkpointIn(file: EmbeddedFile): Checkpoint {
  return checkpointFrom(parseSafetensors(bytesOf(file), file.name), { file: file.name, sha256: file.sha256 });
}

function bytesOf({ base64 }: EmbeddedFile): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
