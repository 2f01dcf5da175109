// A set as two arrays, images and labels, and back.
import { argmaxRows } from "../tensor/argmaxRows";
import { bytesFromValues, type ImageBatch, valuesFromBytes } from "../tensor/batch";
import { ExchangeError, type NumberArray } from "./arrays";
import type { Standard } from "./layouts";

/** Colours this little beyond [0, 1] are rounding. */
const ROUNDING = 1e-3;

/** Images as bytes, [N, H, W, C]. */
export function byteImages({ data, shape }: ImageBatch): NumberArray {
  return { type: "uint8", shape, data: bytesFromValues(data) };
}

/**
 * Images as PyTorch code takes them: [N, C, H, W], values of bytes over 255, standardised if told.
 * @throws RangeError if means or deviations are not one for each channel
 */
export function torchImages({ data, shape }: ImageBatch, standard?: Standard): NumberArray {
  const [count, height, width, channels] = shape;
  const { mean, deviation } = checkedStandard(standard, channels);
  const bytes = bytesFromValues(data);
  const values = new Float32Array(bytes.length);
  let to = 0;
  for (let n = 0; n < count; n++)
    for (let c = 0; c < channels; c++)
      for (let i = 0; i < height * width; i++)
        values[to++] = (bytes[(n * height * width + i) * channels + c]! / 255 - mean[c]!) / deviation[c]!;
  return { type: "float32", shape: [count, channels, height, width], data: values };
}

export function labelArray(labels: ArrayLike<number>): NumberArray {
  return {
    type: "int64",
    shape: [labels.length],
    data: BigInt64Array.from({ length: labels.length }, (_, i) => BigInt(labels[i]!)),
  };
}

/** Soft labels as shares, [N, classes]. */
export function targetArray(targets: Float32Array, classes: number): NumberArray {
  return { type: "float32", shape: [targets.length / classes, classes], data: targets };
}

/** An array that was read. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * Images back from an array: bytes as they are; other numbers as colours in [0, 1], or standardised ones.
 * @param order where the channels stand
 * @param name for messages
 * @throws ExchangeError for another number of axes or channels, or values that are no colours
 */
export function imagesFrom(
  { shape, data }: Numbers,
  order: "channels first" | "channels last",
  isBytes: boolean,
  name: string,
  standard?: Standard,
): ImageBatch {
  const first = order === "channels first";
  const [count, height, width, channels] = (
    first ? [shape[0], shape[2], shape[3], shape[1]] : shape
  ) as ImageBatch["shape"];
  if (shape.length !== 4 || (channels !== 1 && channels !== 3))
    throw new ExchangeError(
      `${name}: expected images as ${first ? "N x C x H x W" : "N x H x W x C"} with 1 or 3 channels, found ${shape.join(" x ")}`,
    );
  const { mean, deviation } = checkedStandard(standard, channels);
  const pixels = height * width;
  const result = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const n = Math.floor(i / (pixels * channels));
    const c = i % channels;
    const pixel = Math.floor(i / channels) % pixels;
    const raw = data[first ? (n * channels + c) * pixels + pixel : i]!;
    const colour = isBytes ? raw / 255 : raw * deviation[c]! + mean[c]!;
    if (!(colour >= -ROUNDING && colour <= 1 + ROUNDING) && !standard)
      throw new ExchangeError(
        `${name}: expected colours in [0, 1], found ${raw} in image ${n}. If they are standardised, give the means and ` +
          "deviations they were standardised by.",
      );
    if (!Number.isFinite(colour)) throw new ExchangeError(`${name}: image ${n} holds ${raw}, no number`);
    result[i] = 2 * Math.min(1, Math.max(0, colour)) - 1;
  }
  return { data: rounded(result), shape: [count, height, width, channels] };
}

/** As the same images are when they are written to PNG files and read again. */
function rounded(values: Float32Array): Float32Array {
  const result = new Float32Array(values.length);
  valuesFromBytes(bytesFromValues(values), result);
  return result;
}

/**
 * Labels back from an array: class numbers, N, or distributions over the classes, N x C.
 * @throws ExchangeError naming the first label that is none, or a wrong count
 */
export function labelsFrom(
  { shape, data }: Numbers,
  count: number,
  classes: number,
  name: string,
): { labels: Int32Array; targets?: Float32Array } {
  if (shape[0] !== count)
    throw new ExchangeError(
      `${name}: expected one label for each of ${count} images, found ${shape[0] ?? 1}`,
    );
  if (shape.length === 1 || (shape.length === 2 && shape[1] === 1 && classes > 1)) {
    const wrong = data.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < classes));
    if (wrong >= 0)
      throw new ExchangeError(
        `${name}: expected class numbers 0 .. ${classes - 1}, found ${data[wrong]} for image ${wrong}`,
      );
    return { labels: Int32Array.from(data) };
  }
  if (shape.length !== 2 || shape[1] !== classes)
    throw new ExchangeError(
      `${name}: expected ${count} class numbers, or ${count} x ${classes} shares, found ${shape.join(" x ")}`,
    );
  for (let n = 0; n < count; n++) {
    const row = data.subarray(n * classes, (n + 1) * classes);
    const sum = row.reduce((a, b) => a + b, 0);
    if (!(Math.abs(sum - 1) < 1e-3) || row.some((share) => share < 0))
      throw new ExchangeError(
        `${name}: expected shares that add up to 1, found ${sum} for image ${n}. Scores of a teacher must go through a ` +
          "softmax first.",
      );
  }
  return { labels: argmaxRows(data, classes), targets: data };
}

function checkedStandard(standard: Standard | undefined, channels: number): Standard {
  const { mean, deviation } = standard ?? {
    mean: new Array<number>(channels).fill(0),
    deviation: new Array<number>(channels).fill(1),
  };
  const numbers = [...mean, ...deviation];
  if (mean.length !== channels || deviation.length !== channels || !numbers.every(Number.isFinite))
    throw new RangeError(
      `Expected one mean and one deviation for each of ${channels} channels, found ${mean.join(", ")} and ${deviation.join(", ")}`,
    );
  if (deviation.some((value) => value <= 0))
    throw new RangeError(`Deviations must be larger than 0, found ${deviation.join(", ")}`);
  return { mean, deviation };
}
