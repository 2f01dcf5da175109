// Weight files in the .safetensors format (https://github.com/huggingface/safetensors): eight bytes with the
// length of the header, little-endian; the header, JSON; then the tensors' bytes, without gaps.

import { type FileHandle, open } from "node:fs/promises";
import { writeFileAtomic } from "../tensor/atomicFile";
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "./halfFloat";
import {
  bytesPerElement,
  elementCount,
  invalid,
  parseHeader,
  type SafetensorsHeader,
  type SafetensorsType,
} from "./safetensorsHeader";

/** Float types all come as Float32Array (F16 and BF16 are exact in it), I64 as BigInt64Array. */
export type TensorData = Float32Array | Int32Array | BigInt64Array | Uint8Array;

/** A tensor in memory; `data` in row-major order. */
export interface PlainTensorData {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** A tensor as read; `dtype` is the type in the file. */
export interface StoredTensor extends PlainTensorData {
  readonly dtype: SafetensorsType;
}

/** Options of `writeSafetensors`. */
export interface WriteSafetensorsOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  /** How float tensors are stored, rounded to the nearest, ties to even. Default: F32. */
  readonly dtype?: "F32" | "F16" | "BF16";
}

/** The reference implementation's limit; a longer header means that the file is something else. */
const longestHeader = 100_000_000;

/**
 * Reads all tensors of a file.
 * @throws SafetensorsError if the file is damaged or not one; Error of node:fs if it cannot be read.
 */
export async function readSafetensors(
  path: string,
): Promise<{ tensors: Map<string, StoredTensor>; metadata: Record<string, string> }> {
  const file = await open(path, "r");
  try {
    const { header, dataStart } = await readHeader(file, path);
    const tensors = new Map<string, StoredTensor>();
    for (const [name, { dtype, shape, begin, end }] of header.entries) {
      const bytes = await readBytes(file, dataStart + begin, end - begin, path);
      tensors.set(name, { dtype, shape, data: decode(bytes, dtype) });
    }
    return { tensors, metadata: { ...header.metadata } };
  } finally {
    await file.close();
  }
}

/** Reads and checks the header alone, without the weights. @throws SafetensorsError */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  const file = await open(path, "r");
  try {
    return (await readHeader(file, path)).header;
  } finally {
    await file.close();
  }
}

/**
 * Writes tensors to a file, whole or not at all. The same tensors give the same bytes, whatever their order in
 * the map: they are sorted by type, then name, as the reference implementation does.
 * @throws RangeError if shape and data disagree, or a finite number is too large for the type asked for.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, PlainTensorData>,
  { metadata = {}, dtype = "F32" }: WriteSafetensorsOptions = {},
): Promise<void> {
  const encoded = [...tensors].map(([name, tensor]) => ({
    name,
    shape: tensor.shape,
    ...encode(name, tensor, dtype),
  }));
  const order = Object.keys(bytesPerElement);
  encoded.sort((a, b) => order.indexOf(a.dtype) - order.indexOf(b.dtype) || (a.name < b.name ? -1 : 1));
  const sortedMetadata = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  const entries: [string, unknown][] =
    sortedMetadata.length > 0 ? [["__metadata__", Object.fromEntries(sortedMetadata)]] : [];
  let offset = 0;
  for (const { name, dtype: stored, shape, bytes } of encoded) {
    if (name === "__metadata__")
      throw new RangeError('A tensor cannot be named "__metadata__": the format reserves it');
    entries.push([name, { dtype: stored, shape, data_offsets: [offset, offset + bytes.length] }]);
    offset += bytes.length;
  }
  // Not one JSON.stringify of an object: it would move names like "0" to the front.
  const json = `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`;
  const header = Buffer.from(json);
  const padded = Buffer.concat([header, Buffer.alloc((8 - (header.length % 8)) % 8, " ")]); // aligns the tensors
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  await writeFileAtomic(path, length, padded, ...encoded.map(({ bytes }) => bytes));
}

async function readHeader(
  file: FileHandle,
  path: string,
): Promise<{ header: SafetensorsHeader; dataStart: number }> {
  const { size } = await file.stat();
  if (size < 8) throw invalid(path, `expected at least 8 bytes, found ${size}`);
  const declared = Buffer.from(await readBytes(file, 0, 8, path)).readBigUInt64LE();
  if (declared > BigInt(longestHeader)) {
    throw invalid(
      path,
      `expected a header of at most ${longestHeader} bytes, found a declared length of ${declared}`,
    );
  }
  const dataStart = 8 + Number(declared);
  if (dataStart > size) {
    throw invalid(
      path,
      `its header should end at byte ${dataStart}, but the file has ${size} bytes: it is cut short`,
    );
  }
  const text = await readBytes(file, 8, Number(declared), path);
  return { header: parseHeader(text, size - dataStart, path), dataStart };
}

async function readBytes(
  file: FileHandle,
  position: number,
  length: number,
  path: string,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length); // own memory, so that typed arrays over it are aligned
  for (let done = 0; done < length; ) {
    // One read call takes less than 2 GiB.
    const { bytesRead } = await file.read(bytes, done, Math.min(length - done, 1 << 30), position + done);
    if (bytesRead === 0) throw invalid(path, `the file ended at byte ${position + done} while it was read`);
    done += bytesRead;
  }
  return bytes;
}

function decode({ buffer }: Uint8Array, dtype: SafetensorsType): TensorData {
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer);
    case "F16":
      return fromFloat16(new Uint16Array(buffer));
    case "BF16":
      return fromBfloat16(new Uint16Array(buffer));
    case "I64":
      return new BigInt64Array(buffer);
    case "I32":
      return new Int32Array(buffer);
    case "U8":
      return new Uint8Array(buffer);
  }
}

function encode(
  name: string,
  { shape, data }: PlainTensorData,
  floatType: "F32" | "F16" | "BF16",
): { dtype: SafetensorsType; bytes: Uint8Array } {
  if (elementCount(shape) !== data.length) {
    throw new RangeError(
      `Tensor ${JSON.stringify(name)} of shape [${shape}] needs ${elementCount(shape)} values, found ${data.length}`,
    );
  }
  const asBytes = (array: TensorData | Uint16Array) =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  if (data instanceof Uint8Array) return { dtype: "U8", bytes: data };
  if (data instanceof Int32Array) return { dtype: "I32", bytes: asBytes(data) };
  if (data instanceof BigInt64Array) return { dtype: "I64", bytes: asBytes(data) };
  if (floatType === "F32") return { dtype: "F32", bytes: asBytes(data) };
  const patterns = floatType === "F16" ? toFloat16(data) : toBfloat16(data);
  const infinity = floatType === "F16" ? 0x7c00 : 0x7f80;
  const tooLarge = patterns.findIndex(
    (pattern, i) => (pattern & 0x7fff) === infinity && Number.isFinite(data[i]),
  );
  if (tooLarge >= 0) {
    throw new RangeError(
      `Tensor ${JSON.stringify(name)} holds ${data[tooLarge]}, which ${floatType} cannot hold: ` +
        "store it as F32, or look for what made it grow",
    );
  }
  return { dtype: floatType, bytes: asBytes(patterns) };
}
