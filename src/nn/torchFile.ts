// Files that torch.save writes (.pt, .pth, .bin): a zip archive with the pickle `data.pkl`, which says what the tensors
// are called and where they lie, and their numbers in entries of their own (torch/serialization.py `_save`).

import type { ByteSource } from "./fileBytes";
import { longestPickle, readPickle } from "./pickle";
import type { PickleValue } from "./pickleValue";
import { TorchTensor, torchHooks } from "./torchPickle";
import { toFloat32 } from "./weightNumbers";
import {
  elementCount,
  noTensor,
  quoted,
  type WeightEntry,
  type WeightFile,
  WeightFileError,
  weightBytes,
} from "./weightTypes";
import { readZipDirectory, type ZipEntry, zipEntryStart } from "./zipDirectory";

/** Dicts and lists within each other; a checkpoint has about four. They may contain themselves. */
const deepest = 32;

/** Dicts, lists and values that are looked at; one dict may stand in many places. */
const mostValues = 2_000_000;

/** Names are joined from keys that may stand in many places, so short files could make endless ones. */
const longestName = 1000;
const mostTensors = 200_000;

interface Placed {
  readonly tensor: TorchTensor;
  readonly storage: ZipEntry;
}

/**
 * Opens what torch.save has written. Names of nested dicts are joined by dots: `ema.pos_embed`; a file that holds one
 * tensor and no dict calls it `tensor`. What is not a tensor is passed over, and so are the states of optimisers.
 * @param source is closed with the file, and if the file is refused
 * @throws WeightFileError if it is damaged, or refers to classes or functions that weights do not need
 */
export async function openTorch(source: ByteSource): Promise<WeightFile> {
  try {
    const directory = await readZipDirectory(source);
    const folder = await checkedFolder(source, directory);
    const pickle = directory.get(`${folder}data.pkl`)!;
    if (pickle.size > longestPickle)
      throw new WeightFileError(
        `${source.name}: its data.pkl takes ${pickle.size} bytes; at most ${longestPickle} are read`,
      );
    const placed = new Map<string, Placed>();
    const entries = new Map<string, WeightEntry>();
    for (const [name, tensor] of tensorsIn(await rootOf(source, pickle), source.name)) {
      const { shape, dtype } = tensor;
      placed.set(name, { tensor, storage: checkedStorage(source.name, folder, name, tensor, directory) });
      entries.set(name, { name, shape, dtype });
    }
    return {
      file: source.name,
      entries,
      async read(name) {
        const found = placed.get(name);
        if (!found) throw noTensor(source.name, name, entries);
        return readTensor(source, found);
      },
      close: () => source.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** The folder of the archive that everything lies in, with its slash. */
async function checkedFolder(source: ByteSource, directory: ReadonlyMap<string, ZipEntry>): Promise<string> {
  const pickles = [...directory.keys()].filter((name) => /^(?:[^/]*\/)?data\.pkl$/.test(name));
  if (pickles.length !== 1)
    throw new WeightFileError(
      `${source.name} is a zip archive, but not one of torch.save: expected one data.pkl, found ${pickles.length}`,
    );
  const folder = pickles[0]!.slice(0, -"data.pkl".length);
  if (directory.has(`${folder}constants.pkl`))
    throw new WeightFileError(
      `${source.name} is a TorchScript program, not weights: load it in PyTorch and save its state_dict()`,
    );
  const order = directory.get(`${folder}byteorder`);
  if (order) {
    const text = Buffer.from(await readEntry(source, order, 16)).toString("latin1");
    if (text !== "little")
      throw new WeightFileError(
        `${source.name} was written on a machine with byte order ${quoted(text)}; "little" is read: save it again as .safetensors`,
      );
  }
  return folder;
}

async function rootOf(source: ByteSource, pickle: ZipEntry): Promise<PickleValue> {
  const bytes = await readEntry(source, pickle, longestPickle);
  try {
    return readPickle(bytes, torchHooks);
  } catch (error) {
    if (error instanceof WeightFileError)
      error.message = `${source.name} cannot be read: its data.pkl has ${error.message}`;
    throw error;
  }
}

async function readEntry(source: ByteSource, entry: ZipEntry, longest: number): Promise<Uint8Array> {
  return source.read(await zipEntryStart(source, entry), Math.min(entry.size, longest));
}

/** All tensors with their names. */
function tensorsIn(root: PickleValue, file: string): Map<string, TorchTensor> {
  const found = new Map<string, TorchTensor>();
  let looked = 0;
  const visit = (value: PickleValue, name: string, depth: number): void => {
    looked += 1;
    if (looked > mostValues) throw new WeightFileError(`${file} holds more than ${mostValues} values`);
    if (value instanceof TorchTensor) {
      if (name.length > longestName || found.size >= mostTensors)
        throw new WeightFileError(
          `${file} has more than ${mostTensors} tensors, or a name longer than ${longestName} characters: ${quoted(name)}`,
        );
      if (found.has(name)) throw new WeightFileError(`${file} has two tensors ${quoted(name)}`);
      found.set(name, value);
    } else if (Array.isArray(value) || (value instanceof Map && !isOptimiserState(value))) {
      if (depth > deepest)
        throw new WeightFileError(`${file} has dicts within each other, more than ${deepest} deep`);
      for (const [key, inner] of value.entries())
        if (typeof key === "string" || typeof key === "number")
          visit(inner, name === "" ? `${key}` : `${name}.${key}`, depth + 1);
    }
  };
  if (root instanceof TorchTensor) found.set("tensor", root);
  else visit(root, "", 0);
  if (found.size === 0) {
    const keys = root instanceof Map ? [...root.keys()].filter((key) => typeof key === "string") : [];
    const what = keys.length > 0 ? `a dict of ${keys.slice(0, 5).map(quoted).join(", ")}` : "no dict";
    throw new WeightFileError(`${file} holds no tensors: found ${what}, expected a state dict`);
  }
  return found;
}

/** What `state_dict()` of every torch.optim.Optimizer holds. */
function isOptimiserState(dict: ReadonlyMap<PickleValue, PickleValue>): boolean {
  return dict.has("state") && dict.has("param_groups");
}

/** The entry with the numbers of a tensor, which must hold what the pickle says. */
function checkedStorage(
  file: string,
  folder: string,
  name: string,
  { storage }: TorchTensor,
  directory: ReadonlyMap<string, ZipEntry>,
): ZipEntry {
  const entry = directory.get(`${folder}data/${storage.key}`);
  if (!entry)
    throw new WeightFileError(
      `${file} has no numbers for ${quoted(name)}: the entry data/${storage.key.slice(0, 40)} is missing`,
    );
  const expected = storage.length * (storage.dtype === null ? 1 : weightBytes[storage.dtype]);
  if (entry.size !== expected)
    throw new WeightFileError(
      `${file} should have ${expected} bytes for ${quoted(name)}, but data/${storage.key} has ${entry.size}: it is damaged`,
    );
  return entry;
}

async function readTensor(source: ByteSource, { tensor, storage }: Placed): Promise<Float32Array> {
  const { shape, strides, offset, last, dtype } = tensor;
  if (last < 0) return new Float32Array(0);
  const width = weightBytes[dtype];
  const start = await zipEntryStart(source, storage);
  const span = await source.read(start + offset * width, (last + 1 - offset) * width);
  const numbers = toFloat32(span, dtype);
  return isContiguous(shape, strides) ? numbers : gathered(numbers, shape, strides);
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== expected) return false;
    expected *= shape[i]!;
  }
  return true;
}

/** A view in row-major order. @param shape has no 0, and some size other than 1 */
function gathered(numbers: Float32Array, shape: readonly number[], strides: readonly number[]): Float32Array {
  const count = elementCount(shape);
  const values = new Float32Array(count);
  const index = new Array<number>(shape.length).fill(0);
  let place = 0;
  for (let i = 0; i < count; i++) {
    values[i] = numbers[place]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      place += strides[axis]!;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
      place -= shape[axis]! * strides[axis]!;
    }
  }
  return values;
}
