import { copyFile, mkdir, rename, rm, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { classList } from "../../src/datasets/classLists";
import { datasetNames, findDataset, listDataset, loadDataset } from "../../src/datasets/load";
import type { ProgressEvent } from "../../src/tensor/progress";
import { temporaryFolder } from "../temporaryFolder";
import { writeImageNet, writeSortedTen } from "./pictures";

const idc = classList("imagenet-10").map(({ wnid }) => wnid);
const woof = classList("imagewoof").map(({ wnid }) => wnid);

describe("ImageNet's folders", () => {
  it("are read in the order of the class list, whatever else the folder holds", async () => {
    const folder = await temporaryFolder();
    await writeImageNet(folder, [...idc, "n01440764"], { train: 3, val: 2 });
    const events: ProgressEvent[] = [];
    const dataset = await loadDataset("imagenet-10", {
      folder,
      size: 8,
      onProgress: (event) => events.push(event),
    });
    expect(dataset).toMatchObject({ name: "imagenet-10", classes: idc, shape: [8, 8, 3] });
    expect(dataset.titles!.slice(0, 2)).toEqual(["bonnet", "green mamba"]);
    expect(dataset.source).toContain("miniature");
    expect([dataset.train.count, dataset.test.count]).toEqual([30, 20]);
    expect([...dataset.test.labels]).toEqual(Array.from({ length: 20 }, (_, i) => Math.floor(i / 2)));
    dataset.train.labels.forEach((label, i) => {
      const level = dataset.train.images[i * 192 + 100]!;
      expect(Math.abs(level - (10 * label + (i % 3)))).toBeLessThanOrEqual(2);
    });
    expect(events.at(-1)).toEqual({ label: "imagenet-10 test images", done: 20, total: 20 });
    // Under its other name it is the same object.
    expect(await loadDataset("image-idc", { size: 8, folder })).toBe(dataset);
  });

  it("are cut as evaluators do it, or as is done before encoding", async () => {
    const folder = await temporaryFolder();
    await writeImageNet(folder, woof, { train: 1, val: 1 });
    const fixtures = path.join(__dirname, "fixtures", "square-pixels");
    const first = path.join(folder, "train", woof[0]!, `${woof[0]}_0.JPEG`);
    await copyFile(path.join(fixtures, "tiny.png"), first); // ImageNet has a PNG of that name, too
    for (const cut of ["evaluator", "adm"] as const) {
      const { train } = await listDataset("imagewoof", { folder, size: 48, cut });
      const expected = await sharp(path.join(fixtures, `tiny.png.${cut}.png`))
        .raw()
        .toBuffer();
      expect(Buffer.compare(await train.read(0), expected)).toBe(0);
    }
  });

  it("give the labels of a thousand classes", async () => {
    const folder = await temporaryFolder();
    const all = classList("imagenet-1k").map(({ wnid }) => wnid);
    await writeImageNet(folder, all, { train: 1, val: 1 });
    const { train, classes, shape } = await listDataset("imagenet-1k", { folder, size: 4 });
    expect([train.count, train.labels[999], classes[999], shape[0]]).toEqual([1000, 999, "n15075141", 4]);
    const level = (await train.read(999))[0]!;
    expect(Math.abs(level - (9990 % 256))).toBeLessThanOrEqual(2);
    // Some of the classes, by a list of one's own, in its order.
    const file = path.join(folder, "my list.txt");
    await writeFile(file, "n15075141\nn01440764\n");
    const some = await listDataset("imagenet-1k", { folder, size: 4, classList: file });
    expect([some.name, some.classes]).toEqual(["imagenet-1k-my-list", ["n15075141", "n01440764"]]);
    await writeFile(file, "n15075141\nn15075141\nn99999999\n");
    await expect(listDataset("imagenet-1k", { folder, classList: file })).rejects.toThrow(
      /my list\.txt: not a class list of imagenet-1k: named more than once: n15075141; not among .*n99999999/,
    );
  });

  it("are refused whole if a class, its pictures or a split is missing", async () => {
    const folder = await temporaryFolder();
    const refused = () => loadDataset("imagewoof", { folder, size: 4 }).then(({ name }) => name);
    await expect(loadDataset("imagewoof", { folder: path.join(folder, "none") })).rejects.toThrow(
      /expected a folder with train\/<wnid>.*data\/imagewoof\/README\.md/,
    );
    await mkdir(path.join(folder, "images"));
    await expect(refused()).rejects.toThrow(/expected a folder train .* found images/);
    await writeImageNet(folder, woof, { train: 2, val: 1 });
    await rename(path.join(folder, "val", woof[3]!), path.join(folder, "elsewhere"));
    await expect(refused()).rejects.toThrow(
      /val: expected a folder for each of the 10 classes.*found no n02088364/,
    );
    await mkdir(path.join(folder, "val", woof[3]!));
    await expect(refused()).rejects.toThrow(/val: expected \.JPEG files .* found none in n02088364/);
    await rm(path.join(folder, "val"), { recursive: true });
    await mkdir(path.join(folder, "val"));
    await writeFile(path.join(folder, "val", "ILSVRC2012_val_00000001.JPEG"), "");
    await expect(refused()).rejects.toThrow(/1 files without class folders/);
  });

  it("are refused with other counts than ImageNet's and fastai's, unless that is wanted", async () => {
    const folder = await temporaryFolder();
    await writeImageNet(folder, woof, { train: (label) => (label === 5 ? 2 : 3), val: 1 });
    await expect(loadDataset("imagewoof", { folder, size: 4 })).rejects.toThrow(
      /n02096294: expected \d+ training images, found 3.*anyCounts/,
    );
    const { train, source } = await loadDataset("imagewoof", { folder, size: 4, anyCounts: true });
    expect(train.count).toBe(29);
    expect(source).toContain("counts of its own");
  });

  it("are refused with a class list of another task", async () => {
    const folder = await temporaryFolder();
    const { file } = await writeSortedTen(folder);
    await expect(loadDataset("imagenet-10", { folder, classList: file })).rejects.toThrow(
      /class10\.txt: not a class list of imagenet-10: .*\*sorted\*.*read any list of classes as "imagenet-1k"/,
    );
    await expect(loadDataset("imagenet-10", { folder })).rejects.toThrow(/found no n02869837/);
  });

  it("are read as a whole or not at all: a damaged picture is named", async () => {
    const folder = await temporaryFolder();
    await writeImageNet(folder, woof, { train: 2, val: 1 });
    const file = path.join(folder, "train", woof[9]!, `${woof[9]}_1.JPEG`);
    await truncate(file, 200);
    await expect(loadDataset("imagewoof", { folder, size: 4 })).rejects.toThrow(
      new RegExp(`train/${woof[9]}/${woof[9]}_1\\.JPEG: not a readable image`),
    );
  });

  it("that do not fit into memory are refused before anything is read", async () => {
    const folder = await temporaryFolder();
    await writeImageNet(folder, woof, { train: 2, val: 1 });
    await expect(loadDataset("imagewoof", { folder, size: 100_000 })).rejects.toThrow(
      /imagewoof: 30 images of 100000 x 100000 x 3 are 900\.0 GB; .*streamBatches/,
    );
    await expect(loadDataset("imagewoof", { folder, size: 0 })).rejects.toThrow(/whole number of pixels/);
    await expect(loadDataset("fashion-mnist", { size: 32 })).rejects.toThrow(/28 x 28, which are not scaled/);
  });

  it("have names, and are not taken for found where only their class lists are", async () => {
    expect(datasetNames()).toEqual(
      expect.arrayContaining(["tiny-imagenet", "imagenette", "imagewoof", "imagenet-100", "mnist"]),
    );
    expect(await findDataset("imagenette")).toBeNull();
    await expect(loadDataset("imagenette")).rejects.toThrow(/found none on this machine.*data\/imagenette/);
  });
});
