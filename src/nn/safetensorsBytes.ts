// What stands in a .safetensors file, from bytes and to bytes, wherever they come from or go to
// (https://github.com/huggingface/safetensors): eight bytes with the length of the header, little-endian; the
// header, JSON; then the tensors' bytes, without gaps.

import { toBfloat16, toFloat16 } from "./halfFloat";
import { invalid, parseHeader, type SafetensorsType, writtenTypes } from "./safetensorsHeader";
import { toFloat32 } from "./weightNumbers";
import { elementCount } from "./weightTypes";

/** Float types all come as Float32Array (F16 and BF16 are exact in it, F64 is rounded), I64 as BigInt64Array. */
export type TensorData = Float32Array | Int32Array | BigInt64Array | Uint8Array;

/** A tensor in memory. */
export interface PlainTensorData {
  /** Length of each axis; their product is that of `data`. */
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: TensorData;
}

/** A tensor as read. */
export interface StoredTensor extends PlainTensorData {
  /** Type in the file. */
  readonly dtype: SafetensorsType;
}

/** What a file holds. */
export interface SafetensorsContent {
  /** By name, in the order of the header. */
  readonly tensors: Map<string, StoredTensor>;
  /** The header's own texts; empty where it has none. */
  readonly metadata: Record<string, string>;
}

/** Options of `writeSafetensors`. */
export interface WriteSafetensorsOptions {
  /** Texts for the header. Default: none. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** How float tensors are stored, rounded to the nearest, ties to even. Default: F32. */
  readonly dtype?: "F32" | "F16" | "BF16";
}

type WrittenType = (typeof writtenTypes)[number];

/** The reference implementation's limit; a longer header means that the file is something else. */
const longestHeader = 100_000_000;

/**
 * All tensors of a file that is in memory.
 * @param name what it is called in messages
 * @throws SafetensorsError if it is damaged or not such a file
 */
export function parseSafetensors(bytes: Uint8Array, name: string): SafetensorsContent {
  const dataStart = headerEnd(bytes.subarray(0, 8), bytes.length, name);
  const header = parseHeader(bytes.subarray(8, dataStart), bytes.length - dataStart, name);
  const tensors = new Map<string, StoredTensor>();
  // In memory of its own: the slice of a Buffer would be a view that is not aligned.
  for (const [tensor, { dtype, shape, begin, end }] of header.entries)
    tensors.set(tensor, {
      dtype,
      shape,
      data: decode(new Uint8Array(bytes.subarray(dataStart + begin, dataStart + end)), dtype),
    });
  return { tensors, metadata: { ...header.metadata } };
}

/**
 * Where the header ends and the tensors begin.
 * @param start the first eight bytes of the file, fewer if it has no more
 * @param size of the whole file
 * @throws SafetensorsError
 */
export function headerEnd(start: Uint8Array, size: number, name: string): number {
  if (size < 8) throw invalid(name, `expected at least 8 bytes, found ${size}`);
  const declared = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (declared > BigInt(longestHeader)) {
    throw invalid(
      name,
      `expected a header of at most ${longestHeader} bytes, found a declared length of ${declared}`,
    );
  }
  const end = 8 + Number(declared);
  if (end > size) {
    throw invalid(
      name,
      `its header should end at byte ${end}, but the file has ${size} bytes: it is cut short`,
    );
  }
  return end;
}

/**
 * A file as chunks of bytes. The same tensors give the same bytes, whatever their order in the map: they are sorted
 * by type, then name, as the reference implementation does.
 * @throws RangeError if shape and data disagree, or a finite number is too large for the type asked for.
 */
export function safetensorsChunks(
  tensors: ReadonlyMap<string, PlainTensorData>,
  { metadata = {}, dtype = "F32" }: WriteSafetensorsOptions = {},
): Uint8Array[] {
  const encoded = [...tensors].map(([name, tensor]) => ({
    name,
    shape: tensor.shape,
    ...encode(name, tensor, dtype),
  }));
  const order = (dtype: WrittenType) => writtenTypes.indexOf(dtype);
  encoded.sort((a, b) => order(a.dtype) - order(b.dtype) || (a.name < b.name ? -1 : 1));
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
  const header = new TextEncoder().encode(json);
  const padded = new Uint8Array(Math.ceil(header.length / 8) * 8).fill(0x20); // spaces align the tensors
  padded.set(header);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.length), true);
  return [length, padded, ...encoded.map(({ bytes }) => bytes)];
}

/** @param bytes of one tensor, in memory of their own, so that typed arrays over it are aligned */
export function decode(bytes: Uint8Array, dtype: SafetensorsType): TensorData {
  const { buffer } = bytes;
  switch (dtype) {
    case "F64":
    case "F32":
    case "F16":
    case "BF16":
      return toFloat32(bytes, dtype);
    case "I64":
      return new BigInt64Array(buffer);
    case "I32":
      return new Int32Array(buffer);
    case "I16":
      return Int32Array.from(new Int16Array(buffer));
    case "I8":
      return Int32Array.from(new Int8Array(buffer));
    case "U8":
    case "BOOL":
      return new Uint8Array(buffer);
  }
}

function encode(
  name: string,
  { shape, data }: PlainTensorData,
  floatType: "F32" | "F16" | "BF16",
): { dtype: WrittenType; bytes: Uint8Array } {
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
