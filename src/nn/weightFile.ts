// Opening weights, whatever file they lie in.
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { type ByteSource, openBytes } from "./fileBytes";
import { openSafetensors } from "./safetensorsWeights";
import { openSharded } from "./shardedWeights";
import { openTorch } from "./torchFile";
import { partOf } from "./weightPart";
import { type WeightFile, WeightFileError } from "./weightTypes";

export { type WeightEntry, type WeightFile, WeightFileError, type WeightType } from "./weightTypes";

/** Options of `openWeights`. */
export interface OpenWeightsOptions {
  /**
   * Only the tensors whose names begin with this and a dot, without it: "ema" in checkpoints of DiT training runs,
   * "state_dict" in those of Lightning.
   */
  readonly part?: string;
}

/** What a folder of weights is searched for, the best first. */
const kinds = [/\.index\.json$/, /\.safetensors$/, /\.(?:pt|pth|bin)$/];

/**
 * Opens a weight file without reading its numbers: .safetensors, NAME.safetensors.index.json with the shards beside
 * it, what torch.save has written (.pt, .pth, .bin; nothing in it is executed), or a folder that holds one of them.
 * Names in nested dicts of torch.save are joined by dots.
 *
 * @returns the open file, which the caller closes
 * @throws WeightFileError if it is damaged, of a kind that is not read, or has no such part; Error of node:fs if it
 *   cannot be read
 * @example
 * await igds.nn.writeSafetensors(
 *   "w.safetensors",
 *   new Map([["layer.bias", { shape: [2], data: Float32Array.of(1, 2) }]]),
 * );
 * const weights = await igds.nn.openWeights("w.safetensors");
 * weights.entries.get("layer.bias"); // { name: "layer.bias", shape: [2], dtype: "F32" }
 * await weights.read("layer.bias"); // Float32Array [1, 2]
 * await weights.close();
 */
export async function openWeights(file: string, { part }: OpenWeightsOptions = {}): Promise<WeightFile> {
  const found = await weightFileOf(file);
  const weights = found.endsWith(".index.json") ? await openSharded(found, openOne) : await openOne(found);
  if (part === undefined) return weights;
  try {
    return partOf(weights, part);
  } catch (error) {
    await weights.close();
    throw error;
  }
}

/** The file itself, or the one weight file of a folder. @throws WeightFileError if there are none or several */
export async function weightFileOf(file: string): Promise<string> {
  return (await stat(file)).isDirectory() ? weightsIn(file) : file;
}

async function openOne(file: string): Promise<WeightFile> {
  if (file.endsWith(".safetensors")) return openSafetensors(file);
  if (!kinds.some((kind) => kind.test(file)))
    throw new WeightFileError(
      `${file} is not a weight file: expected .safetensors, .safetensors.index.json, .pt, .pth or .bin`,
    );
  const source = await openBytes(file);
  try {
    await refuseOtherKinds(source);
  } catch (error) {
    await source.close();
    throw error;
  }
  return openTorch(source);
}

/** Files that are often found under the names of torch.save's, each with what to do. */
async function refuseOtherKinds(source: ByteSource): Promise<void> {
  const start = Buffer.from(await source.read(0, Math.min(source.size, 64)));
  const { name } = source;
  // The pickled number that files of torch.save began with before there were archives.
  const legacy = Buffer.from("6cfc9c46f9206aa85019", "hex");
  if (start.subarray(0, 20).includes(legacy))
    throw new WeightFileError(
      `${name} is in the format of PyTorch before 1.6, which is not read: load it in PyTorch and save it again`,
    );
  if (start.subarray(0, 3).toString("hex").startsWith("80"))
    throw new WeightFileError(
      `${name} is a plain pickle, not an archive of torch.save: load it where you trust it and save the state dict as .safetensors`,
    );
  if (start.toString("latin1").startsWith("version https://git-lfs"))
    throw new WeightFileError(`${name} is only a pointer of Git LFS: fetch the file itself (git lfs pull)`);
  if (/^\s*<(?:!doctype|html)/i.test(start.toString("latin1")))
    throw new WeightFileError(`${name} is a web page, not weights: fetch it again`);
  if (start[8] === 0x7b && start.readUInt32LE(4) === 0)
    throw new WeightFileError(`${name} looks like a .safetensors file: give it that name`);
}

/** The one weight file of a folder. */
async function weightsIn(folder: string): Promise<string> {
  const names = (await readdir(folder)).sort();
  for (const kind of kinds) {
    const found = names.filter((name) => kind.test(name));
    if (found.length === 1) return path.join(folder, found[0]!);
    if (found.length > 1)
      throw new WeightFileError(
        `${folder} holds several weight files: name one of ${found.slice(0, 10).join(", ")}`,
      );
  }
  throw new WeightFileError(
    `${folder} holds no weights: expected a .safetensors, .safetensors.index.json, .pt, .pth or .bin file in it`,
  );
}
