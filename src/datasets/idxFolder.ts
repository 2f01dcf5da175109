// MNIST and the sets that came after it in its format (KMNIST, EMNIST digits, ...): four IDX files in a folder,
// plain or gzip. MNIST itself (LeCun, Cortes, Burges 1998) has 60,000 + 10,000 grey images of 28 x 28. Labels count
// from 0: those of EMNIST letters, which count from 1, are refused.

import { readdir } from "node:fs/promises";
import path from "node:path";
import { dataFolder } from "./dataFolder";
import { type Dataset, DatasetError, type Labels, type LoadOptions, newLabels, type Split } from "./dataset";
import { few } from "./few";
import { readIdx } from "./idx";

/**
 * How the four files are recognised, whatever stands before and after:
 * emnist-digits-train-images-idx3-ubyte.gz.
 */
const files = {
  trainImages: /train-images[-.]idx\d-ubyte(\.gz)?$/,
  trainLabels: /train-labels[-.]idx1-ubyte(\.gz)?$/,
  testImages: /(t10k|test)-images[-.]idx\d-ubyte(\.gz)?$/,
  testLabels: /(t10k|test)-labels[-.]idx1-ubyte(\.gz)?$/,
} as const;

const expected = "{train,t10k}-{images-idx3,labels-idx1}-ubyte, each plain or as .gz";

/**
 * Loads a dataset in MNIST's format from `options.folder`, or data/mnist. Classes are the numbers from 0 to
 * the largest label; the images keep their size.
 * @throws DatasetError if a file is missing, damaged or there twice, or if sizes and counts do not fit
 *   together
 */
export async function loadMnist(options: LoadOptions = {}): Promise<Dataset> {
  const folder = path.resolve(options.folder ?? dataFolder("mnist"));
  const names = await idxFiles(folder);
  const read = (key: keyof typeof files) => readIdx(path.join(folder, names[key]));
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all([
    read("trainImages"),
    read("trainLabels"),
    read("testImages"),
    read("testLabels"),
  ]);
  const shape = shapeOf(trainImages.dimensions, names.trainImages);
  if (shapeOf(testImages.dimensions, names.testImages).join() !== shape.join())
    throw new DatasetError(
      `${folder}: expected training and test images of one size, found ${shape.join(" x ")} and ` +
        `${testImages.dimensions.slice(1).join(" x ")}`,
    );
  const largest = Math.max(largestOf(trainLabels.data), largestOf(testLabels.data));
  const splitOf = (images: typeof trainImages, labels: typeof trainLabels, key: "train" | "test"): Split => {
    const count = images.dimensions[0]!;
    const file = path.join(folder, names[`${key}Images`]);
    const labelFile = path.join(folder, names[`${key}Labels`]);
    if (!(images.data instanceof Uint8Array))
      throw new DatasetError(`${file}: expected one unsigned byte for each pixel, found other numbers`);
    if (labels.dimensions.join() !== String(count))
      throw new DatasetError(
        `${labelFile}: expected a label for each of the ${count} images of ${file}, ` +
          `found ${labels.dimensions.join(" x ")}`,
      );
    return { images: images.data, labels: labelsOf(labels.data, largest + 1, labelFile), count };
  };
  return {
    name: "mnist",
    classes: Array.from({ length: largest + 1 }, (_, i) => String(i)),
    shape,
    train: splitOf(trainImages, trainLabels, "train"),
    test: splitOf(testImages, testLabels, "test"),
    source: folder,
  };
}

/** The names of the four files. @throws DatasetError unless each is there once */
export async function idxFiles(folder: string): Promise<Record<keyof typeof files, string>> {
  const names = await readdir(folder).catch((error: Error) => {
    throw new DatasetError(
      `MNIST: expected ${expected} in ${folder}, found no such folder (${error.message})`,
      {
        cause: error,
      },
    );
  });
  const entries = Object.entries(files).map(([key, pattern]) => {
    const found = names.filter((name) => pattern.test(name));
    if (found.length === 1) return [key, found[0]!];
    throw new DatasetError(
      `MNIST: expected ${expected} in ${folder}, found ${found.length === 0 ? few(names) : few(found)}` +
        `${found.length === 0 ? "" : ", of which only one can be meant"}. Put the four files into a folder of their own.`,
    );
  });
  return Object.fromEntries(entries) as Record<keyof typeof files, string>;
}

function shapeOf(dimensions: readonly number[], file: string): [number, number, number] {
  const [count = 0, height = 0, width = 0, channels = 1, ...more] = dimensions;
  if (more.length > 0 || count * height * width === 0 || ![1, 3].includes(channels))
    throw new DatasetError(
      `${file}: expected images as count x height x width (x 1 or 3 channels), found ${dimensions.join(" x ")}`,
    );
  return [height, width, channels];
}

const largestOf = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((a, b) => Math.max(a, b), 0);

function labelsOf(values: ArrayLike<number>, classes: number, file: string): Labels {
  const labels = newLabels(values.length, classes);
  const has = new Uint8Array(classes);
  for (let i = 0; i < values.length; i++) {
    const label = values[i]!;
    if (!Number.isInteger(label) || label < 0)
      throw new DatasetError(`${file}: expected whole numbers from 0 on, found ${label}`);
    labels[i] = label;
    has[label] = 1;
  }
  const none = has.indexOf(0);
  if (none >= 0)
    throw new DatasetError(
      `${file}: expected images of each class from 0 to ${classes - 1}, found none of ${none}` +
        (none === 0
          ? ". Labels that count from 1, as those of EMNIST letters, must be written one less."
          : ""),
    );
  return labels;
}
