// Weight files in the .safetensors format: reading tensor by tensor, as they may be larger than one array can be, and
// writing. What the bytes mean is in safetensorsBytes.ts.

import { type FileHandle, open } from "node:fs/promises";
import { writeFileAtomic } from "../tensor/atomicFile";
import { EndOfFileError, fillBytes } from "./fileBytes";
import {
  decode,
  headerEnd,
  type PlainTensorData,
  type SafetensorsContent,
  type StoredTensor,
  safetensorsChunks,
  type WriteSafetensorsOptions,
} from "./safetensorsBytes";
import { invalid, parseHeader, SafetensorsError, type SafetensorsHeader } from "./safetensorsHeader";

/**
 * Reads all tensors of a file.
 * @throws SafetensorsError if the file is damaged or not one; Error of node:fs if it cannot be read.
 * @example
 * await igds.nn.writeSafetensors("a.safetensors", new Map([["a", { shape: [2], data: Float32Array.of(1, 2) }]]));
 * (await igds.nn.readSafetensors("a.safetensors")).tensors.get("a"); // shape [2], dtype "F32"
 */
export async function readSafetensors(path: string): Promise<SafetensorsContent> {
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

/**
 * Writes tensors to a file, whole or not at all. The same tensors give the same bytes, whatever their order in the map.
 *
 * @param path its folder is made where it is missing; a file that is there is replaced
 * @param tensors by name; float32 numbers are stored as `options.dtype`, integers in their own type
 * @throws RangeError if shape and data disagree, a finite number is too large for the type asked for, or a tensor is
 *   called `__metadata__`
 * @example
 * await igds.nn.writeSafetensors("w.safetensors", new Map([["w", { shape: [2], data: Float32Array.of(1, 2) }]]));
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, PlainTensorData>,
  options: WriteSafetensorsOptions = {},
): Promise<void> {
  await writeFileAtomic(path, ...safetensorsChunks(tensors, options));
}

/**
 * Reads and checks the header of an open file.
 * @returns it, and the position of the first tensor's first byte
 * @throws SafetensorsError
 */
export async function readHeader(
  file: FileHandle,
  path: string,
): Promise<{ header: SafetensorsHeader; dataStart: number }> {
  const { size } = await file.stat();
  const dataStart = headerEnd(await readBytes(file, 0, Math.min(8, size), path), size, path);
  const text = await readBytes(file, 8, dataStart - 8, path);
  return { header: parseHeader(text, size - dataStart, path), dataStart };
}

/** Bytes of an open file, in memory of their own, so that typed arrays over them are aligned. @throws SafetensorsError */
export async function readBytes(
  file: FileHandle,
  position: number,
  length: number,
  path: string,
): Promise<Uint8Array> {
  try {
    const bytes = new Uint8Array(length);
    await fillBytes(file, bytes, position);
    return bytes;
  } catch (error) {
    if (error instanceof EndOfFileError) throw invalid(path, error.message);
    if (error instanceof RangeError)
      throw new SafetensorsError(
        `${path} needs ${length} bytes in one piece, which do not fit into memory (${error.message})`,
      );
    throw error;
  }
}
