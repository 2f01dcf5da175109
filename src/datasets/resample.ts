// Pixels brought to another size as PIL does it (Image.resize: every pixel of the result is a weighted mean
// over its whole footprint, columns first, each pass rounded to bytes). For the cases that sharp computes
// otherwise.

/** Weight of a pixel by its distance, in pixels of the coarser of the two images, and how far it reaches. */
export interface Filter {
  readonly reach: number;
  readonly weight: (distance: number) => number;
}

export const box: Filter = { reach: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) };

export const bilinear: Filter = { reach: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) };

/** Keys' cubic with a = -1/2. */
export const bicubic: Filter = {
  reach: 2,
  weight: (distance) => {
    const x = Math.abs(distance);
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
  },
};

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

const CHANNELS = 3;

/** @param pixels width * height * 3 bytes */
export function resample(pixels: Uint8Array, from: Size, to: Size, filter: Filter): Uint8Array {
  let result = pixels;
  if (to.width !== from.width) {
    const weights = weightsOf(from.width, to.width, filter);
    const wide = new Uint8Array(to.width * from.height * CHANNELS);
    for (let y = 0; y < from.height; y++)
      mix(
        weights,
        pixels,
        y * from.width * CHANNELS,
        CHANNELS,
        wide,
        y * to.width * CHANNELS,
        CHANNELS,
        CHANNELS,
      );
    result = wide;
  }
  if (to.height === from.height) return result;
  const row = to.width * CHANNELS;
  const high = new Uint8Array(to.height * row);
  mix(weightsOf(from.height, to.height, filter), result, 0, row, high, 0, row, row);
  return high;
}

/**
 * Weights are whole numbers of this, as PIL has them: means that lie at a half then round as they do there.
 */
const UNIT = 2 ** 22;

/** Of each place of the result: the first place it is mixed from, and the weights from there on. */
type Weights = readonly { readonly first: number; readonly weights: Float64Array }[];

function weightsOf(length: number, scaled: number, { reach, weight }: Filter): Weights {
  const scale = length / scaled;
  const stretch = Math.max(1, scale);
  return Array.from({ length: scaled }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach * stretch + 0.5));
    const end = Math.min(length, Math.trunc(centre + reach * stretch + 0.5));
    const weights = Float64Array.from({ length: end - first }, (__, k) =>
      weight((first + k - centre + 0.5) / stretch),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((one) => roundHalfAway((one / sum) * UNIT)) };
  });
}

const roundHalfAway = (value: number): number => Math.sign(value) * Math.floor(Math.abs(value) + 0.5);

/** Mixes along one axis, whose places lie `step` bytes apart, at `width` bytes of the other axes at once. */
function mix(
  along: Weights,
  from: Uint8Array,
  fromStart: number,
  fromStep: number,
  to: Uint8Array,
  toStart: number,
  toStep: number,
  width: number,
): void {
  along.forEach(({ first, weights }, place) => {
    for (let c = 0; c < width; c++) {
      let sum = UNIT / 2;
      for (let k = 0; k < weights.length; k++)
        sum += weights[k]! * from[fromStart + (first + k) * fromStep + c]!;
      to[toStart + place * toStep + c] = Math.min(255, Math.max(0, Math.floor(sum / UNIT)));
    }
  });
}

/** A square cut out of pixels. */
export function crop(
  pixels: Uint8Array,
  { width }: Size,
  left: number,
  top: number,
  side: number,
): Uint8Array {
  const result = new Uint8Array(side * side * CHANNELS);
  for (let y = 0; y < side; y++) {
    const at = ((top + y) * width + left) * CHANNELS;
    result.set(pixels.subarray(at, at + side * CHANNELS), y * side * CHANNELS);
  }
  return result;
}
