// The IDX file format of MNIST and its successors (http://yann.lecun.com/exdb/mnist/): two zero bytes, one byte
// for the type, one for the number of dimensions, each dimension as a big-endian uint32, then big-endian data.

import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { DatasetError } from "./dataset";

/** The array kinds that an IDX file can hold. */
type IdxData = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** A parsed IDX file; `data` is in row-major order. */
export interface Idx {
  readonly dimensions: readonly number[];
  readonly data: IdxData;
}

interface ElementType {
  readonly bytes: number;
  readonly read: (view: DataView, offset: number, count: number) => IdxData;
}

const elementTypes: Readonly<Record<number, ElementType>> = {
  8: {
    bytes: 1,
    read: (view, offset, count) => new Uint8Array(view.buffer, view.byteOffset + offset, count),
  },
  9: { bytes: 1, read: (view, offset, count) => new Int8Array(view.buffer, view.byteOffset + offset, count) },
  11: { bytes: 2, read: (view, o, n) => Int16Array.from({ length: n }, (_, i) => view.getInt16(o + 2 * i)) },
  12: { bytes: 4, read: (view, o, n) => Int32Array.from({ length: n }, (_, i) => view.getInt32(o + 4 * i)) },
  13: {
    bytes: 4,
    read: (view, o, n) => Float32Array.from({ length: n }, (_, i) => view.getFloat32(o + 4 * i)),
  },
  14: {
    bytes: 8,
    read: (view, o, n) => Float64Array.from({ length: n }, (_, i) => view.getFloat64(o + 8 * i)),
  },
};

/** Reads an IDX file, plain or gzip. @throws DatasetError if it is not one, or is damaged. */
export async function readIdx(file: string): Promise<Idx> {
  return parseIdx(decompress(await readFile(file), file), file);
}

/** The bytes of a file without its gzip wrapping, if it has one. @throws DatasetError if that is damaged. */
export function decompress(bytes: Uint8Array, name: string): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new DatasetError(
      `${name}: the gzip data is damaged or cut short (${(error as Error).message}). Delete the file and fetch it again.`,
    );
  }
}

/** Parses the bytes of a plain IDX file; `name` is for messages. @throws DatasetError if they are not one. */
export function parseIdx(bytes: Uint8Array, name: string): Idx {
  const fail = (expected: string, found: string): never => {
    throw new DatasetError(`${name}: not a valid IDX file: expected ${expected}, found ${found}`);
  };
  if (bytes.length < 4) fail("a header of at least 4 bytes", `${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) !== 0) {
    fail("two zero bytes at the start", `0x${view.getUint16(0).toString(16).padStart(4, "0")}`);
  }
  const code = view.getUint8(2);
  const type =
    elementTypes[code] ??
    fail(
      "an element type of 0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e",
      `0x${code.toString(16).padStart(2, "0")}`,
    );
  const rank = view.getUint8(3);
  const header = 4 + 4 * rank;
  if (rank === 0) fail("at least one dimension", "none");
  if (bytes.length < header)
    fail(`${rank} dimensions in a header of ${header} bytes`, `${bytes.length} bytes`);
  const dimensions = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const count = dimensions.reduce((product, dimension) => product * dimension, 1);
  const length = header + count * type.bytes;
  if (bytes.length !== length) {
    fail(`${length} bytes for dimensions ${dimensions.join(" x ")}`, `${bytes.length} bytes`);
  }
  return { dimensions, data: type.read(view, header, count) };
}
