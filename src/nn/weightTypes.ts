// What all weight files have in common, whatever their format.

/** How the numbers of a tensor are stored; the names are those of the .safetensors format. */
export type WeightType = "F64" | "F32" | "F16" | "BF16" | "I64" | "I32" | "I16" | "I8" | "U8" | "BOOL";

/** What is known of a tensor before its numbers are read. */
export interface WeightEntry {
  /** As the file has it. */
  readonly name: string;
  /** Length of each axis. */
  readonly shape: readonly number[];
  /** Type in the file. */
  readonly dtype: WeightType;
}

/** Weights on disk, read one tensor at a time: memory holds only what has been asked for. */
export interface WeightFile {
  /** The file as it was opened, for messages. */
  readonly file: string;
  /** All tensors by name, in the order of the file. */
  readonly entries: ReadonlyMap<string, WeightEntry>;
  /**
   * The numbers of one tensor in row-major order, in memory of their own. F32, F16 and BF16 come exactly; F64 and
   * large integers are rounded to the nearest float32; BOOL is 0 or 1.
   * @throws WeightFileError if there is no such tensor, or the file has changed since it was opened
   */
  read(name: string): Promise<Float32Array>;
  /** Releases the file; nothing can be read afterwards. */
  close(): Promise<void>;
}

/** A weight file that is missing a part, damaged, or of a kind that is not read here. */
export class WeightFileError extends Error {
  override readonly name: string = "WeightFileError";
}

/** The size of one number of each type. */
export const weightBytes: Readonly<Record<WeightType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/** The number of values in a tensor of this shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A name from a file as it stands in messages: quoted, and cut where nobody would read on. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}...` : name);
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
