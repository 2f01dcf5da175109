// What lies where in a zip archive whose entries are stored as they are, which is how PyTorch writes its files
// (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, with the 64-bit records). No library: the tensors of a
// file of gigabytes are read by their place in the file, and the directory must be checked before it is believed.

import type { ByteSource } from "./fileBytes";
import { quoted, WeightFileError } from "./weightTypes";

/** An entry; its bytes begin somewhat after `header`, see `zipEntryStart`. */
export interface ZipEntry {
  readonly name: string;
  /** Position of the local header. */
  readonly header: number;
  /** Bytes in the archive. */
  readonly size: number;
  /** Why its bytes are not what was put in, if so. */
  readonly packed: "compressed" | "encrypted" | null;
}

/** An archive that is damaged or not as PyTorch writes it. */
class ZipError extends WeightFileError {
  override readonly name = "ZipError";
}

/** Far more than a model with its optimiser needs; they bound memory for a hostile file. */
const limits = { entries: 500_000, directoryBytes: 64_000_000 };

const endSize = 22;
const longestComment = 0xffff;

interface Directory {
  readonly entries: number;
  readonly size: number;
  readonly start: number;
}

/**
 * Reads and checks the directory.
 * @returns entries by name
 * @throws ZipError if it is damaged, holds a name twice or overlapping entries
 */
export async function readZipDirectory(source: ByteSource): Promise<Map<string, ZipEntry>> {
  const directory = await findDirectory(source);
  if (directory.entries > limits.entries || directory.size > limits.directoryBytes)
    throw damaged(
      source,
      `its directory names ${directory.entries} entries in ${directory.size} bytes; at most ${limits.entries} in ${limits.directoryBytes} are read`,
    );
  const bytes = await source.read(directory.start, directory.size);
  const entries = new Map<string, ZipEntry>();
  const view = viewOf(bytes);
  let at = 0;
  for (let i = 0; i < directory.entries; i++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50)
      throw damaged(source, `entry ${i} of its directory is not one`);
    const nameEnd = at + 46 + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > bytes.length) throw damaged(source, `entry ${i} of its directory is cut short`);
    const name = Buffer.from(bytes.subarray(at + 46, nameEnd)).toString("utf8");
    if (entries.has(name)) throw damaged(source, `it names ${quoted(name)} twice`);
    const encrypted = (view.getUint16(at + 8, true) & 1) === 1;
    const packed = encrypted ? "encrypted" : view.getUint16(at + 10, true) !== 0 ? "compressed" : null;
    const fields = [
      view.getUint32(at + 24, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 42, true),
    ];
    const [size, stored, header] = wideFields(fields, view, nameEnd, extraEnd, () =>
      damaged(source, `the 64-bit fields of ${quoted(name)} are missing or too large`),
    );
    if (packed === null && size !== stored)
      throw damaged(
        source,
        `${quoted(name)} takes ${stored} bytes for ${size}, though it is stored as it is`,
      );
    entries.set(name, { name, header: header!, size: stored!, packed });
    at = next;
  }
  if (at !== bytes.length)
    throw damaged(source, `its directory takes ${bytes.length} bytes, but its entries only ${at}`);
  checkPlaces(source, [...entries.values()], directory.start);
  return entries;
}

/**
 * Where the bytes of an entry begin.
 * @throws ZipError if it is compressed or encrypted, or there is no entry where the directory says
 */
export async function zipEntryStart(source: ByteSource, entry: ZipEntry): Promise<number> {
  if (entry.packed)
    throw damaged(source, `${quoted(entry.name)} is ${entry.packed}, but PyTorch stores entries as they are`);
  const header = viewOf(await source.read(entry.header, 30));
  if (header.getUint32(0, true) !== 0x04034b50)
    throw damaged(source, `there is no entry at byte ${entry.header}, where ${quoted(entry.name)} should be`);
  const start = entry.header + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  if (start + entry.size > source.size)
    throw damaged(source, `${quoted(entry.name)} goes beyond the end of the file`);
  return start;
}

/** The record at the end of the file, and the 64-bit one before it if the file has one. */
async function findDirectory(source: ByteSource): Promise<Directory> {
  const tailLength = Math.min(source.size, endSize + longestComment);
  const tailStart = source.size - tailLength;
  const tail = viewOf(await source.read(tailStart, tailLength));
  let at = tailLength - endSize;
  while (
    at >= 0 &&
    !(tail.getUint32(at, true) === 0x06054b50 && tail.getUint16(at + 20, true) === tailLength - endSize - at)
  )
    at--;
  if (at < 0) throw damaged(source, "it has no directory at its end: it is cut short");
  const end = tailStart + at;
  let directory: Directory = {
    entries: tail.getUint16(at + 10, true),
    size: tail.getUint32(at + 12, true),
    start: tail.getUint32(at + 16, true),
  };
  let limit = end;
  if (end >= 20) {
    const locator = viewOf(await source.read(end - 20, 20));
    if (locator.getUint32(0, true) === 0x07064b50) {
      limit = wide(locator, 8);
      if (!(limit + 56 <= end - 20)) throw damaged(source, "its 64-bit directory record is not in the file");
      const record = viewOf(await source.read(limit, 56));
      if (record.getUint32(0, true) !== 0x06064b50)
        throw damaged(source, "its 64-bit directory record is not one");
      directory = { entries: wide(record, 32), size: wide(record, 40), start: wide(record, 48) };
    }
  }
  if (!(directory.start + directory.size <= limit))
    throw damaged(
      source,
      `its directory should lie at bytes ${directory.start} to ${directory.start + directory.size} of ${limit}`,
    );
  return directory;
}

/** Replaces fields that are all ones by those of the 64-bit extra field, which has only these, in this order. */
function wideFields(
  fields: readonly number[],
  view: DataView,
  start: number,
  end: number,
  fault: () => ZipError,
): number[] {
  if (fields.every((field) => field !== 0xffffffff)) return [...fields];
  let at = start;
  while (at + 4 <= end && view.getUint16(at, true) !== 1) at += 4 + view.getUint16(at + 2, true);
  if (at + 4 > end) throw fault();
  const extraEnd = at + 4 + view.getUint16(at + 2, true);
  at += 4;
  return fields.map((field) => {
    if (field !== 0xffffffff) return field;
    if (at + 8 > extraEnd || extraEnd > end) throw fault();
    const value = wide(view, at);
    at += 8;
    if (!Number.isSafeInteger(value)) throw fault();
    return value;
  });
}

/** Every entry lies before the directory, and none over another: the bytes of the file are used once. */
function checkPlaces(source: ByteSource, entries: ZipEntry[], directoryStart: number): void {
  const inOrder = entries.sort((a, b) => a.header - b.header);
  for (const [i, { name, header, size }] of inOrder.entries()) {
    const next = inOrder[i + 1]?.header ?? directoryStart;
    if (header + 30 + size > next)
      throw damaged(
        source,
        `${quoted(name)} of ${size} bytes at byte ${header} reaches beyond byte ${next}, where the next part begins`,
      );
  }
}

/** A 64-bit number; beyond 2^53 it is rounded, and larger than any file. */
function wide(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function damaged({ name }: ByteSource, fault: string): ZipError {
  return new ZipError(
    `${name} is not a zip archive as PyTorch writes them: ${fault}. Fetch or write it again.`,
  );
}
