// Procedural images: classes and contexts drawn from known factors, so that what the images tell of both is known.
//
// The class Y is a shape, the context Z where it lies and how bright it is, and an image is
//     x = clean(Y, Z) + noise,   noise ~ N(0, sigma^2) in each pixel,
// a Gaussian mixture in pixel space: I(X;Y), I(X;Z|Y) and H(X|Y) follow by Monte Carlo from its components, which is
// what `GaussianMixture` (information/groundTruth.ts) takes.
import { Seed, type SeedLike } from "../tensor/random";
import { type Dataset, newLabels, type Split } from "./dataset";

/** What the images are like. */
export interface ProceduralSettings {
  /** Height and width in pixels, at least 8; 16 if left out. */
  readonly size?: number;
  /** Shapes, 1 to 6; 4 if left out. */
  readonly classes?: number;
  /** Contexts of each class, 1 to 18; 6 if left out. */
  readonly contexts?: number;
  /** Standard deviation of a pixel's noise, on the scale where pixels lie in [-1, 1]; 0.6 if left out. */
  readonly noise?: number;
  /** Ratio between the most and the least frequent context of a class, >= 1; 1 if left out. */
  readonly imbalance?: number;
}

/** One clean image as a Gaussian: what `new GaussianMixture(components)` takes, class by class. */
export interface ProceduralComponent {
  /** The clean image, size * size numbers in [-1, 1], row by row. */
  readonly mean: Float32Array;
  /** Of the noise in each pixel: the square of `ProceduralSettings.noise`. */
  readonly variance: number;
  /** Share of the context in its class; those of a class add up to 1. */
  readonly weight: number;
}

/** Labelled images with their contexts. */
export interface ProceduralSample {
  /** N x size x size x 1, not clipped: clipping would change the law. */
  readonly images: Float32Array;
  /** Class index of each image. */
  readonly labels: Int32Array;
  /** Context of each image: its place in `Procedural.components[label]`. */
  readonly contexts: Int32Array;
}

/** The law of the images, and draws from it. */
export interface Procedural {
  /** Of one image. */
  readonly shape: readonly [height: number, width: number, channels: 1];
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** The contexts of each class. */
  readonly components: readonly (readonly ProceduralComponent[])[];
  /** `count` independent images, classes equally likely. */
  sample(count: number, seed: SeedLike): ProceduralSample;
}

/** Whether a point lies in the shape; both from -1 to 1, the shape about the origin. */
const SHAPES: Readonly<Record<string, (u: number, v: number) => boolean>> = {
  disc: (u, v) => u * u + v * v < 1,
  square: (u, v) => Math.max(Math.abs(u), Math.abs(v)) < 0.85,
  cross: (u, v) => Math.min(Math.abs(u), Math.abs(v)) < 0.3 && Math.max(Math.abs(u), Math.abs(v)) < 1,
  ring: (u, v) => u * u + v * v < 1 && u * u + v * v > 0.36,
  bars: (u, v) => Math.abs(u) < 1 && Math.abs(v) < 1 && Math.floor((v + 1) * 2.5) % 2 === 0,
  triangle: (u, v) => v < 0.9 && Math.abs(u) < (v + 1) / 2,
};

/** Where the shape may lie, as shares of the room around it, and how bright it may be. */
const PLACES = [
  [0, 0],
  [1, 1],
  [0, 1],
  [1, 0],
  [0.5, 0.5],
  [0.5, 0],
] as const;
const BRIGHTNESS = [0.9, 0.5, 0.1] as const;
/** Points of a pixel's side at which the shape is looked up, so that edges are smooth. */
const SUBPIXELS = 3;

/**
 * The law of procedural images.
 *
 * @throws RangeError for settings out of range
 *
 * @example
 * const law = igds.datasets.procedural({ size: 16, noise: 0.8 });
 * const mixture = new igds.information.GaussianMixture(law.components);
 * mixture.prototypeInformation(0).value; // I(X;Y) of the images, nats, to 0.01
 */
export function procedural(settings: ProceduralSettings = {}): Procedural {
  const { size = 16, classes = 4, contexts = 6, noise = 0.6, imbalance = 1 } = settings;
  const names = Object.keys(SHAPES);
  expectWhole("size", size, 8, 1024);
  expectWhole("classes", classes, 1, names.length);
  expectWhole("contexts", contexts, 1, PLACES.length * BRIGHTNESS.length);
  if (!(noise > 0 && Number.isFinite(noise)) || !(imbalance >= 1 && Number.isFinite(imbalance)))
    throw new RangeError(
      `procedural: expected noise > 0 and an imbalance of at least 1, found ${noise} and ${imbalance}.`,
    );
  const weights = Array.from({ length: contexts }, (_, z) =>
    contexts === 1 ? 1 : imbalance ** (-z / (contexts - 1)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const components = names.slice(0, classes).map((name) =>
    weights.map((weight, z) => ({
      mean: cleanImage(SHAPES[name]!, z, size),
      variance: noise * noise,
      weight: weight / total,
    })),
  );
  return {
    shape: [size, size, 1],
    classes: names.slice(0, classes),
    components,
    sample: (count, seed) => draw(components, noise, count, Seed.of(seed)),
  };
}

/**
 * Procedural images as a dataset: bytes, like any other.
 *
 * The bytes clip the noise to [-1, 1] and round it, so their information is a little below that of `law`.
 *
 * @param law `procedural` gives it
 * @param perClass images of each class in each split, 1 to 1,000,000
 * @param seed of contexts and noise
 * @throws RangeError for another number of images
 * @example
 * const dataset = igds.datasets.proceduralDataset(igds.datasets.procedural({ noise: 0.3 }), 500, 0);
 * dataset.train.count; // 2000: four classes
 */
export function proceduralDataset(law: Procedural, perClass: number, seed: SeedLike): Dataset {
  expectWhole("perClass", perClass, 1, 1_000_000);
  const source = Seed.of(seed);
  const split = (name: string): Split => {
    const { images, labels } = draw(
      law.components,
      Math.sqrt(law.components[0]![0]!.variance),
      perClass * law.classes.length,
      source.child(name),
      true,
    );
    const classOf = newLabels(labels.length, law.classes.length);
    classOf.set(labels);
    return {
      images: Uint8Array.from(images, (x) => Math.round((Math.min(1, Math.max(-1, x)) + 1) * 127.5)),
      labels: classOf,
      count: labels.length,
    };
  };
  return {
    name: "procedural",
    classes: law.classes,
    shape: law.shape,
    train: split("train"),
    test: split("test"),
    source: `computed, seed ${seed}`,
  };
}

/** The shape of a class in its context: context z has place z and then, where places run out, another brightness. */
function cleanImage(inside: (u: number, v: number) => boolean, z: number, size: number): Float32Array {
  const [across, down] = PLACES[z % PLACES.length]!;
  const bright = BRIGHTNESS[Math.floor(z / PLACES.length)]!;
  const radius = size * 0.28;
  const room = size - 2 * radius;
  const centre = [radius + across * room, radius + down * room] as const;
  return Float32Array.from({ length: size * size }, (_, pixel) => {
    let covered = 0;
    for (let k = 0; k < SUBPIXELS * SUBPIXELS; k++) {
      const x = (pixel % size) + ((k % SUBPIXELS) + 0.5) / SUBPIXELS;
      const y = Math.floor(pixel / size) + (Math.floor(k / SUBPIXELS) + 0.5) / SUBPIXELS;
      if (inside((x - centre[0]) / radius, (y - centre[1]) / radius)) covered++;
    }
    return -0.9 + (bright + 0.9) * (covered / SUBPIXELS ** 2);
  });
}

function draw(
  components: readonly (readonly ProceduralComponent[])[],
  noise: number,
  count: number,
  seed: Seed,
  balanced = false,
): ProceduralSample {
  const classes = components.length;
  const labels = balanced
    ? Int32Array.from({ length: count }, (_, i) => i % classes)
    : seed.child("label").integers(count, classes);
  const choice = seed.child("context").uniform(count);
  const pixels = components[0]![0]!.mean.length;
  const images = seed.child("noise").normal(count * pixels);
  const contexts = Int32Array.from(labels, (y, i) => {
    let left = choice[i]!;
    const z = components[y]!.findIndex(({ weight }) => {
      left -= weight;
      return left < 0;
    });
    return z >= 0 ? z : components[y]!.length - 1;
  });
  for (let i = 0; i < count; i++) {
    const { mean } = components[labels[i]!]![contexts[i]!]!;
    for (let c = 0; c < pixels; c++) images[i * pixels + c] = mean[c]! + noise * images[i * pixels + c]!;
  }
  return { images, labels, contexts };
}

function expectWhole(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(
      `procedural: expected ${name} as a whole number from ${least} to ${most}, found ${value}.`,
    );
}
