// Images in Parquet files, as the Hugging Face hub keeps image datasets: columns image {bytes, path} and
// label, in shards named SPLIT-00000-of-00017.parquet, names of the classes in the footer. Read with
// hyparquet (MIT), which knows Parquet; what is here is which rows are where, and that no more than a few row
// groups are held.

import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import path from "node:path";
import zlib from "node:zlib";
import { DatasetError } from "./dataset";
import { few } from "./few";
import type { ImageBlocks } from "./imageList";

/** A module of the other kind, loaded when the first Parquet file is opened. */
type Hyparquet = typeof import("hyparquet", { with: { "resolution-mode": "import" }});
type AsyncBuffer = Awaited<ReturnType<Hyparquet["asyncBufferFromFile"]>>;
type FileMetaData = Awaited<ReturnType<Hyparquet["parquetMetadataAsync"]>>;

/** The shards of one split. */
export interface ParquetSplit {
  readonly count: number;
  /** As stored, before they are matched with any list of classes. */
  readonly labels: Int32Array;
  /** Names of the classes by label, where the file has them. */
  readonly names: readonly string[] | null;
  readonly blocks: ImageBlocks;
  /** The encoded picture of a row, and a name for messages. */
  picture(row: number): Promise<{ bytes: Uint8Array; name: string }>;
  identify(): string;
}

/** Which files are of which split. */
export interface ParquetFiles {
  readonly train: readonly string[];
  readonly test: readonly string[];
}

interface Shard {
  readonly file: string;
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly image: string;
  readonly label: string;
}

/** Row groups held at once, in bytes of the file. */
const HELD = 256e6;

/** As hubs call the test split, best first: the test split of ImageNet on the hub has no labels. */
const testNames = ["validation", "val", "valid", "test"];

/**
 * The Parquet files of a folder, of its folder `data` or of one for each split; null where there are none.
 * @throws DatasetError if a split or a shard is missing
 */
export async function findParquet(folder: string): Promise<ParquetFiles | null> {
  const inside = await Promise.all(
    ["", "data", "train", ...testNames].map(async (part) => {
      const names = await readdir(path.join(folder, part)).catch(() => []);
      return names.filter((name) => name.endsWith(".parquet")).map((name) => path.join(part, name));
    }),
  );
  const found = inside.flat().sort();
  if (found.length === 0) return null;
  const of = (split: string) =>
    found.filter((name) => name.split(path.sep).some((part) => new RegExp(`^${split}([-_.]|$)`).test(part)));
  const test = testNames.map(of).find((names) => names.length > 0) ?? [];
  const train = of("train");
  if (train.length === 0 || test.length === 0)
    throw new DatasetError(
      `${folder}: expected Parquet files named train-... and validation-... or test-..., found ${few(found)}`,
    );
  for (const names of [train, test]) checkShards(folder, names);
  const inFolder = (names: readonly string[]) => names.map((name) => path.join(folder, name));
  return { train: inFolder(train), test: inFolder(test) };
}

function checkShards(folder: string, names: readonly string[]): void {
  const total = /-of-(\d+)\.parquet$/.exec(names[0]!)?.[1];
  if (total === undefined || names.length === Number(total)) return;
  throw new DatasetError(
    `${folder}: expected ${Number(total)} shards as the name ${names[0]} says, found ${names.length}. ` +
      "Fetch the others.",
  );
}

/**
 * Opens the shards of a split: reads footers and labels, no picture.
 * @throws DatasetError if a file is damaged or has no columns of pictures and labels
 */
export async function openParquet(files: readonly string[]): Promise<ParquetSplit> {
  const shards = await Promise.all(files.map(openShard));
  const groups = shards.flatMap((shard) => {
    let start = 0;
    return shard.metadata.row_groups.map((group) => {
      const rows = Number(group.num_rows);
      const one = { shard, start, rows, bytes: Number(group.total_byte_size) };
      start += rows;
      return one;
    });
  });
  const starts = new Int32Array(groups.length);
  groups.forEach((group, i) => {
    if (i + 1 < groups.length) starts[i + 1] = starts[i]! + group.rows;
  });
  const count = groups.reduce((sum, { rows }) => sum + rows, 0);
  const largest = Math.max(...groups.map(({ bytes }) => bytes));
  const together = Math.max(1, Math.floor(HELD / Math.max(largest, 1)));
  const held = new Map<number, Promise<readonly Picture[]>>();
  const groupAt = (index: number): Promise<readonly Picture[]> => {
    let pictures = held.get(index);
    if (!pictures) {
      const { shard, start, rows } = groups[index]!;
      pictures = readColumn<Picture>(shard, shard.image, start, start + rows);
      held.set(index, pictures);
      pictures.catch(() => held.delete(index)); // the next row tries again
      const [oldest] = held.keys();
      if (held.size > together) held.delete(oldest!);
    }
    return pictures;
  };
  const labels = new Int32Array(count);
  for (let i = 0, at = 0; i < shards.length; i++) {
    const shard = shards[i]!;
    const rows = Number(shard.metadata.num_rows);
    const values = await readColumn<unknown>(shard, shard.label, 0, rows);
    labels.set(
      values.map((value, row) => {
        const label = typeof value === "bigint" ? Number(value) : value;
        if (typeof label === "number" && Number.isInteger(label)) return label;
        throw new DatasetError(
          `${shard.file}, row ${row}: expected a whole number as label, found ${JSON.stringify(value) ?? "none"}.`,
        );
      }),
      at,
    );
    at += rows;
  }
  return {
    count,
    labels,
    names: namesIn(shards[0]!.metadata, shards[0]!.label),
    blocks: { starts, together },
    async picture(row) {
      const index = blockOf(starts, row);
      const { shard, start } = groups[index]!;
      const within = row - starts[index]!;
      const picture = (await groupAt(index))[within];
      const name = `${shard.file}, row ${start + within}${picture?.path ? ` (${picture.path})` : ""}`;
      if (!picture?.bytes || picture.bytes.length === 0)
        throw new DatasetError(`${name}: expected the bytes of a picture, found none. Fetch the file again.`);
      return { bytes: picture.bytes, name };
    },
    identify() {
      const hash = createHash("sha256");
      for (const { file, buffer, metadata } of shards)
        hash.update(`${path.basename(file)} ${buffer.byteLength} ${metadata.num_rows}\n`);
      return hash.digest("hex");
    },
  };
}

interface Picture {
  readonly bytes?: Uint8Array | null;
  readonly path?: string | null;
}

async function openShard(file: string): Promise<Shard> {
  const { asyncBufferFromFile, parquetMetadataAsync } = await import("hyparquet");
  try {
    const buffer = await asyncBufferFromFile(file);
    const metadata = await parquetMetadataAsync(buffer);
    checkRows(metadata, buffer.byteLength);
    return { file, buffer, metadata, ...columnsOf(metadata) };
  } catch (error) {
    throw unreadable(file, error as Error);
  }
}

/** A damaged footer is not believed: it could ask for any amount of memory. */
function checkRows({ num_rows: all, row_groups: groups }: FileMetaData, bytes: number): void {
  const rows = groups.map(({ num_rows: own }) => Number(own));
  const sum = rows.reduce((a, b) => a + b, 0);
  if (sum !== Number(all) || rows.some((own) => own < 0) || sum > bytes)
    throw new Error(`expected row groups with ${all} rows in all, found ${sum} in a file of ${bytes} bytes`);
}

async function readColumn<T>(shard: Shard, column: string, rowStart: number, rowEnd: number): Promise<T[]> {
  const { parquetReadObjects } = await import("hyparquet");
  try {
    const rows = await parquetReadObjects({
      file: shard.buffer,
      metadata: shard.metadata,
      columns: [column],
      rowStart,
      rowEnd,
      compressors,
      utf8: false,
    });
    if (rows.length !== rowEnd - rowStart)
      throw new Error(`expected ${rowEnd - rowStart} values of ${column}, found ${rows.length}`);
    return rows.map((row) => row[column] as T);
  } catch (error) {
    throw unreadable(shard.file, error as Error);
  }
}

/** What hyparquet has not of its own and Node has; Zstandard needs a newer Node, LZ4 there is none. */
const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (bytes: Uint8Array) => Uint8Array };
const compressors = {
  GZIP: (bytes: Uint8Array) => zlib.gunzipSync(bytes),
  BROTLI: (bytes: Uint8Array) => zlib.brotliDecompressSync(bytes),
  ...(zstdDecompressSync ? { ZSTD: (bytes: Uint8Array) => zstdDecompressSync(bytes) } : {}),
};

/** The columns of pictures and of labels. */
function columnsOf({ schema }: FileMetaData): { image: string; label: string } {
  // The schema is a tree written in order: a group is followed by its children, and the first is the root.
  const groups = schema.flatMap((element, i) =>
    i > 0 &&
    element.num_children &&
    schema.slice(i + 1, i + 1 + element.num_children).some(({ name }) => name === "bytes")
      ? [element.name]
      : [],
  );
  const names = schema.map(({ name }) => name);
  const label = ["label", "labels", "fine_label", "cls"].find((name) => names.includes(name));
  if (!groups[0] || !label)
    throw new Error(`expected columns of pictures {bytes, path} and of labels, found ${few(names.slice(1))}`);
  return { image: groups[0], label };
}

/** Class names from what the library `datasets` writes into the footer. */
function namesIn({ key_value_metadata: entries = [] }: FileMetaData, column: string): string[] | null {
  const text = entries.find(({ key }) => key === "huggingface")?.value;
  if (!text) return null;
  try {
    const { info } = JSON.parse(text) as { info?: { features?: Record<string, { names?: unknown }> } };
    const names = info?.features?.[column]?.names;
    return Array.isArray(names) && names.every((name) => typeof name === "string") ? names : null;
  } catch {
    return null; // Somebody else's note.
  }
}

function unreadable(file: string, error: Error): DatasetError {
  const compression = /unsupported compression codec:? (\w+)/i.exec(error.message)?.[1];
  return new DatasetError(
    `${file}: cannot be read as Parquet (${error.message.trim()}). ` +
      (compression
        ? `Write it anew with Snappy, gzip or no compression.`
        : "Fetch it again, or name a folder with image datasets of the Hugging Face hub."),
    { cause: error },
  );
}

/** Which of the blocks that begin at `starts` holds a row. */
export function blockOf(starts: Int32Array, row: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! <= row) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
