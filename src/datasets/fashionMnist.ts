// Fashion-MNIST (Xiao, Rasul, Vollgraf 2017, arXiv 1708.07747): 60,000 + 10,000 grey 28 x 28 images of 10 kinds
// of clothing. From files to a Dataset; where the files come from is in fashionMnistSources.ts.

import { access, readFile } from "node:fs/promises";
import path from "node:path";
import { type Dataset, DatasetError, type LoadOptions, type Split } from "./dataset";
import { checkContent, type FashionMnistContents, fashionMnistFiles } from "./fashionMnistFiles";
import { fetchFashionMnist, localFolders } from "./fashionMnistSources";
import { decompress, parseIdx } from "./idx";

/** Class names in label order. */
export const fashionMnistClasses: readonly string[] = [
  "T-shirt/top",
  "Trouser",
  "Pullover",
  "Dress",
  "Coat",
  "Sandal",
  "Shirt",
  "Sneaker",
  "Bag",
  "Ankle boot",
];

/**
 * Loads Fashion-MNIST from the first source that has it: `options.folder` or IGDS_FASHION_MNIST (then no other
 * is tried), data/fashion-mnist, the system's copy, the official mirrors, the Debian package. Fetched files are
 * kept in data/fashion-mnist. Every file is checked by SHA-256.
 * @throws DatasetError naming every source tried, why it failed, and what to do.
 */
export async function loadFashionMnist(options: LoadOptions = {}): Promise<Dataset> {
  const named = options.folder ?? process.env.IGDS_FASHION_MNIST;
  if (named) {
    const contents = await readContents(named).catch((error: Error) => {
      const origin = options.folder ? "the folder option" : "IGDS_FASHION_MNIST";
      throw new DatasetError(
        `Fashion-MNIST: ${error.message}\nThe folder was named by ${origin}; it must hold ${filesInWords}, ` +
          `each plain or as .gz. Name another folder, or none to have the dataset fetched.`,
        { cause: error },
      );
    });
    return assemble(contents, path.resolve(named));
  }
  const failures: string[] = [];
  for (const folder of localFolders()) {
    try {
      return assemble(await readContents(folder), folder);
    } catch (error) {
      failures.push(`${folder}: ${(error as Error).message}`);
    }
  }
  const { contents, source } = await fetchFashionMnist(failures, options.onProgress);
  return assemble(contents, source);
}

/** The local folder that holds the dataset's files, or null if it would have to be fetched. Reads no content. */
export async function findFashionMnist(): Promise<string | null> {
  const named = process.env.IGDS_FASHION_MNIST;
  for (const folder of named ? [named] : localFolders()) {
    const found = await Promise.all(
      Object.values(fashionMnistFiles).map(({ name }) => findFile(folder, name)),
    );
    if (found.every((file) => file !== null)) return folder;
  }
  return null;
}

const filesInWords = Object.values(fashionMnistFiles)
  .map(({ name }) => name)
  .join(", ");

async function readContents(folder: string): Promise<FashionMnistContents> {
  const entries = Object.entries(fashionMnistFiles).map(async ([key, file]) => {
    const found = await findFile(folder, file.name);
    if (!found) throw new DatasetError(`no file ${file.name} or ${file.name}.gz in ${path.resolve(folder)}`);
    const content = decompress(await readFile(found), found);
    checkContent(file, content, found);
    return [key, content] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as FashionMnistContents;
}

async function findFile(folder: string, name: string): Promise<string | null> {
  for (const candidate of [path.join(folder, `${name}.gz`), path.join(folder, name)]) {
    try {
      await access(candidate);
      return candidate;
    } catch {
      // Not there under this name: try the next.
    }
  }
  return null;
}

function assemble(contents: FashionMnistContents, source: string): Dataset {
  return {
    name: "fashion-mnist",
    classes: fashionMnistClasses,
    shape: [28, 28, 1],
    train: splitOf(contents.trainImages, contents.trainLabels, 60_000, source),
    test: splitOf(contents.testImages, contents.testLabels, 10_000, source),
    source,
  };
}

function splitOf(imageFile: Uint8Array, labelFile: Uint8Array, count: number, source: string): Split {
  const images = parseIdx(imageFile, `${source}: images`);
  const labels = parseIdx(labelFile, `${source}: labels`);
  if (!(images.data instanceof Uint8Array) || !(labels.data instanceof Uint8Array)) {
    throw new DatasetError(`${source}: expected images and labels as unsigned bytes`);
  }
  if (`${images.dimensions} ${labels.dimensions}` !== `${count},28,28 ${count}`) {
    throw new DatasetError(
      `${source}: expected ${count} images of 28 x 28 and ${count} labels, ` +
        `found dimensions ${images.dimensions.join(" x ")} and ${labels.dimensions.join(" x ")}`,
    );
  }
  return { images: images.data, labels: labels.data, count };
}
