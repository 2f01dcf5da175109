// The SHA-256 of weights, in one file or in shards.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { weightFileOf } from "./weightFile";

/**
 * SHA-256 of a weight file's bytes, or of the one in a folder; of NAME.safetensors.index.json that of the index followed by its shards in the order of their
 * names.
 */
export async function hashOfFiles(given: string): Promise<string> {
  const file = await weightFileOf(given);
  const files = [file];
  if (file.endsWith(".index.json")) {
    const { weight_map: map } = JSON.parse(await readFile(file, "utf8")) as { weight_map: object };
    const shards = [...new Set<string>(Object.values(map))].sort();
    files.push(...shards.map((shard) => path.join(path.dirname(file), shard)));
  }
  const hash = createHash("sha256");
  for (const name of files) await pipeline(createReadStream(name), hash, { end: false });
  return hash.digest("hex");
}
