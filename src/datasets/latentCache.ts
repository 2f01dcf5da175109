// Encoded images on disk: what a VAE makes of a dataset is computed once. The cache is a folder named by what
// it depends on (the images, the encoder, both sizes); in it are shards of raw float32 numbers, each followed
// by its SHA-256.

import { createHash } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import path from "node:path";
import { writeFileAtomic } from "../tensor/atomicFile";
import { type ImageBatch, valuesFromBytes } from "../tensor/batch";
import type { ProgressEvent } from "../tensor/progress";
import { readTextIfThere } from "../tensor/textFile";
import { type Dataset, DatasetError, type Labels } from "./dataset";
import { type ImageList, type ListedDataset, listsOf, readInOrder } from "./imageList";

/** Options of `cacheLatents`. */
export interface LatentCacheOptions {
  /** Folder of all caches; each dataset, encoder and size gets a folder in it. */
  readonly folder: string;
  /**
   * Turns NHWC images with values in [-1, 1] into as many latents, row by row. The same images have to give
   * the same numbers: of a VAE, the mean.
   */
  readonly encode: (images: ImageBatch) => Promise<Float32Array> | Float32Array;
  /** Of one latent. */
  readonly latentShape: readonly [height: number, width: number, channels: number];
  /** What tells this encoder from others: a hash of its weights, and how it is used. */
  readonly encoder: string;
  /** Default: "train". */
  readonly split?: "train" | "test";
  /** Images that are encoded together. Default: 16. */
  readonly batchSize?: number;
  /** Latents in a file. Default: 1024. */
  readonly shardSize?: number;
  /** Told of every step forward. */
  readonly onProgress?: (event: ProgressEvent) => void;
}

/** The latents of a split, on disk. */
export interface Latents {
  /** Number of latents. */
  readonly count: number;
  /** Of one latent. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Class index of each. */
  readonly labels: Labels;
  /** The folder that holds them. */
  readonly folder: string;
  /** How many had been there already. */
  readonly reused: number;
  /** Latents by index, one after another. @throws RangeError for an index outside the split */
  read(indices: ArrayLike<number>): Promise<Float32Array>;
}

/** Numbers in a file are little-endian float32, then 32 bytes of SHA-256. */
const DIGEST = 32;

/**
 * Encodes a split, or finds it encoded. A run that is interrupted goes on with the first shard that is
 * missing or damaged; other images, another encoder or another size are another cache.
 *
 * @param dataset images of it, not latents
 * @throws DatasetError if an image is damaged, or if the encoder gives another number of values or values
 *   that are none; RangeError for a batch or shard size that is no whole number >= 1
 * @example
 * const pictures = await igds.datasets.listDataset("image-folder", { folder: "my-pictures", size: 28 });
 * const latents = await igds.datasets.cacheLatents(pictures, {
 *   folder: "latents",
 *   latentShape: [28, 28, 1],
 *   encoder: "halves", // of a VAE: the SHA-256 of its weights
 *   encode: ({ data }) => data.map((value) => value / 2),
 * });
 * await latents.read([0, 5]); // 2 x 28 x 28 numbers
 */
export async function cacheLatents(
  dataset: Dataset | ListedDataset,
  options: LatentCacheOptions,
): Promise<Latents> {
  const { split = "train", batchSize = 16, shardSize = 1024 } = options;
  for (const [name, value] of Object.entries({ batchSize, shardSize }))
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`cacheLatents: expected ${name} as a whole number from 1 on, found ${value}.`);
  const list = ("read" in dataset.train ? (dataset as ListedDataset) : listsOf(dataset as Dataset))[split];
  const size = options.latentShape.reduce((a, b) => a * b, 1);
  const folder = await openFolder(dataset, list, options, shardSize);
  const shards = Array.from({ length: Math.ceil(list.count / shardSize) }, (_, i) => {
    const first = i * shardSize;
    const file = path.join(folder, `latents-${String(i).padStart(5, "0")}.f32`);
    return { file, first, count: Math.min(shardSize, list.count - first) };
  });
  const missing: typeof shards = [];
  for (const shard of shards) if (!(await isWhole(shard.file, shard.count * size))) missing.push(shard);
  const toDo = missing.reduce((sum, { count }) => sum + count, 0);
  const images = readInOrder(list, indicesOf(missing), batchSize);
  let done = list.count - toDo;
  for (const { file, first, count } of missing) {
    const latents = new Float32Array(count * size);
    for (let from = 0; from < count; from += batchSize) {
      const batch = await nextBatch(images, Math.min(batchSize, count - from), dataset.shape);
      const encoded = await options.encode(batch);
      checkEncoded(encoded, batch.shape[0], options.latentShape, first + from);
      latents.set(encoded, from * size);
      done += batch.shape[0];
      options.onProgress?.({ label: `${dataset.name} ${split} latents`, done, total: list.count });
    }
    const bytes = bytesOf(latents);
    await writeFileAtomic(file, bytes, createHash("sha256").update(bytes).digest());
  }
  return reader(list, shards, shardSize, folder, options.latentShape, list.count - toDo);
}

/** The folder of this cache, with a note of what is in it. */
async function openFolder(
  { name, shape }: Dataset | ListedDataset,
  list: ImageList,
  { folder, encoder, latentShape, split = "train" }: LatentCacheOptions,
  shardSize: number,
): Promise<string> {
  const images = await list.identify();
  const note = {
    format: 1,
    dataset: name,
    split,
    count: list.count,
    images,
    encoder,
    shape,
    latentShape,
    shardSize,
  };
  const text = `${JSON.stringify(note, null, 2)}\n`;
  const key = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const inside = path.resolve(folder, `${name}-${split}-${key}`);
  const file = path.join(inside, "cache.json");
  const there = await readTextIfThere(file);
  if (there === null) await writeFileAtomic(file, text);
  else if (there !== text)
    throw new DatasetError(
      `${file}: expected the note of this cache, found another. Delete the folder ${inside}.`,
    );
  return inside;
}

/** Whether a shard is there with so many numbers, and undamaged. */
async function isWhole(file: string, numbers: number): Promise<boolean> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (bytes?.length !== numbers * 4 + DIGEST) return false;
  const digest = createHash("sha256").update(bytes.subarray(0, -DIGEST)).digest();
  return digest.equals(bytes.subarray(-DIGEST));
}

function* indicesOf(shards: readonly { first: number; count: number }[]): Generator<number> {
  for (const { first, count } of shards) for (let i = 0; i < count; i++) yield first + i;
}

async function nextBatch(
  images: AsyncGenerator<Uint8Array>,
  count: number,
  [height, width, channels]: Dataset["shape"],
): Promise<ImageBatch> {
  const size = height * width * channels;
  const data = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    const { value } = await images.next();
    valuesFromBytes(value as Uint8Array, data, i * size);
  }
  return { data, shape: [count, height, width, channels] };
}

function checkEncoded(
  latents: Float32Array,
  count: number,
  shape: LatentCacheOptions["latentShape"],
  first: number,
): void {
  const size = shape.reduce((a, b) => a * b, 1);
  if (latents.length !== count * size)
    throw new DatasetError(
      `cacheLatents: expected ${count} latents of ${shape.join(" x ")}, ${count * size} numbers, from the encoder, ` +
        `found ${latents.length}`,
    );
  const wrong = latents.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0)
    throw new DatasetError(
      `cacheLatents: expected finite numbers from the encoder, found ${latents[wrong]} for image ` +
        `${first + Math.floor(wrong / size)}. Nothing of its shard was kept.`,
    );
}

/** Float32 numbers as bytes, without a copy; every platform that Node runs TensorFlow on is little-endian. */
const bytesOf = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

function reader(
  { count, labels }: ImageList,
  shards: readonly { file: string }[],
  shardSize: number,
  folder: string,
  shape: Latents["shape"],
  reused: number,
): Latents {
  const size = shape.reduce((a, b) => a * b, 1);
  return {
    count,
    shape,
    labels,
    folder,
    reused,
    async read(indices) {
      const latents = new Float32Array(indices.length * size);
      const into = bytesOf(latents);
      const places = new Map<number, number[]>();
      for (let i = 0; i < indices.length; i++) {
        const index = indices[i]!;
        if (!Number.isInteger(index) || index < 0 || index >= count)
          throw new RangeError(`A latent's index must lie in 0 .. ${count - 1}, found ${index}`);
        const shard = Math.floor(index / shardSize);
        places.set(shard, [...(places.get(shard) ?? []), i]);
      }
      for (const [shard, inShard] of places) {
        // Not kept open: ImageNet has more shards than a process may have files.
        const file = await open(shards[shard]!.file);
        try {
          for (const i of inShard) {
            const at = (indices[i]! % shardSize) * size * 4;
            const { bytesRead } = await file.read(into, i * size * 4, size * 4, at);
            if (bytesRead !== size * 4)
              throw new DatasetError(
                `${shards[shard]!.file}: expected ${size * 4} bytes at ${at}, found ${bytesRead}. Delete it: it is made again.`,
              );
          }
        } finally {
          await file.close();
        }
      }
      return latents;
    },
  };
}
