// A set of four small pictures, written as others write theirs.
import { copyFile } from "node:fs/promises";
import path from "node:path";
import { type ExportOptions, exportSet } from "../../src/exchange/exportSet";
import type { Layout } from "../../src/exchange/layouts";
import type { ImageBatch } from "../../src/tensor/batch";
import { temporaryFolder } from "../temporaryFolder";

export const fixtures = path.join(__dirname, "fixtures");
export const classes = ["n02086240", "n01440764", "n03000684"];
export const target = { classes, shape: [5, 3, 3] as const };

/** The bytes of makeExchange.py. */
export const images: ImageBatch = {
  data: Float32Array.from({ length: 180 }, (_, i) => ((i * 37) % 256) / 127.5 - 1),
  shape: [4, 5, 3, 3],
};
export const labels = Int32Array.of(2, 0, 1, 0);

const pathOf = (folder: string, layout: Layout) => path.join(folder, layout === "npz" ? "set.npz" : layout);

export async function exported(layout: Layout, options: Partial<ExportOptions> = {}): Promise<string> {
  const out = pathOf(await temporaryFolder(), layout);
  await exportSet({ images, labels }, out, { layout, classes, ...options });
  return out;
}

/** The fixtures of PyTorch as a set. */
export async function torchSet(labelFile: string): Promise<string> {
  const folder = await temporaryFolder();
  await copyFile(path.join(fixtures, "images.pt"), path.join(folder, "images.pt"));
  await copyFile(path.join(fixtures, labelFile), path.join(folder, "labels.pt"));
  return folder;
}
