// A finished shard as a file: the bytes of its images, with their ledgers.
import { createHash } from "node:crypto";
import { z } from "zod";
import { classSlug } from "../datasets/dataset";
import type { EncodedImage } from "../datasets/imageFolder";
import { ledgerEntrySchema } from "../distill/manifest";
import type { FinishedShard } from "../distill/shardMaker";
import { parsed } from "./parsed";

/** Longer files are not read; 100 images of 512 x 512 take 70 MB. */
export const LARGEST_PART = 500 * 2 ** 20;
/** Of one PNG file in base64. */
const LARGEST_IMAGE = 50 * 2 ** 20;

const partSchema = z.strictObject({
  run: z.string(),
  shard: z.int(),
  images: z.array(
    z.strictObject({
      label: z.int().nonnegative(),
      index: z.int().nonnegative(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      png: z.base64().max(LARGEST_IMAGE),
      ledger: z.array(ledgerEntrySchema).max(1000),
    }),
  ),
});

/** Name of the file of a shard. */
export function partName(shard: number): string {
  return `shard-${shard}.json`;
}

/** The shard that a file is named by, null for other files. */
export function shardOfPart(name: string): number | null {
  const number = /^shard-(\d{1,9})\.json$/.exec(name)?.[1];
  return number === undefined ? null : Number(number);
}

/** The text of the file. */
export function writePart(run: string, shard: number, { images, ledgers = [] }: FinishedShard): string {
  const entries = images.map(({ label, index, sha256, png }, i) => ({
    label,
    index,
    sha256,
    png: Buffer.from(png).toString("base64"),
    ledger: ledgers[i] ?? [],
  }));
  return `${JSON.stringify({ run, shard, images: entries })}\n`;
}

/** What a part must be. */
export interface ExpectedPart {
  readonly run: string;
  readonly shard: number;
  /** All classes of the set. */
  readonly classes: readonly string[];
  /** Those of the shard, by index. */
  readonly labels: readonly number[];
  readonly ipc: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Reads the file. Nothing in it names a path: where an image goes follows from its class and number, which must be those of
 * the shard.
 * @throws if it is damaged, or of another shard
 */
export function readPart(text: string, expected: ExpectedPart): FinishedShard {
  const { run, shard, classes, labels, ipc } = expected;
  const part = parsed(partSchema, JSON.parse(text), "The part");
  if (part.run !== run || part.shard !== shard)
    throw new Error(`Expected shard ${shard} of run ${run}, found shard ${part.shard} of run ${part.run}.`);
  if (part.images.length !== labels.length * ipc)
    throw new Error(`Expected ${labels.length * ipc} images, found ${part.images.length}.`);
  const images = part.images.map(({ label, index, sha256, png }, i): EncodedImage => {
    const place = { label: labels[Math.floor(i / ipc)], index: i % ipc };
    if (label !== place.label || index !== place.index)
      throw new Error(
        `Image ${i}: expected class ${place.label}, number ${place.index}, found ${label}, ${index}.`,
      );
    const bytes = Buffer.from(png, "base64");
    if (createHash("sha256").update(bytes).digest("hex") !== sha256)
      throw new Error(`Image ${i} does not have its SHA-256: it is damaged.`);
    checkPng(bytes, expected, i);
    return { file: `${classSlug(classes[label])}/${index}.png`, label, index, sha256, png: bytes };
  });
  return { images, ledgers: part.images.map(({ ledger }) => ledger) };
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** The first bytes say that it is a PNG, and of what size: https://www.w3.org/TR/png-3/#5PNG-file-signature */
function checkPng(bytes: Buffer, { height, width }: ExpectedPart, i: number): void {
  if (
    bytes.length < 33 ||
    !bytes.subarray(0, 8).equals(signature) ||
    bytes.toString("latin1", 12, 16) !== "IHDR"
  )
    throw new Error(`Image ${i} is not a PNG file.`);
  const found = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  if (found[0] !== width || found[1] !== height)
    throw new Error(`Image ${i}: expected ${width} x ${height} pixels, found ${found.join(" x ")}.`);
}
