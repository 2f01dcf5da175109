// A .safetensors file as weights: the header is read once, each tensor by its place in the file when it is asked for.
import { open } from "node:fs/promises";
import { readBytes, readHeader } from "./safetensors";
import { toFloat32 } from "./weightNumbers";
import { noTensor, type WeightEntry, type WeightFile } from "./weightTypes";

/** Opens one file. @throws SafetensorsError if it is damaged or not one; Error of node:fs if it cannot be read */
export async function openSafetensors(path: string): Promise<WeightFile> {
  const file = await open(path, "r");
  try {
    const { header, dataStart } = await readHeader(file, path);
    const entries = new Map<string, WeightEntry>();
    for (const [name, { dtype, shape }] of header.entries) entries.set(name, { name, dtype, shape });
    return {
      file: path,
      entries,
      async read(name) {
        const entry = header.entries.get(name);
        if (!entry) throw noTensor(path, name, entries);
        const bytes = await readBytes(file, dataStart + entry.begin, entry.end - entry.begin, path);
        return toFloat32(bytes, entry.dtype);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
