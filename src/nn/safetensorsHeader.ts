// The header of a .safetensors file and every check that it must pass.

import { z } from "zod";
import { checkedJson } from "./checkedJson";
import { elementCount, quoted, WeightFileError, type WeightType, weightBytes } from "./weightTypes";

/** Element types that can be read; F64, I16, I8 and BOOL are never written. */
export type SafetensorsType = WeightType;

/** What stands in the header about one tensor; offsets count from the end of the header. */
interface SafetensorsEntry {
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** The header of a file. */
export interface SafetensorsHeader {
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A file that is not valid .safetensors, or uses what is not supported here. */
export class SafetensorsError extends WeightFileError {
  override readonly name = "SafetensorsError";
}

/** The types that are written, in the order in which the reference implementation stores them. */
export const writtenTypes = ["I64", "F32", "I32", "BF16", "F16", "U8"] as const satisfies SafetensorsType[];

/** The header, an entry and a list in it are three levels; a model of 100,000 tensors has about 800,000 values. */
const headerLimits = { depth: 3, values: 4_000_000 };

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
const metadataSchema = z.record(z.string(), z.string());

/**
 * Parses and checks a header.
 * @param dataLength - Bytes that follow it in the file.
 * @param path - The file's name, for messages.
 * @throws SafetensorsError
 */
export function parseHeader(bytes: Uint8Array, dataLength: number, path: string): SafetensorsHeader {
  let parsed: unknown;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw invalid(path, `the header is not JSON (${(error as Error).message})`);
  }
  try {
    parsed = checkedJson(text, headerLimits);
  } catch (error) {
    throw invalid(path, `the header ${(error as Error).message}`);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed) || !text.startsWith("{")) {
    throw invalid(path, "the header should be a JSON object");
  }
  const entries = new Map<string, SafetensorsEntry>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(parsed)) {
    if (name === "__metadata__") {
      const checked = metadataSchema.safeParse(value);
      if (!checked.success) throw invalid(path, "__metadata__ should map names to texts");
      metadata = checked.data;
    } else {
      entries.set(name, checkedEntry(name, value, dataLength, path));
    }
  }
  checkCover(entries, dataLength, path);
  return { entries, metadata };
}

function checkedEntry(name: string, value: unknown, dataLength: number, path: string): SafetensorsEntry {
  const tensor = `tensor ${quoted(name)}`;
  const checked = entrySchema.safeParse(value);
  if (!checked.success) {
    throw invalid(
      path,
      `${tensor} should have dtype, shape and data_offsets, found ${JSON.stringify(value).slice(0, 200)}`,
    );
  }
  const {
    dtype,
    shape,
    data_offsets: [begin, end],
  } = checked.data;
  if (!isSupported(dtype)) {
    throw invalid(
      path,
      `${tensor} has type ${dtype.slice(0, 40)}; supported are ${Object.keys(weightBytes).join(", ")}`,
    );
  }
  if (begin > end || end > dataLength) {
    throw invalid(
      path,
      `${tensor} lies at bytes ${begin} to ${end} of ${dataLength}: the file is damaged or cut short`,
    );
  }
  const expected = elementCount(shape) * weightBytes[dtype];
  if (end - begin !== expected) {
    throw invalid(
      path,
      `${tensor} of shape [${shape.slice(0, 20)}] and type ${dtype} takes ${expected} bytes, found ${end - begin}`,
    );
  }
  return { dtype, shape, begin, end };
}

/** Every byte of the data must belong to exactly one tensor. */
function checkCover(entries: ReadonlyMap<string, SafetensorsEntry>, dataLength: number, path: string): void {
  const inOrder = [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const [name, { begin, end }] of inOrder) {
    if (begin !== covered) {
      const fault =
        begin < covered ? "overlaps the tensor before it" : "leaves a gap after the tensor before it";
      throw invalid(path, `tensor ${quoted(name)} ${fault}: expected it at byte ${covered}, found ${begin}`);
    }
    covered = end;
  }
  if (covered !== dataLength)
    throw invalid(path, `the tensors take ${covered} bytes, but ${dataLength} bytes follow`);
}

function isSupported(dtype: string): dtype is SafetensorsType {
  return Object.hasOwn(weightBytes, dtype);
}

/** The error for a file with this fault. */
export function invalid(path: string, fault: string): SafetensorsError {
  return new SafetensorsError(`${path} is not a valid .safetensors file: ${fault}. Fetch or write it again.`);
}
