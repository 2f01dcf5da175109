import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { classList } from "../../src/datasets/classLists";

/** A JPEG of one grey level. */
export function jpeg(level: number, width = 9, height = 8): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: { r: level, g: level, b: level } } })
    .jpeg({ quality: 95 })
    .toBuffer();
}

/**
 * Writes {train,val}/<wnid>/<wnid>_<i>.JPEG as ImageNet has them; the grey level of a picture is 10 label +
 * i.
 */
export async function writeImageNet(
  folder: string,
  wnids: readonly string[],
  counts: Readonly<Record<"train" | "val", number | ((label: number) => number)>>,
): Promise<void> {
  for (const split of ["train", "val"] as const)
    for (const [label, wnid] of wnids.entries()) {
      await mkdir(path.join(folder, split, wnid), { recursive: true });
      const count = counts[split];
      for (let i = 0; i < (typeof count === "number" ? count : count(label)); i++)
        await writeFile(
          path.join(folder, split, wnid, `${wnid}_${i}.JPEG`),
          await jpeg((10 * label + i) % 256),
        );
    }
}

/** Writes the ten classes that are first in ImageNet-100 once it is sorted, another task than IDC's, and their list. */
export async function writeSortedTen(folder: string): Promise<{ sorted: string[]; file: string }> {
  const sorted = classList("imagenet-100")
    .map(({ wnid }) => wnid)
    .sort()
    .slice(0, 10);
  await writeImageNet(folder, sorted, { train: 2, val: 1 });
  const file = path.join(folder, "class10.txt");
  await writeFile(file, sorted.join("\n"));
  return { sorted, file };
}
