// Sets as one folder of pictures per class, under whatever names of classes.
import { readdir, realpath } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import type { Dataset } from "../datasets/dataset";
import { few } from "../datasets/few";
import { readImageFolder } from "../datasets/imageFolder";
import { checkPlainFile } from "../datasets/insideFolder";
import { ExchangeError } from "./arrays";
import type { ExchangedSet } from "./layouts";

/** Which images are taken: of one shape, or all as large as the first and with so many channels, or with its own. */
export type Wanted = Dataset["shape"] | { readonly channels?: number };

/**
 * Reads FOLDER/<name>/* for each name in label order.
 * @throws DatasetError as `readImageFolder`; ExchangeError for links that lead out of the folder
 */
export async function readFolders(
  folder: string,
  names: readonly string[],
  wanted: Wanted,
): Promise<ExchangedSet> {
  await checkInside(folder);
  const shape = "length" in wanted ? wanted : await firstShape(folder, names[0]!, wanted.channels);
  return readImageFolder(folder, { classes: names, shape });
}

/**
 * The names of folders with numbers, in the order of the numbers.
 * @throws ExchangeError unless they are 0 .. classes - 1, each once
 */
export async function numberedFolders(folder: string, classes: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => !entry.isFile() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1));
  const wrong = names.filter((name, i) => !/^\d+$/.test(name) || Number(name) !== i);
  if (wrong.length > 0 || names.length !== classes)
    throw new ExchangeError(
      `${folder}: expected folders with the numbers 0 .. ${classes - 1}, one per class, found ${names.length}: ` +
        `${few(wrong.length > 0 ? wrong : names)}`,
    );
  return names;
}

/** Links may lead anywhere: what is read must lie in the folder that was named. */
async function checkInside(folder: string): Promise<void> {
  const root = await realpath(folder);
  const look = async (inner: string, depth: number): Promise<void> => {
    for (const entry of await readdir(inner, { withFileTypes: true })) {
      const own = path.join(inner, entry.name);
      if (entry.isSymbolicLink()) {
        const target = await realpath(own).catch(() => null);
        if (target === null || !target.startsWith(`${root}${path.sep}`))
          throw new ExchangeError(
            `${own} is a link that leads ${target === null ? "nowhere" : `out of the folder, to ${target}`}. Copy what is ` +
              "meant into the folder.",
          );
      } else if (entry.isDirectory() && depth < 1) await look(own, depth + 1);
    }
  };
  await look(root, 0);
}

async function firstShape(folder: string, name: string, wantedChannels?: number): Promise<Dataset["shape"]> {
  const names = await readdir(path.join(folder, name)).catch(() => []);
  const first = names.filter((file) => /\.(png|jpe?g|webp)$/i.test(file)).sort()[0];
  if (!first)
    throw new ExchangeError(
      `${path.join(folder, name)}: expected a folder with at least one .png, .jpg or .webp file`,
    );
  const file = path.join(folder, name, first);
  await checkPlainFile(folder, file);
  const { width, height, channels } = await sharp(file)
    .metadata()
    .catch((error: Error) => {
      throw new ExchangeError(
        `${file}: not a readable image (${error.message.trim()}); write or fetch it again`,
        {
          cause: error,
        },
      );
    });
  return [height, width, wantedChannels ?? (channels <= 2 ? 1 : 3)];
}

/**
 * Files of an earlier set would be read as part of the one that is about to be written.
 * @throws ExchangeError if there are files in the folder
 */
export async function checkEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new ExchangeError(`${folder}: cannot write the set there: ${error.message}`, { cause: error });
  });
  if (names.length > 0)
    throw new ExchangeError(
      `${folder} is not empty: it holds ${few(names)}. Choose a new folder, or delete this one.`,
    );
}
