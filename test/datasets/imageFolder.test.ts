import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { readImageFolder, writeImages } from "../../src/datasets/imageFolder";
import { bytesFromValues, type ImageBatch, valuesFromBytes } from "../../src/tensor/batch";
import { Seed } from "../../src/tensor/random";
import { temporaryFolder } from "../temporaryFolder";

const classes = ["T-shirt/top", "Bag"];

function randomBatch(count: number, channels: 1 | 3): ImageBatch {
  const bytes = Uint8Array.from(new Seed("images").integers(count * 20 * channels, 256));
  const data = new Float32Array(bytes.length);
  valuesFromBytes(bytes, data);
  return { data, shape: [count, 5, 4, channels] };
}

describe("writeImages and readImageFolder", () => {
  it.each([1, 3] as const)("give the same bytes back, %i channels", async (channels) => {
    const folder = await temporaryFolder();
    const images = randomBatch(13, channels);
    const labels = [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    const written = await writeImages(folder, classes, images, labels);
    expect(written.map(({ file }) => file).slice(0, 4)).toEqual([
      "t-shirt-top/0.png",
      "bag/0.png",
      "t-shirt-top/1.png",
      "t-shirt-top/2.png",
    ]);
    await writeFile(path.join(folder, "manifest.json"), "{}");
    await writeFile(path.join(folder, "bag", ".0.png.1-x.tmp"), "unfinished");

    const read = await readImageFolder(folder, { classes, shape: [5, 4, channels] });
    // By number, not by text: 10.png comes last.
    expect(read.files.slice(0, 11)).toEqual(Array.from({ length: 11 }, (_, i) => `t-shirt-top/${i}.png`));
    expect(read.labels).toEqual(Int32Array.from([...Array(11).fill(0), 1, 1]));
    const size = 20 * channels;
    const expected = [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 12].flatMap((i) => [
      ...images.data.subarray(i * size, (i + 1) * size),
    ]);
    expect(read.images).toEqual({ data: Float32Array.from(expected), shape: [13, 5, 4, channels] });
  });

  it("writes the same file for the same values, where it was told to", async () => {
    const folder = await temporaryFolder();
    const images = randomBatch(1, 1);
    const [first] = await writeImages(folder, classes, images, [1], [7]);
    const bytes = await readFile(path.join(folder, "bag", "7.png"));
    const [again] = await writeImages(folder, classes, images, [1], [7]);
    expect(first).toMatchObject({ file: "bag/7.png", label: 1, index: 7 });
    expect(again).toEqual(first);
    expect(await readFile(path.join(folder, "bag", "7.png"))).toEqual(bytes);
    expect((await sharp(bytes).metadata()).channels).toBe(1);
  });

  it("refuses batches that do not fit", async () => {
    const folder = await temporaryFolder();
    const images = randomBatch(2, 1);
    await expect(writeImages(folder, classes, images, [0])).rejects.toThrow(/2 images need as many labels/);
    await expect(writeImages(folder, classes, images, [0, 2])).rejects.toThrow(/0 \.\. 1, found 2/);
    const broken: ImageBatch = {
      data: images.data.map((v, i) => (i === 3 ? Number.NaN : v)),
      shape: images.shape,
    };
    await expect(writeImages(folder, classes, broken, [0, 1])).rejects.toThrow(/value 3 of 20 is NaN/);
  });
});

describe("readImageFolder", () => {
  const target = { classes, shape: [5, 4, 1] as const };

  async function folderWith(name: string, bytes: Uint8Array): Promise<string> {
    const folder = await temporaryFolder();
    await writeImages(folder, classes, randomBatch(2, 1), [0, 1]);
    await writeFile(path.join(folder, "bag", name), bytes);
    return folder;
  }

  function solid(
    width: number,
    height: number,
    background: { r: number; g: number; b: number; alpha?: number },
  ) {
    return sharp({ create: { width, height, channels: background.alpha === undefined ? 3 : 4, background } });
  }

  it("names a folder that is missing, unknown classes and missing classes", async () => {
    const folder = await temporaryFolder();
    await expect(readImageFolder(path.join(folder, "no"), target)).rejects.toThrow(
      /no: .*there is no such folder/,
    );
    await mkdir(path.join(folder, "bag"));
    await mkdir(path.join(folder, "cat"));
    await expect(readImageFolder(folder, target)).rejects.toThrow(
      /expected one folder per class \("t-shirt-top", "bag"\), found unknown folders "cat" and no folders "t-shirt-top"/,
    );
  });

  it("names an empty class and files that are no images", async () => {
    const folder = await folderWith("notes.txt", Buffer.from("hello"));
    await expect(readImageFolder(folder, target)).rejects.toThrow(/bag: expected only .* found "notes\.txt"/);
    await rm(path.join(folder, "bag"), { recursive: true });
    await mkdir(path.join(folder, "bag"));
    await expect(readImageFolder(folder, target)).rejects.toThrow(
      /bag: expected at least one image, found none/,
    );
  });

  it("names an image that cannot be read, is cut short, or has the wrong size", async () => {
    const png = await solid(4, 5, { r: 9, g: 9, b: 9 }).png({ compressionLevel: 0 }).toBuffer();
    const cases: [Uint8Array, RegExp][] = [
      [Buffer.from("not a picture"), /bag\/1\.png: not a readable image \(.*\); write or fetch it again/],
      [png.subarray(0, png.length - 40), /bag\/1\.png: not a readable image/],
      [
        await solid(5, 4, { r: 9, g: 9, b: 9 }).png().toBuffer(),
        /bag\/1\.png: expected 4 x 5 pixels.*found 5 x 4/,
      ],
      [await solid(4, 5, { r: 9, g: 8, b: 9 }).png().toBuffer(), /bag\/1\.png: expected a grey image/],
      [
        await solid(4, 5, { r: 9, g: 9, b: 9, alpha: 0.5 }).png().toBuffer(),
        /bag\/1\.png: expected an opaque image/,
      ],
      [
        await solid(4, 5, { r: 9, g: 9, b: 9 }).toColourspace("rgb16").png().toBuffer(),
        /bag\/1\.png: expected 8 bits per channel, found ushort/,
      ],
    ];
    for (const [bytes, message] of cases) {
      await expect(readImageFolder(await folderWith("1.png", bytes), target)).rejects.toThrow(message);
    }
  });

  it("takes grey images that other tools stored with three or four channels, and as JPEG", async () => {
    for (const bytes of [
      await solid(4, 5, { r: 77, g: 77, b: 77 }).png().toBuffer(),
      await solid(4, 5, { r: 77, g: 77, b: 77, alpha: 1 }).png().toBuffer(),
      await solid(4, 5, { r: 77, g: 77, b: 77 }).png({ palette: true }).toBuffer(),
    ]) {
      const { images } = await readImageFolder(await folderWith("1.png", bytes), target);
      expect(bytesFromValues(images.data).slice(40)).toEqual(new Uint8Array(20).fill(77));
    }
    const jpeg = await solid(4, 5, { r: 77, g: 77, b: 77 })
      .toColourspace("b-w")
      .jpeg({ quality: 100 })
      .toBuffer();
    const { images } = await readImageFolder(await folderWith("1.jpg", jpeg), target);
    for (const byte of bytesFromValues(images.data).slice(40))
      expect(Math.abs(byte - 77)).toBeLessThanOrEqual(1);
  });

  it("spreads grey files over the channels of a colour dataset", async () => {
    const folder = await temporaryFolder();
    const grey = randomBatch(2, 1);
    await writeImages(folder, classes, grey, [0, 1]);
    const { images } = await readImageFolder(folder, { classes, shape: [5, 4, 3] });
    expect(images.data).toEqual(Float32Array.from([...grey.data].flatMap((value) => [value, value, value])));
  });
});
