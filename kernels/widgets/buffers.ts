// Bytes inside of JSON: taken out of a widget's state, sent beside it, put back at the same place.

export type BufferPath = readonly (string | number)[];

export interface Separated {
  readonly state: Record<string, unknown>;
  readonly buffers: Uint8Array[];
  readonly buffer_paths: BufferPath[];
}

/** The state without its bytes (absent from objects, null in arrays), and the bytes with their places. */
export function takeBuffers(state: Readonly<Record<string, unknown>>): Separated {
  const buffers: Uint8Array[] = [];
  const paths: BufferPath[] = [];
  const copy = (value: unknown, path: BufferPath): unknown => {
    const bytes = bytesOf(value);
    if (bytes) {
      buffers.push(bytes);
      paths.push(path);
      return typeof path.at(-1) === "number" ? null : undefined;
    }
    if (Array.isArray(value)) return value.map((item, i) => copy(item, [...path, i]));
    if (
      typeof value !== "object" ||
      value === null ||
      typeof (value as { toJSON?: unknown }).toJSON === "function"
    ) {
      return value;
    }
    const entries = Object.entries(value).map(([key, item]) => [key, copy(item, [...path, key])] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  };
  return { state: copy(state, []) as Record<string, unknown>, buffers, buffer_paths: paths };
}

/**
 * Puts bytes into a state that came from the front end, in place.
 * @throws RangeError if a path leads nowhere or there are not as many buffers as paths
 */
export function putBuffers(
  state: Record<string, unknown>,
  paths: readonly BufferPath[],
  buffers: readonly Uint8Array[],
): void {
  if (paths.length !== buffers.length) {
    throw new RangeError(
      `Expected a buffer for each of ${paths.length} buffer paths, found ${buffers.length} buffers`,
    );
  }
  paths.forEach((path, i) => {
    let place: unknown = state;
    for (const step of path.slice(0, -1)) place = child(place, step);
    const last = path.at(-1);
    if (last === undefined || typeof place !== "object" || place === null || isUnsafe(last)) {
      throw new RangeError(
        `Expected a place in the widget's state at buffer path ${JSON.stringify(path)}, found none`,
      );
    }
    (place as Record<string | number, unknown>)[last] = buffers[i];
  });
}

function child(place: unknown, step: string | number): unknown {
  return typeof place === "object" && place !== null && Object.hasOwn(place, step)
    ? (place as Record<string | number, unknown>)[step]
    : undefined;
}

const isUnsafe = (step: string | number) => step === "__proto__";

function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : undefined;
}

/** Bytes from the front end as the kind of array that stood there before; as they are where none did. */
export function asBefore(value: unknown, before: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value;
  // A copy begins at an offset that every kind of number may lie at.
  const { buffer } = value.slice();
  if (before instanceof ArrayBuffer) return buffer;
  if (!ArrayBuffer.isView(before)) return value;
  if (Buffer.isBuffer(before)) return Buffer.from(buffer);
  const Kind = before.constructor as new (buffer: ArrayBufferLike) => ArrayBufferView;
  return new Kind(buffer);
}
