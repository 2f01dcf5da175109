// Weights in several files with an index, NAME.safetensors.index.json:
// {"metadata": {...}, "weight_map": {TENSOR: FILE in the same folder}} (huggingface_hub's format for large models).

import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { checkedJson } from "./checkedJson";
import { noTensor, quoted, type WeightEntry, type WeightFile, WeightFileError } from "./weightTypes";

const limits = { bytes: 100_000_000, depth: 8, values: 4_000_000, shards: 1000 };

/**
 * Opens an index and all its shards. Tensors that a shard has but the index does not name are passed over.
 * @param openShard opens one file
 * @throws WeightFileError if the index is damaged, or a shard or a tensor in it is missing
 */
export async function openSharded(
  index: string,
  openShard: (file: string) => Promise<WeightFile>,
): Promise<WeightFile> {
  const map = await readIndex(index);
  const shards = new Map<string, WeightFile>();
  const close = async () => {
    await Promise.all([...shards.values()].map((shard) => shard.close()));
  };
  try {
    const entries = new Map<string, WeightEntry>();
    for (const [name, shard] of map) {
      let weights = shards.get(shard);
      if (!weights) {
        weights = await openNamedShard(index, shard, openShard);
        shards.set(shard, weights);
      }
      const entry = weights.entries.get(name);
      if (!entry)
        throw new WeightFileError(
          `${index} says that ${quoted(name)} is in ${quoted(shard)}, but it is not: the files do not belong together. Fetch all of them again.`,
        );
      entries.set(name, entry);
    }
    return {
      file: index,
      entries,
      async read(name) {
        const shard = shards.get(map.get(name) ?? "");
        if (!shard) throw noTensor(index, name, entries);
        return shard.read(name);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function readIndex(index: string): Promise<ReadonlyMap<string, string>> {
  const { size } = await stat(index);
  if (size > limits.bytes)
    throw new WeightFileError(`${index} has ${size} bytes; at most ${limits.bytes} are read`);
  let parsed: unknown;
  try {
    parsed = checkedJson(await readFile(index, "utf8"), limits);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new WeightFileError(`${index} is not an index of weights: it ${error.message}. Fetch it again.`);
  }
  const map = weightMap(parsed);
  if (map === null)
    throw new WeightFileError(
      `${index} is not an index of weights: expected "weight_map" to map names of tensors to names of files. Fetch it again.`,
    );
  const shards = new Set(map.values());
  if (shards.size > limits.shards)
    throw new WeightFileError(`${index} names ${shards.size} files; at most ${limits.shards} are opened`);
  for (const shard of shards)
    if (!/^[^/\\:\0]+\.(?:safetensors|pt|pth|bin)$/.test(shard))
      throw new WeightFileError(
        `${index} names ${quoted(shard)} as a file of weights: expected a plain file name in the same folder, such as "model-00001-of-00002.safetensors"`,
      );
  return map;
}

/** A Map, as an object would lose a tensor called `__proto__`; null if it is not one of texts. */
function weightMap(parsed: unknown): Map<string, string> | null {
  if (typeof parsed !== "object" || parsed === null || !("weight_map" in parsed)) return null;
  const { weight_map: found } = parsed;
  if (typeof found !== "object" || found === null || Array.isArray(found)) return null;
  const entries: [string, unknown][] = Object.entries(found);
  const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === "string";
  return entries.every(isText) ? new Map(entries) : null;
}

async function openNamedShard(
  index: string,
  shard: string,
  openShard: (file: string) => Promise<WeightFile>,
): Promise<WeightFile> {
  try {
    return await openShard(path.join(path.dirname(index), shard));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new WeightFileError(
        `${index} names ${quoted(shard)}, but there is no such file beside it: fetch it into the same folder`,
      );
    throw error;
  }
}
