import type { Dataset, Split } from "../../src/datasets/dataset";
import { fashionMnistFiles } from "../../src/datasets/fashionMnistFiles";

/** The four plain IDX files that the dataset was read from, written anew from its bytes; by file name. */
export function fashionMnistIdxFiles(dataset: Dataset): Map<string, Buffer> {
  const idx = (data: Uint8Array, ...dimensions: number[]) => {
    const header = Buffer.from([0, 0, 8, dimensions.length, ...new Array(4 * dimensions.length).fill(0)]);
    dimensions.forEach((dimension, i) => {
      header.writeUInt32BE(dimension, 4 + 4 * i);
    });
    return Buffer.concat([header, data]);
  };
  const images = (split: Split) => idx(split.images, split.count, 28, 28);
  const labels = (split: Split) => idx(Uint8Array.from(split.labels), split.count);
  return new Map([
    [fashionMnistFiles.trainImages.name, images(dataset.train)],
    [fashionMnistFiles.trainLabels.name, labels(dataset.train)],
    [fashionMnistFiles.testImages.name, images(dataset.test)],
    [fashionMnistFiles.testLabels.name, labels(dataset.test)],
  ]);
}
