// The four files that Fashion-MNIST consists of, and how to know them.

import { createHash } from "node:crypto";
import { DatasetError } from "./dataset";

/** One of the four files: its plain name, and the SHA-256 of its plain content (gzip wrappings differ). */
export interface FashionMnistFile {
  readonly name: string;
  readonly sha256: string;
}

/**
 * The files of the dataset. Restoring the name and time that Debian strips from the gzip headers gives the MD5
 * sums which the authors publish, so both sources hold these same contents (data/fashion-mnist/README.md).
 */
export const fashionMnistFiles = {
  trainImages: {
    name: "train-images-idx3-ubyte",
    sha256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
  },
  trainLabels: {
    name: "train-labels-idx1-ubyte",
    sha256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
  },
  testImages: {
    name: "t10k-images-idx3-ubyte",
    sha256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
  },
  testLabels: {
    name: "t10k-labels-idx1-ubyte",
    sha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
  },
} as const satisfies Record<string, FashionMnistFile>;

/** The plain contents of the four files. */
export type FashionMnistContents = Record<keyof typeof fashionMnistFiles, Uint8Array>;

/** Checks one file's plain content. @throws DatasetError for the wrong SHA-256. */
export function checkContent(file: FashionMnistFile, content: Uint8Array, where: string): void {
  const sha256 = createHash("sha256").update(content).digest("hex");
  if (sha256 !== file.sha256) {
    throw new DatasetError(
      `${where} is not Fashion-MNIST's ${file.name}, or is damaged: the SHA-256 of its uncompressed content ` +
        `should be ${file.sha256}, found ${sha256} (${content.length} bytes). Delete it to have it fetched again.`,
    );
  }
}
