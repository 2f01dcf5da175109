// Weights that PyTorch wrote, put under our names and in our order of axes: [out, in] becomes [in, out], and
// convolutions [out, in, H, W] become [H, W, in, out].
import { type Tensor, tf } from "../tensor/engine";
import { upload, uploadBuffer } from "../tensor/upload";
import type { Parameters, Weights } from "./parameters";

/** What is read of a file of weights (weightFile.ts). */
export interface TorchTensors {
  /** Its name, for messages. */
  readonly file: string;
  /** All tensors by name. */
  readonly entries: ReadonlyMap<string, { readonly shape: readonly number[] }>;
  /** The values of one tensor, row by row. */
  read(name: string): Promise<Float32Array>;
}

/** Where a weight comes from. */
export interface TorchSource {
  /** Tensors that lie one after another along the first axis: one, or the three of queries, keys and values. */
  readonly names: readonly string[];
  /** Shape of each of them. */
  readonly shape: readonly number[];
  /** Further shape of the same values that files are known to have. */
  readonly alsoShape?: readonly number[];
  /** How the axes change. Default "same". */
  readonly axes?: "same" | "dense" | "convolution";
  /** Copies of the first tensor that the file holds as well; they must be equal to it. */
  readonly copies?: readonly string[];
}

/**
 * Reads the weights of a network tensor by tensor, so that beside the weights only the largest tensor is held.
 *
 * @param source for each of the network's parameters, where it comes from, or its values where they are computed
 * @param ignored whether a tensor that no parameter needs may lie in the file
 * @throws naming the first tensor that is missing, has another shape, is not known, or is an unequal copy
 */
export async function readTorchWeights(
  file: TorchTensors,
  parameters: Parameters,
  source: (path: string, shape: readonly number[]) => TorchSource | Float32Array,
  ignored: (name: string) => boolean = () => false,
): Promise<Weights> {
  const sources = [...parameters.entries].map(
    ([path, { shape }]) => [path, shape, source(path, shape)] as const,
  );
  const known = new Set<string>();
  for (const [, , from] of sources) {
    if (from instanceof Float32Array) continue;
    for (const name of [...from.names, ...(from.copies ?? [])]) {
      known.add(name);
      checkShape(file, name, from);
    }
  }
  for (const [name, { shape }] of file.entries)
    if (!known.has(name) && !ignored(name))
      throw new Error(
        `${file.file} has a tensor "${name}" (${shape.join(" x ")}) that this network does not know: expected the ` +
          `${known.size} tensors of a network with ${parameters.count.toLocaleString("en")} weights, found ` +
          `${file.entries.size}. Do the config and the weights belong together?`,
      );
  const weights: Record<string, Tensor> = {};
  const sizes = sources.map(([, shape]) => shape.reduce((a, b) => a * b, 1));
  const buffer = uploadBuffer(Math.max(...sizes));
  try {
    for (const [i, [path, shape, from]] of sources.entries()) {
      const values = buffer.subarray(0, sizes[i]);
      if (from instanceof Float32Array) {
        if (from.length !== sizes[i])
          throw new Error(`${file.file}: expected ${sizes[i]} numbers for "${path}", found ${from.length}.`);
        values.set(from);
      } else putInOurOrder(await readParts(file, from), from, values);
      weights[path] = upload(values, shape);
    }
  } catch (error) {
    tf.dispose(weights);
    throw error;
  }
  return weights;
}

/** All tensors of a network as a file names and shapes them, to write one. */
export function torchTensorsOf(
  parameters: Parameters,
  source: (path: string, shape: readonly number[]) => TorchSource,
): { name: string; shape: readonly number[] }[] {
  return [...parameters.entries].flatMap(([path, { shape }]) => {
    const { names, shape: each } = source(path, shape);
    return names.map((name) => ({ name, shape: each }));
  });
}

/** "block.0.qkv.kernel" as "block.0.qkv" and "kernel". */
export function splitPath(path: string): [layer: string, part: string] {
  const dot = path.lastIndexOf(".");
  return dot < 0 ? [path, ""] : [path.slice(0, dot), path.slice(dot + 1)];
}

/** A dense layer whose outputs are those of the named layers one after another. */
export function denseSource(layers: readonly string[], part: string, shape: readonly number[]): TorchSource {
  if (part === "bias")
    return { names: layers.map((layer) => `${layer}.bias`), shape: [shape[0]! / layers.length] };
  const [from, to] = shape as [number, number];
  return {
    names: layers.map((layer) => `${layer}.weight`),
    shape: [to / layers.length, from],
    axes: "dense",
  };
}

function checkShape(file: TorchTensors, name: string, { shape, alsoShape }: TorchSource): void {
  const found = file.entries.get(name);
  if (!found)
    throw new Error(
      `${file.file} lacks the tensor "${name}": expected it with shape ${shape.join(" x ")}. Do the config and the ` +
        "weights belong together?",
    );
  const same = (other: readonly number[]) => found.shape.join() === other.join();
  if (!same(shape) && !(alsoShape && same(alsoShape)))
    throw new Error(
      `${file.file}: tensor "${name}" is ${found.shape.join(" x ")}, expected ${shape.join(" x ")}. Do the config and ` +
        "the weights belong together?",
    );
}

async function readParts(file: TorchTensors, { names, copies = [] }: TorchSource): Promise<Float32Array> {
  const first = await file.read(names[0]!);
  for (const name of copies) {
    const copy = await file.read(name);
    const at = copy.findIndex((value, i) => !Object.is(value, first[i]));
    if (at >= 0)
      throw new Error(
        `${file.file}: tensor "${name}" must be a copy of "${names[0]}", but value ${at} is ${copy[at]}, expected ` +
          `${first[at]}. This network computes it once for all blocks.`,
      );
  }
  if (names.length === 1) return first;
  const whole = new Float32Array(names.length * first.length);
  whole.set(first);
  for (let i = 1; i < names.length; i++) whole.set(await file.read(names[i]!), i * first.length);
  return whole;
}

/** [out, in, ...] to [..., in, out]. */
function putInOurOrder(
  values: Float32Array,
  { names, shape, axes = "same" }: TorchSource,
  result: Float32Array,
): void {
  if (axes === "same") {
    result.set(values);
    return;
  }
  const [rows, from, ...window] = shape as [number, number, ...number[]];
  const to = rows * names.length;
  const pixels = window.reduce((a, b) => a * b, 1);
  let i = 0;
  for (let o = 0; o < to; o++)
    for (let c = 0; c < from; c++)
      for (let p = 0; p < pixels; p++) result[(p * from + c) * to + o] = values[i++]!;
}
