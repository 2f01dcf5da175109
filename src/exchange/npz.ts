// NumPy's .npz: a zip archive of .npy files, stored or deflated (numpy/lib/format.py describes the format).

import { lstat } from "node:fs/promises";
import { promisify } from "node:util";
import { inflateRaw } from "node:zlib";
import { type ByteSource, openBytes } from "../nn/fileBytes";
import { toFloat32 } from "../nn/weightNumbers";
import { elementCount, WeightFileError, type WeightType, weightBytes } from "../nn/weightTypes";
import { readZipDirectory, type ZipEntry, zipEntryStart } from "../nn/zipDirectory";
import { writeFileAtomic } from "../tensor/atomicFile";
import { arrayBytes, ExchangeError, type NumberArray } from "./arrays";
import { crc32, zipArchive } from "./zipWriter";

const inflate = promisify(inflateRaw);

const magic = Buffer.from("\x93NUMPY", "latin1");

/** NumPy's names of types, without the byte order. */
const types: Readonly<Record<string, WeightType>> = {
  u1: "U8",
  b1: "BOOL",
  i1: "I8",
  i2: "I16",
  i4: "I32",
  i8: "I64",
  f2: "F16",
  f4: "F32",
  f8: "F64",
};
const named = { uint8: "|u1", float32: "<f4", int64: "<i8" } as const;

/** An array of a file, its numbers as float32: exact for bytes, labels and all that images need. */
export interface ReadArray {
  readonly shape: readonly number[];
  readonly dtype: WeightType;
  readonly data: Float32Array;
}

/** Arrays of one file may take this many bytes together, so that a short hostile file cannot ask for all memory. */
const MOST_BYTES = 2 ** 32;

/**
 * For one who is about to write a file: what has that name now would be lost, and one that is named otherwise is not found to
 * be an .npz when it is read.
 * @throws ExchangeError unless the name ends in .npz and nothing has it
 */
export async function checkNewNpz(file: string): Promise<void> {
  if (!file.endsWith(".npz"))
    throw new ExchangeError(`${file}: expected a name that ends in .npz, such as ${file}.npz`);
  const there = await lstat(file).catch(() => null); // a folder that cannot be looked into says so when the file is written
  if (there) throw new ExchangeError(`${file} is there already. Choose another name, or delete it.`);
}

/** Writes arrays under their names, stored. @throws RangeError for more than 4 GiB */
export async function writeNpz(file: string, arrays: Readonly<Record<string, NumberArray>>): Promise<void> {
  const parts = Object.entries(arrays).map(([name, array]) => ({ name: `${name}.npy`, bytes: npyOf(array) }));
  await writeFileAtomic(file, ...zipArchive(parts));
}

/**
 * Reads the arrays of a file.
 * @throws ExchangeError if it is not an .npz file, is damaged, or holds what no numbers are
 */
export async function readNpz(file: string): Promise<Map<string, ReadArray>> {
  const source = await openBytes(file);
  try {
    const arrays = new Map<string, ReadArray>();
    let left = MOST_BYTES;
    for (const entry of (await readZipDirectory(source)).values()) {
      if (!entry.name.endsWith(".npy"))
        throw new ExchangeError(`${file}: expected .npy files in it, found ${JSON.stringify(entry.name)}`);
      const name = entry.name.slice(0, -".npy".length);
      const bytes = await entryBytes(source, entry, left);
      left -= bytes.length;
      arrays.set(name, arrayOf(bytes, `${file}, array ${JSON.stringify(name)}`));
    }
    return arrays;
  } catch (error) {
    if (error instanceof WeightFileError)
      throw new ExchangeError(
        `${file} is not an .npz file, or it is cut short (${error.message}). Write or fetch it again.`,
        { cause: error },
      );
    throw error;
  } finally {
    await source.close();
  }
}

/** The bytes of an entry, at most `most`, inflated if need be and checked by their sum. */
async function entryBytes(source: ByteSource, entry: ZipEntry, most: number): Promise<Uint8Array> {
  if (entry.packed === "encrypted")
    throw new ExchangeError(`${source.name}: ${JSON.stringify(entry.name)} is encrypted; write it without`);
  const start = await zipEntryStart(source, { ...entry, packed: null });
  const packed = await source.read(start, entry.size);
  const header = Buffer.from(await source.read(entry.header, 30));
  const method = header.readUInt16LE(8);
  if (method !== 0 && method !== 8)
    throw new ExchangeError(
      `${source.name}: ${JSON.stringify(entry.name)} is packed by method ${method}; expected stored or deflated ` +
        "(np.savez, np.savez_compressed)",
    );
  const bytes =
    method === 0
      ? packed
      : await inflate(packed, { maxOutputLength: Math.max(1, most) }).catch((error: Error) => {
          throw new ExchangeError(
            `${source.name}: ${JSON.stringify(entry.name)} cannot be unpacked (${error.message})`,
            { cause: error },
          );
        });
  // Where the sums follow the data, the header has none (bit 3 of the flags).
  if ((header.readUInt16LE(6) & 8) === 0 && header.readUInt32LE(14) !== crc32(bytes))
    throw new ExchangeError(
      `${source.name}: ${JSON.stringify(entry.name)} is damaged: its checksum is wrong`,
    );
  return bytes;
}

function npyOf(array: NumberArray): Uint8Array {
  const shape = array.shape.length === 1 ? `${array.shape[0]},` : array.shape.join(", ");
  const text = `{'descr': '${named[array.type]}', 'fortran_order': False, 'shape': (${shape}), }`;
  const filling = 63 - ((10 + text.length) % 64);
  const header = Buffer.from(`${text}${" ".repeat(filling)}\n`, "latin1");
  const start = Buffer.alloc(10);
  magic.copy(start);
  start.writeUInt8(1, 6);
  start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, header, arrayBytes(array)]);
}

function arrayOf(bytes: Uint8Array, name: string): ReadArray {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < 12 || !file.subarray(0, 6).equals(magic))
    throw new ExchangeError(`${name} is not an .npy file, as it does not begin with NUMPY`);
  const long = file[6]! >= 2;
  const headerStart = long ? 12 : 10;
  const end = headerStart + (long ? file.readUInt32LE(8) : file.readUInt16LE(8));
  const header = file.subarray(headerStart, end).toString("latin1");
  const found =
    /^\{\s*'descr':\s*'([<|>=]?)(\w+)',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(([\d\s,]*)\),?\s*\}\s*$/.exec(
      header,
    );
  if (!found)
    throw new ExchangeError(
      `${name} has a header that is not read here: ${JSON.stringify(header.slice(0, 200))}`,
    );
  const [, order, kind, fortran, sizes] = found as unknown as [string, string, string, string, string];
  const dtype = types[kind];
  if (!dtype || order === ">" || fortran === "True")
    throw new ExchangeError(
      `${name} holds ${order}${kind}${fortran === "True" ? " column by column" : ""}; expected bytes, whole numbers or ` +
        "floats, little-endian and row by row (np.ascontiguousarray)",
    );
  const shape = sizes
    .split(",")
    .map((size) => size.trim())
    .filter((size) => size !== "")
    .map(Number);
  const length = elementCount(shape) * weightBytes[dtype];
  if (file.length - end !== length)
    throw new ExchangeError(
      `${name} should have ${length} bytes for ${shape.join(" x ")} numbers, found ${file.length - end}: it is cut ` +
        "short or damaged",
    );
  // In memory of its own, as typed arrays must be aligned.
  return { shape, dtype, data: toFloat32(new Uint8Array(file.subarray(end)), dtype) };
}
