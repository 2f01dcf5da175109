// Typed arrays, bytes and tensors as text: what they are, how large, their range and some of their values.

import { gridText, rangeOf } from "./numbers";

/** The text of a typed array, or of a piece of memory; undefined for anything else. */
export function arrayText(value: unknown): string | undefined {
  // Node's own text of a Buffer, bytes in hexadecimal, is what its readers know.
  if (Buffer.isBuffer(value)) return undefined;
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
    return `${value.constructor.name}, ${value.byteLength} bytes\n${hexText(new Uint8Array(value))}`;
  }
  if (!ArrayBuffer.isView(value)) return undefined;
  if (value instanceof DataView) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return `DataView, ${value.byteLength} bytes\n${hexText(bytes)}`;
  }
  const values = value as unknown as ArrayLike<unknown>;
  const head = [`${value.constructor.name}(${values.length})`, rangeOf(values)].filter(Boolean).join(", ");
  return `${head}\n${gridText(values, [values.length])}`;
}

const shownBytes = 32;

function hexText(bytes: Uint8Array): string {
  const shown = [...bytes.subarray(0, shownBytes)]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join(" ");
  return bytes.length > shownBytes ? `${shown} ...` : shown;
}

/** What TensorFlow.js's tensors and variables have in common. */
export interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly isDisposed?: boolean;
  readonly name?: string;
  data(): Promise<ArrayLike<unknown>>;
}

export function isTensor(value: object): value is TensorLike {
  const tensor = value as Partial<TensorLike> & { dataSync?: unknown };
  return (
    Array.isArray(tensor.shape) &&
    tensor.shape.every((length) => Number.isInteger(length)) &&
    typeof tensor.dtype === "string" &&
    typeof tensor.data === "function" &&
    typeof tensor.dataSync === "function"
  );
}

/** Shape, dtype, range and values. Waits for the device that holds the values. */
export async function tensorText(tensor: TensorLike): Promise<string> {
  const { dtype, shape } = tensor;
  const kind = `${tensor.constructor.name === "Variable" ? `variable ${tensor.name}` : "tensor"}`;
  const head = `${dtype} ${kind}, shape [${shape.join(", ")}]`;
  if (tensor.isDisposed) return `${head}, disposed`;
  const values = valuesOf(await tensor.data(), dtype);
  return `${[head, rangeOf(values)].filter(Boolean).join(", ")}\n${gridText(values, shape)}`;
}

function valuesOf(data: ArrayLike<unknown>, dtype: string): ArrayLike<unknown> {
  if (dtype === "bool") return Array.from(data, Boolean);
  if (dtype !== "complex64") return data;
  // Real and imaginary parts alternate.
  return Array.from({ length: data.length / 2 }, (_, i) =>
    complexText(Number(data[2 * i]), Number(data[2 * i + 1])),
  );
}

/** An object, so that it stands without the quotes of a text. */
function complexText(real: number, imaginary: number): object {
  const short = (part: number) => Number(part.toPrecision(5));
  return { toString: () => `${short(real)}${imaginary < 0 ? "-" : "+"}${short(Math.abs(imaginary))}i` };
}
