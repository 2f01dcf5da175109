import { appendFile, mkdir, rename, rm, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { loadDataset } from "../../src/datasets/load";
import { listTinyImageNet } from "../../src/datasets/tinyImageNet";
import { temporaryFolder } from "../temporaryFolder";
import { jpeg } from "./pictures";

/** As in the real wnids.txt, not sorted. */
const wnids = ["n02124075", "n04067472", "n01443537"];
const sorted = [...wnids].sort();

/** The layout of tiny-imagenet-200, with few classes; grey levels tell class and place. */
async function writeTiny(folder: string): Promise<void> {
  await writeFile(path.join(folder, "wnids.txt"), `${wnids.join("\n")}\n`);
  await writeFile(
    path.join(folder, "words.txt"),
    "n01443537\tgoldfish, Carassius auratus\nn02124075\tEgyptian cat\nn00000001\tentity\nn04067472\treel\n",
  );
  for (const [c, wnid] of sorted.entries()) {
    await mkdir(path.join(folder, "train", wnid, "images"), { recursive: true });
    await writeFile(path.join(folder, "train", wnid, `${wnid}_boxes.txt`), `${wnid}_0.JPEG\t0\t0\t62\t62\n`);
    for (const i of [0, 1])
      await writeFile(
        path.join(folder, "train", wnid, "images", `${wnid}_${i}.JPEG`),
        await jpeg(60 * c + i, 64, 64),
      );
  }
  await mkdir(path.join(folder, "val", "images"), { recursive: true });
  for (let i = 0; i < 6; i++)
    await writeFile(
      path.join(folder, "val", "images", `val_${i}.JPEG`),
      await jpeg(60 * (i % 3) + 30, 64, 64),
    );
  const lines = Array.from({ length: 6 }, (_, i) => `val_${i}.JPEG\t${sorted[i % 3]}\t0\t32\t44\t62\n`);
  await writeFile(path.join(folder, "val", "val_annotations.txt"), lines.join(""));
}

describe("Tiny ImageNet", () => {
  it("is read in its own layout, labels by sorted ids, validation by annotation", async () => {
    const folder = await temporaryFolder();
    await writeTiny(folder);
    const dataset = await loadDataset("tiny-imagenet", { folder });
    expect(dataset).toMatchObject({ classes: sorted, titles: ["goldfish", "Egyptian cat", "reel"] });
    expect(dataset.shape).toEqual([64, 64, 3]);
    expect([...dataset.train.labels]).toEqual([0, 0, 1, 1, 2, 2]);
    expect([...dataset.test.labels]).toEqual([0, 0, 1, 1, 2, 2]);
    const level = (images: Uint8Array, i: number) => images[(i * 64 * 64 + 2000) * 3]!;
    for (let i = 0; i < 6; i++) {
      const label = Math.floor(i / 2);
      expect(Math.abs(level(dataset.train.images, i) - (60 * label + (i % 2)))).toBeLessThanOrEqual(2);
      expect(Math.abs(level(dataset.test.images, i) - (60 * label + 30))).toBeLessThanOrEqual(2);
    }
    expect((await loadDataset("tiny-imagenet", { folder, size: 32 })).shape).toEqual([32, 32, 3]);
  });

  it("is read where somebody sorted the validation images into class folders", async () => {
    const folder = await temporaryFolder();
    await writeTiny(folder);
    for (const [c, wnid] of sorted.entries()) {
      await mkdir(path.join(folder, "val", wnid));
      for (const i of [c, c + 3])
        await rename(
          path.join(folder, "val", "images", `val_${i}.JPEG`),
          path.join(folder, "val", wnid, `val_${i}.JPEG`),
        );
    }
    await rm(path.join(folder, "val", "images"), { recursive: true });
    const { test } = await listTinyImageNet(folder, {});
    expect([...test.labels]).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it("is refused with the line that is wrong, and never read in part", async () => {
    const folder = await temporaryFolder();
    const annotations = path.join(folder, "val", "val_annotations.txt");
    const refused = () => listTinyImageNet(folder, {}).then(({ name }) => name);
    await expect(refused()).rejects.toThrow(/Tiny ImageNet: expected its own layout.*wnids\.txt/);
    await writeTiny(folder);
    await appendFile(annotations, "val_0.JPEG\tn01443537\t0\t0\t1\t1\n");
    await expect(refused()).rejects.toThrow(
      /line 7: expected a file of val\/images named once, found "val_0\.JPEG"/,
    );
    await writeTiny(folder);
    await appendFile(annotations, "val_9.JPEG\tn09999999\t0\t0\t1\t1\n");
    await expect(refused()).rejects.toThrow(
      /line 7: expected a class of wnids\.txt, found "n09999999" for val_9/,
    );
    await writeFile(annotations, `val_0.JPEG\t${wnids[0]}\t0\t0\t1\t1\n`);
    await expect(refused()).rejects.toThrow(
      /a line for each file of val\/images, found none for val_1\.JPEG/,
    );
    await rm(annotations);
    await expect(refused()).rejects.toThrow(/val_annotations\.txt: expected the classes of val\/images/);
    await writeTiny(folder);
    await rm(path.join(folder, "val", "images", "val_5.JPEG"));
    await expect(refused()).rejects.toThrow(/line 6: .* found "val_5\.JPEG"/);
    await writeTiny(folder);
    await rm(path.join(folder, "train", wnids[1]!, "images", `${wnids[1]}_1.JPEG`));
    await expect(refused()).rejects.toThrow(
      /500 train images of each class, or the same number of all, found 2 of/,
    );
    await rm(path.join(folder, "train", wnids[1]!), { recursive: true });
    await expect(refused()).rejects.toThrow(/train: expected a folder .* found none for n04067472/);
    await writeFile(path.join(folder, "wnids.txt"), "n01443537\ncat\n");
    await expect(refused()).rejects.toThrow(/different WordNet ids, .* found "cat"/);
    await writeTiny(folder);
    await truncate(path.join(folder, "val", "images", "val_5.JPEG"), 200);
    await expect(loadDataset("tiny-imagenet", { folder, size: 16 })).rejects.toThrow(
      /val\/images\/val_5\.JPEG: not a readable image/,
    );
  });
});
