// manifest.json of a distilled set: what it was made of and how, and every image that is finished. It is written
// again after each image or batch, so a killed run reads it and goes on.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { checkPlainFile } from "../datasets/insideFolder";
import { writeFileAtomic } from "../tensor/atomicFile";
import { readTextIfThere } from "../tensor/textFile";

/** Changes when older readers would misread the file. */
export const manifestFormat = 1;

/** The file's name inside the folder of the set. */
export const manifestName = "manifest.json";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "expected 64 hexadecimal digits");

export const ledgerEntrySchema = z.strictObject({
  /** Time step of the noise level. */
  t: z.int().nonnegative(),
  /** log q(y|x0hat) + ln C. */
  prototype: z.number(),
  /** Information part of the mixture sandwich on H(X|Y). */
  contextual: z.strictObject({ low: z.number(), high: z.number() }),
  /** KL(q(z|x0hat, y) || its mean over the class). */
  context: z.number(),
});

const manifestImageSchema = z.strictObject({
  /** Path from the folder of the set down, with forward slashes. */
  file: z
    .string()
    .refine(
      (file) => file.split("/").every((part) => !["", ".", ".."].includes(part)) && !file.includes("\\"),
      {
        error: "expected a path below the folder, such as bag/0.png",
      },
    ),
  /** Class name, one of `classes`. */
  class: z.string(),
  /** Number within the class, below the IPC. */
  index: z.int().nonnegative(),
  /** Of the file's bytes. */
  sha256,
  /** For a selected real image: its place in the dataset's train split. */
  source: z.int().nonnegative().optional(),
  /** For a sampled image: its bounds, one entry for each step that recorded them. */
  ledger: z.array(ledgerEntrySchema).optional(),
});

const checkpointReferenceSchema = z.looseObject({
  /** Its name, without a folder. */
  file: z.string(),
  /** Of its bytes, 64 hexadecimal digits. */
  sha256,
});

export const manifestSchema = z.strictObject({
  /** Of the file. */
  format: z.literal(manifestFormat),
  /** Version of this library. */
  igds: z.string(),
  /** Name of the dataset. */
  dataset: z.string(),
  /** Size of the images, and a hash of labels and images of the dataset; sets of before this was kept have none. */
  data: z.strictObject({ shape: z.array(z.int().positive()).length(3), sha256 }).optional(),
  /** Class names in label order. */
  classes: z.array(z.string()).nonempty(),
  /** Images per class. */
  ipc: z.int().positive(),
  /** Name of the method. */
  method: z.string(),
  /** All settings, with their values, also those left at their defaults. */
  settings: z.record(z.string(), z.json()),
  /** Seeds by purpose, as paths (`Seed.toString`). */
  seeds: z.record(z.string(), z.string()),
  /** The denoiser; null where real images were selected. */
  checkpoint: checkpointReferenceSchema.nullable(),
  /** The time-conditional classifier of guided sampling, or the one in whose features images were selected. */
  classifier: checkpointReferenceSchema.nullable().optional(),
  /** What computed the images; null where nothing did. */
  engine: z
    .looseObject({ backend: z.string(), tensorflow: z.string().nullable(), device: z.string() })
    .nullable(),
  /** Whether every class has its `ipc` images. */
  finished: z.boolean(),
  /** Those that are finished, in label order. */
  images: z.array(manifestImageSchema),
});

/**
 * The bounds of one image at one denoising step, in nats.
 * @interface
 */
export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;
/**
 * One finished image.
 * @interface
 */
export type ManifestImage = z.infer<typeof manifestImageSchema>;
/**
 * A weight file that took part; more may stand beside name and hash.
 * @interface
 */
export type CheckpointReference = z.infer<typeof checkpointReferenceSchema>;
/**
 * What manifest.json says of a set: method, settings, seeds, hashes, and the ledger of each image.
 * @interface
 */
export type Manifest = z.infer<typeof manifestSchema>;

/** A manifest that is missing, damaged, or of another run. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
}

/** The version of this library, for `Manifest.igds`. */
export function libraryVersion(): string {
  const file = path.resolve(__dirname, "..", "..", "package.json"); // src/distill and dist/distill lie equally deep
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, "utf8"))).version;
}

/**
 * Reads the manifest of the set in `folder`, finished or not.
 * @throws ManifestError if there is none, or it is damaged.
 * @example
 * await igds.distillInto("out/random-1", dataset, { method: "random", ipc: 1 });
 * (await igds.readManifest("out/random-1")).method; // "random"
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const manifest = await findManifest(folder);
  if (manifest) return manifest;
  throw new ManifestError(
    `${folder}: expected a distilled set with a file ${manifestName}, found none. ` +
      "Make one with: igds distill --out FOLDER",
  );
}

/** As `readManifest`, but null if there is no manifest: a run may begin there. */
export async function findManifest(folder: string): Promise<Manifest | null> {
  const file = path.join(folder, manifestName);
  // Whoever made the set: a pipe would be waited at for ever.
  if (existsSync(file)) await checkPlainFile(folder, file);
  const text = await readTextIfThere(file);
  if (text === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(file, `it is not JSON (${(error as Error).message})`);
  }
  const newer = z.object({ format: z.int().gt(manifestFormat) }).safeParse(value);
  if (newer.success) {
    throw new ManifestError(
      `${file}: expected format ${manifestFormat}, found ${newer.data.format}: a newer version of this library ` +
        "wrote it. Update the library.",
    );
  }
  return checked(value, (fault) => damaged(file, fault));
}

/**
 * Writes the manifest, whole or not at all, its images in label order. The same content gives the same bytes.
 * @throws ManifestError if the content contradicts itself.
 */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const file = path.join(folder, manifestName);
  const wrong = (fault: string) =>
    new ManifestError(`${file} was not written, as its content is wrong: ${fault}`);
  const { images: _, ...rest } = parsed(manifestSchema, { ...manifest, images: [] }, wrong);
  checkImages(manifest, wrong);
  const places = new Map(manifest.classes.map((name, label) => [name, label]));
  const label = (image: ManifestImage) => places.get(image.class) as number;
  const sorted = [...manifest.images].sort((a, b) => label(a) - label(b) || a.index - b.index);
  // One line per image: a set of thousands stays readable, and two sets can be compared line by line.
  const lines = sorted
    .map((image, i) => `\n    ${lineOf(image, (fault) => wrong(`images[${i}].${fault}`))}`)
    .join(",");
  const head = JSON.stringify(rest, null, 2).slice(0, -2);
  await writeFileAtomic(file, `${head},\n  "images": [${lines}${lines ? "\n  " : ""}]\n}\n`);
}

/**
 * Checks that a run can go on with what an earlier one left: everything but the images must be the same.
 * @throws ManifestError naming each difference.
 */
export function checkSameRun(folder: string, earlier: Manifest, planned: Manifest): void {
  const differences = differencesBetween(earlier, planned);
  if (differences.length === 0) return;
  throw new ManifestError(
    `${folder} holds a set that was made in another way:\n${differences.map((line) => `  - ${line}`).join("\n")}\n` +
      "Choose another folder, or the settings of that set to go on with it, or delete the folder.",
  );
}

/** What two manifests differ in, apart from their images: one line for each difference. */
export function differencesBetween(found: Manifest, expected: Manifest): string[] {
  const differences: string[] = [];
  // What one of them does not tell cannot differ.
  const untold = found.data === undefined || expected.data === undefined;
  compare("", withoutProgress(found, untold), withoutProgress(expected, untold), differences);
  return differences;
}

function withoutProgress({ images: _, finished: __, data, ...run }: Manifest, untold: boolean): unknown {
  return untold ? run : { ...run, data };
}

function compare(name: string, earlier: unknown, planned: unknown, differences: string[]): void {
  if (isRecord(earlier) && isRecord(planned)) {
    for (const key of new Set([...Object.keys(earlier), ...Object.keys(planned)])) {
      compare(name === "" ? key : `${name}.${key}`, earlier[key], planned[key], differences);
    }
  } else if (JSON.stringify(earlier) !== JSON.stringify(planned)) {
    differences.push(
      `${name}: found ${JSON.stringify(earlier) ?? "nothing"}, expected ${JSON.stringify(planned) ?? "nothing"}`,
    );
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The lines of images that were written before: a growing set checks and prints each image once. */
const known = new WeakMap<ManifestImage, string>();

function lineOf(image: ManifestImage, wrong: (fault: string) => ManifestError): string {
  const line = known.get(image) ?? JSON.stringify(parsed(manifestImageSchema, image, wrong));
  known.set(image, line);
  return line;
}

function checked(value: unknown, wrong: (fault: string) => ManifestError): Manifest {
  const manifest = parsed(manifestSchema, value, wrong);
  checkImages(manifest, wrong);
  return manifest;
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, wrong: (fault: string) => ManifestError): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.slice(0, 5).map(({ path: where, message }) => {
    const place = where.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
    return `${place.replace(/^\./, "") || "the whole file"}: ${message}`;
  });
  throw wrong(faults.join("; "));
}

/** What the schema cannot say: images against classes and IPC, and against each other. */
function checkImages(
  { images, classes, ipc, finished }: Manifest,
  wrong: (fault: string) => ManifestError,
): void {
  const seen = new Set<string>();
  const known = new Set(classes);
  for (const image of images) {
    const place = `${image.class}, image ${image.index}`;
    if (!known.has(image.class)) throw wrong(`${image.file} is of an unknown class "${image.class}"`);
    if (image.index >= ipc) throw wrong(`${image.file} is number ${image.index}, but IPC is ${ipc}`);
    for (const key of [image.file, place]) {
      if (seen.has(key)) throw wrong(`${key} stands in it twice`);
      seen.add(key);
    }
  }
  if (finished && images.length !== classes.length * ipc) {
    throw wrong(
      `it says that the set is finished, but has ${images.length} images of ${classes.length} classes x ${ipc}`,
    );
  }
}

function damaged(file: string, fault: string): ManifestError {
  return new ManifestError(
    `${file} is not a valid manifest: ${fault}. Restore the file, or delete the folder and make the set again.`,
  );
}
