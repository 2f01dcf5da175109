// Where the files of Fashion-MNIST are looked for and fetched from.

import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import path from "node:path";
import { makeFolder, unfinishedSuffix, writeFileAtomic } from "../tensor/atomicFile";
import type { ProgressEvent } from "../tensor/progress";
import { dataFolder } from "./dataFolder";
import { DatasetError } from "./dataset";
import { fetchDebianPackage } from "./debianPackage";
import { download } from "./download";
import {
  checkContent,
  type FashionMnistContents,
  type FashionMnistFile,
  fashionMnistFiles,
} from "./fashionMnistFiles";
import { decompress } from "./idx";

const officialMirrors = [
  "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
  "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
];

const debianPackage = "dataset-fashion-mnist";
const systemFolder = "/usr/share/datasets/fashion-mnist"; // where that package installs, and holds, the files

/** Sizes for progress: the four official files; the Debian package. */
const mirrorBytes = 26_421_880 + 29_515 + 4_422_102 + 5_148;
const packageBytes = 30_900_652;

/** Local folders, in the order in which they are tried. */
export function localFolders(): string[] {
  return [dataFolder("fashion-mnist"), systemFolder];
}

/** The mirrors in the order in which they are tried; IGDS_FASHION_MNIST_MIRROR comes first. */
export function mirrors(): string[] {
  const own = process.env.IGDS_FASHION_MNIST_MIRROR?.replace(/\/+$/, "");
  return own ? [own, ...officialMirrors] : officialMirrors;
}

/** Where to keep the files and which sources to use; the defaults are the real ones. */
export interface FetchOptions {
  readonly folder?: string;
  readonly mirrors?: readonly string[];
  readonly debianPackage?: string;
}

/**
 * Fetches the four files, keeps them in data/fashion-mnist, and returns their plain contents.
 * @param failures - Why the local sources failed; taken up in the message if the network fails as well.
 * @throws DatasetError naming every source, why it failed, and every way to get the data.
 */
export async function fetchFashionMnist(
  failures: readonly string[],
  onProgress: (event: ProgressEvent) => void = () => {},
  options: FetchOptions = {},
): Promise<{ contents: FashionMnistContents; source: string }> {
  const folder = options.folder ?? dataFolder("fashion-mnist");
  try {
    await makeFolder(folder);
    await removeLeftovers(folder);
  } catch (error) {
    throw new DatasetError(
      `Fashion-MNIST was not found, and what is fetched cannot be kept in ${folder} (${(error as Error).message}). ` +
        "Set IGDS_DATA to a folder that can be written to, or IGDS_FASHION_MNIST to one that holds the files.",
      { cause: error },
    );
  }
  const reasons = [...failures];
  for (const mirror of options.mirrors ?? mirrors()) {
    try {
      return {
        contents: await fromMirror(mirror, folder, onProgress),
        source: `${mirror}, kept in ${folder}`,
      };
    } catch (error) {
      reasons.push(`${mirror}: ${(error as Error).message}`);
    }
  }
  const packageName = options.debianPackage ?? debianPackage;
  try {
    const contents = await fromDebian(packageName, folder, onProgress);
    return { contents, source: `Debian package ${packageName}, kept in ${folder}` };
  } catch (error) {
    reasons.push(`apt-get download ${packageName}: ${(error as Error).message}`);
  }
  throw new DatasetError(
    [
      "Fashion-MNIST was not found and could not be fetched. Tried in this order:",
      ...reasons.map((reason) => `  - ${reason}`),
      "Ways to get it:",
      `  - on a machine with a network, download ${Object.values(fashionMnistFiles)
        .map(({ name }) => `${name}.gz`)
        .join(", ")} from ${officialMirrors[0]} and copy the four files into ${folder}`,
      "  - set IGDS_FASHION_MNIST to a folder that holds these files",
      "  - set IGDS_FASHION_MNIST_MIRROR to the address of a mirror that serves them",
      `  - on Debian or Ubuntu: sudo apt-get install ${debianPackage}`,
    ].join("\n"),
  );
}

type FileEntry = readonly [key: keyof FashionMnistContents, file: FashionMnistFile];
const fileEntries = Object.entries(fashionMnistFiles) as unknown as readonly FileEntry[];

async function fromMirror(
  mirror: string,
  folder: string,
  onProgress: (event: ProgressEvent) => void,
): Promise<FashionMnistContents> {
  const contents: Partial<FashionMnistContents> = {};
  let before = 0;
  for (const [key, file] of fileEntries) {
    const url = `${mirror}/${file.name}.gz`;
    const report = (received: number) =>
      onProgress({ label: `Fashion-MNIST from ${mirror}`, done: before + received, total: mirrorBytes });
    const bytes = await download(url, report);
    before += bytes.length;
    contents[key] = await keep(file, bytes, url, folder);
  }
  return contents as FashionMnistContents;
}

async function fromDebian(
  packageName: string,
  folder: string,
  onProgress: (event: ProgressEvent) => void,
): Promise<FashionMnistContents> {
  const temporary = await mkdtemp(path.join(folder, ".apt-"));
  try {
    const report = (received: number) =>
      onProgress({
        label: `Fashion-MNIST from Debian package ${packageName}`,
        done: Math.min(received, packageBytes),
        total: packageBytes,
      });
    report(0);
    const root = await fetchDebianPackage(packageName, temporary, report);
    report(packageBytes);
    const contents: Partial<FashionMnistContents> = {};
    for (const [key, file] of fileEntries) {
      const unpacked = path.join(root, systemFolder, `${file.name}.gz`);
      contents[key] = await keep(file, await readFile(unpacked), unpacked, folder);
    }
    return contents as FashionMnistContents;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Checks a fetched file, keeps it, and returns its plain content. */
async function keep(
  file: FashionMnistFile,
  bytes: Uint8Array,
  where: string,
  folder: string,
): Promise<Uint8Array> {
  const content = decompress(bytes, where);
  checkContent(file, content, where);
  const name = bytes === content ? file.name : `${file.name}.gz`;
  await writeFileAtomic(path.join(folder, name), bytes);
  return content;
}

/** Deletes what killed runs have left; an hour keeps off the files of a run that is still at work. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(".apt-") && !(name.startsWith(".") && name.endsWith(unfinishedSuffix))) continue;
    const file = path.join(folder, name);
    const info = await stat(file).catch(() => null); // another process may have tidied it up first
    if (info && Date.now() - info.mtimeMs > 3_600_000) await rm(file, { recursive: true, force: true });
  }
}
