// One part of a file that holds several sets of weights, such as the averaged ones beside those being trained.
import { noTensor, quoted, type WeightEntry, type WeightFile, WeightFileError } from "./weightTypes";

/**
 * The tensors whose names begin with `part` and a dot, under the rest of their names; closing it closes the file.
 * @throws WeightFileError if there are none
 */
export function partOf(weights: WeightFile, part: string): WeightFile {
  const prefix = `${part}.`;
  const entries = new Map<string, WeightEntry>();
  for (const entry of weights.entries.values())
    if (entry.name.startsWith(prefix)) {
      const name = entry.name.slice(prefix.length);
      entries.set(name, { ...entry, name });
    }
  if (entries.size === 0) {
    const parts = new Set([...weights.entries.keys()].map((name) => name.split(".", 1)[0]!));
    throw new WeightFileError(
      `${weights.file} has no part ${quoted(part)}: found ${[...parts].slice(0, 10).map(quoted).join(", ")}`,
    );
  }
  return {
    file: weights.file,
    entries,
    async read(name) {
      if (!entries.has(name)) throw noTensor(weights.file, name, entries);
      return weights.read(prefix + name);
    },
    close: () => weights.close(),
  };
}
