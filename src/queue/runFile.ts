// What the shards of one set have in common: written once beside the set by the one who wants it, read by every worker.
// Its hash is in every job, so a worker that would make other bytes finds out before it makes any.
import { createHash } from "node:crypto";
import sharp from "sharp";
import { z } from "zod";
import { classSlugs, type Dataset } from "../datasets/dataset";
import { setOptions } from "../distill/distill";
import type { Distiller } from "../distill/distiller";
import { differencesBetween, type Manifest, manifestSchema } from "../distill/manifest";
import { methods } from "../distill/methods";
import { plannedManifest } from "../distill/plan";
import { optionsOf, type SamplingSettings } from "../distill/settings";
import type { SetOptions } from "../distill/shards";
import { Seed } from "../tensor/random";
import { parsed } from "./parsed";

/** Changes when older workers would misread the file. */
const FORMAT = 1;
/** Larger files are not read: 1,000 class names take 20 kB. */
export const LARGEST_RUN_FILE = 16 * 2 ** 20;
/** Images of the train split that stand for all of them in the hash of the data. */
const SAMPLED_IMAGES = 2000;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A name that can stand in a path as one part of it. */
export const nameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, {
  error: "expected at most 100 letters, digits, dots, underscores and hyphens",
});

/** What the bytes depend on besides the plan: data, arithmetic and encoder of the machine. */
const makerSchema = z.strictObject({ data: sha256, arithmetic: sha256, encoder: z.string().max(200) });
type Maker = z.infer<typeof makerSchema>;

/** A setting may be anything that JSON can say: the library checks it where it is used. */
const settingsSchema = z.record(z.string(), z.json());

const runSchema = z.strictObject({
  format: z.literal(FORMAT),
  /** The dataset by the name that opens it. */
  dataset: nameSchema,
  method: z.enum(methods),
  ipc: z.int().min(1).max(10_000),
  seed: z.union([z.string().max(1000), z.number()]),
  sampling: settingsSchema,
  guidance: settingsSchema.nullable(),
  /** The manifest before the first image. */
  planned: manifestSchema,
  maker: makerSchema,
});

export type RunFile = z.infer<typeof runSchema>;

/** A worker that must not do a job, as its bytes would differ: the job is for another one. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/**
 * What `open` gives: data and networks of this worker.
 * @throws Refusal where it fails, as with missing files: another worker may have them
 */
export async function orRefuse<T>(what: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    throw new Refusal(
      `This worker cannot open ${what}: ${(error as Error).message}\nMend the cause, and start it again.`,
      { cause: error },
    );
  }
}

/** @returns the file's text, and the hash that names the run */
export function runFile(
  dataset: string,
  source: Distiller,
  { method, ipc, seed, sampling, guidance }: SetOptions,
  planned: Manifest,
): { readonly text: string; readonly run: string } {
  const plain = (value: object) => JSON.parse(JSON.stringify(value)) as Record<string, z.core.util.JSONType>;
  const content: RunFile = runSchema.parse({
    format: FORMAT,
    dataset,
    method,
    ipc,
    seed,
    sampling: plain(sampling),
    guidance: guidance && plain(guidance),
    planned,
    maker: makerOf(source),
  });
  const text = `${JSON.stringify(content, null, 2)}\n`;
  return { text, run: hashOfRun(text) };
}

/** 32 hexadecimal digits that name the run. */
function hashOfRun(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

/** Reads the file. @throws if it is damaged, or not the one of that hash */
export function parseRun(text: string, run: string): RunFile {
  if (hashOfRun(text) !== run)
    throw new Error(`The run file does not have the hash ${run} that the job names: it was changed.`);
  const content = parsed(runSchema, JSON.parse(text), "The run file");
  classSlugs(content.planned.classes); // refuses names that give no folder, or the same one
  return content;
}

/** The settings of a run, checked once more by the library's own rules. */
function settingsOf({ method, ipc, seed, sampling, guidance }: RunFile): SetOptions {
  return setOptions({
    method,
    ipc,
    seed,
    ...(sampling as unknown as SamplingSettings),
    ...(guidance ? optionsOf(guidance) : {}),
  });
}

/**
 * Compares what this machine would make with what the run asks for.
 * @throws Refusal naming each difference: weights, version, engine, data, arithmetic
 */
export function checkWorker(run: RunFile, source: Distiller): SetOptions {
  const settings = settingsOf(run);
  const differences = differencesBetween(plannedManifest(source, settings, null), run.planned);
  const own = makerOf(source);
  for (const name of ["data", "arithmetic", "encoder"] as const)
    if (own[name] !== run.maker[name])
      differences.push(`${meanings[name]}: found ${own[name]}, expected ${run.maker[name]}`);
  if (differences.length > 0)
    throw new Refusal(
      `This worker would make other bytes than the set is made of:\n${differences.map((line) => `  - ${line}`).join("\n")}\n` +
        "Give it the same weights, version and kind of machine as the one that runs igds distill, and start it again.",
    );
  return settings;
}

const meanings: Readonly<Record<keyof Maker, string>> = {
  data: "images of the dataset (SHA-256)",
  arithmetic: "last bits of the denoiser's answer on this processor (SHA-256)",
  encoder: "PNG encoder",
};

const makers = new WeakMap<Distiller, Maker>();

/** What the bytes of this process depend on besides the plan; found once for each distiller. */
function makerOf(source: Distiller): Maker {
  let maker = makers.get(source);
  if (!maker) {
    const { sharp: binding, vips } = sharp.versions;
    maker = {
      data: hashOfData(source.dataset),
      arithmetic: hashOfArithmetic(source),
      encoder: `sharp ${binding}, libvips ${vips}`,
    };
    makers.set(source, maker);
  }
  return maker;
}

function hashOfData({ train, shape }: Dataset): string {
  const hash = createHash("sha256").update(JSON.stringify([train.count, shape]));
  hash.update(bytesOf(train.labels));
  const size = shape.reduce((a, b) => a * b, 1);
  const every = Math.max(1, Math.floor(train.count / SAMPLED_IMAGES));
  const pixels = train.values ?? train.images;
  for (let i = 0; i < train.count; i += every)
    hash.update(bytesOf(pixels.subarray(i * size, (i + 1) * size)));
  return hash.digest("hex");
}

/** Processors add in different orders: machines whose answer differs in the last bit would make another set. */
function hashOfArithmetic({ denoiser, dataset }: Distiller): string {
  const [height, width, channels] = dataset.shape;
  const data = new Seed("arithmetic").normal(height * width * channels);
  const epsilon = denoiser.epsilon(
    { data, shape: [1, height, width, channels] },
    { t: 500, labels: Int32Array.of(0), guidanceScale: 1 },
  );
  return createHash("sha256").update(bytesOf(epsilon)).digest("hex");
}

function bytesOf(values: Uint8Array | Uint16Array | Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
