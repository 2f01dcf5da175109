// A .safetensors file as weights: the header is read once, each tensor by its place in the file when it is asked for.
import { open } from "node:fs/promises";
import { readBytes, readHeader } from "./safetensors";
import { toFloat32 } from "./weightNumbers";
import { quoted, type WeightEntry, type WeightFile, WeightFileError } from "./weightTypes";

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

/** The error for a name that a file does not have, with the names that come nearest to it. */
export function noTensor(
  path: string,
  name: string,
  entries: ReadonlyMap<string, WeightEntry>,
): WeightFileError {
  const last = name.slice(name.lastIndexOf(".") + 1);
  const near = [...entries.keys()].filter((other) => other.endsWith(last));
  const some = (near.length > 0 ? near : [...entries.keys()]).slice(0, 3).map(quoted);
  return new WeightFileError(
    `${path} has no tensor ${quoted(name)}: it has ${entries.size}${some.length > 0 ? `, such as ${some.join(", ")}` : ""}`,
  );
}
