// Changes of colour as the evaluator of published results makes them (Kim et al. 2022, after Krizhevsky et al. 2012):
// mixtures of an image with black, with its mean grey and with its grey picture, none of them clipped, and noise along
// the principal components of ImageNet's colours.

/** Shares of red, green and blue in grey (ITU-R BT.601). */
const grey = [0.299, 0.587, 0.114] as const;

/** Principal components of ImageNet's pixels in [0, 1]: eigenvalues, and one row per colour of the eigenvectors. */
const eigenvalues = [0.2175, 0.0188, 0.0045] as const;
const eigenvectors = [
  [-0.5675, 0.7192, 0.4009],
  [-0.5808, -0.0045, -0.814],
  [-0.5836, -0.6948, 0.4203],
] as const;

export type Jitter = "brightness" | "contrast" | "saturation";

/**
 * Mixes an image in place with what it lacks when `amount` is 1: light, contrast or colour. A negative amount goes
 * the other way, beyond [0, 1] too.
 * @param pixels red, green and blue in turn
 */
export function jitter(pixels: Float32Array, kind: Jitter, amount: number): void {
  const [red, green, blue] = grey;
  let mean = 0;
  if (kind === "contrast") {
    for (let i = 0; i < pixels.length; i += 3)
      mean += red * pixels[i] + green * pixels[i + 1] + blue * pixels[i + 2];
    mean /= pixels.length / 3;
  }
  for (let i = 0; i < pixels.length; i += 3) {
    const towards =
      kind === "saturation" ? red * pixels[i] + green * pixels[i + 1] + blue * pixels[i + 2] : mean;
    for (let c = i; c < i + 3; c++) pixels[c] += amount * (towards - pixels[c]);
  }
}

/**
 * Adds one colour to all pixels in place.
 * @param amounts along the three components, drawn from N(0, deviation^2)
 */
export function lighting(pixels: Float32Array, amounts: ArrayLike<number>): void {
  const added = eigenvectors.map((row) =>
    row.reduce((sum, share, k) => sum + share * amounts[k] * eigenvalues[k], 0),
  );
  for (let c = 0; c < 3; c++) for (let i = c; i < pixels.length; i += 3) pixels[i] += added[c];
}

/** Mean and deviation of ImageNet's colours, by which inputs are standardised. */
const means = [0.485, 0.456, 0.406] as const;
const deviations = [0.229, 0.224, 0.225] as const;

/** Values in [0, 1] to those that networks trained on ImageNet take, in place. */
export function standardise(pixels: Float32Array): void {
  for (let c = 0; c < 3; c++) {
    const [mean, deviation] = [means[c], deviations[c]];
    for (let i = c; i < pixels.length; i += 3) pixels[i] = (pixels[i] - mean) / deviation;
  }
}
