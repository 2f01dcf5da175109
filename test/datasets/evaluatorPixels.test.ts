import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { evaluatorPixels } from "../../src/datasets/evaluatorPixels";

const folder = path.join(__dirname, "fixtures", "evaluator-pixels");

describe("evaluatorPixels", () => {
  it("gives what torchvision's Resize and CenterCrop give, up to rounding", async () => {
    const names = (await readdir(folder)).filter((name) => /^\w+\.(jpg|png)$/.test(name));
    expect(names).toHaveLength(8);
    for (const name of names) {
      const found = await evaluatorPixels(await readFile(path.join(folder, name)), name, 48);
      const expected = await sharp(path.join(folder, `${name}.expected.png`))
        .raw()
        .toBuffer();
      expect(found.length, name).toBe(48 * 48 * 3);
      const differences = Array.from(expected, (byte, i) => Math.abs(byte - found[i]!));
      expect(Math.max(...differences), name).toBeLessThanOrEqual(name === "same.jpg" ? 2 : 4);
      expect(differences.reduce((a, b) => a + b) / differences.length, name).toBeLessThan(1);
    }
  });

  it("enlarges exactly as PIL", async () => {
    const small = await readFile(path.join(folder, "small.jpg"));
    // The decoded JPEG as PIL has it, so that only the enlargement is compared.
    const found = await evaluatorPixels(small, "small.jpg", 48);
    const expected = await sharp(path.join(folder, "small.jpg.expected.png")).raw().toBuffer();
    const off = Array.from(expected, (byte, i) => byte - found[i]!).filter((difference) => difference !== 0);
    expect(off.length / expected.length).toBeLessThan(0.02);
  });

  it("names a picture that is cut short or none", async () => {
    const whole = await readFile(path.join(folder, "wide.jpg"));
    const read = (bytes: Uint8Array) => evaluatorPixels(bytes, "train/n01440764/a.JPEG", 48);
    await expect(read(whole.subarray(0, whole.length / 2))).rejects.toThrow(
      /^train\/n01440764\/a\.JPEG: not a readable image/,
    );
    await expect(read(Buffer.from("no picture"))).rejects.toThrow(/a\.JPEG: not a readable image/);
    await expect(read(new Uint8Array(0))).rejects.toThrow(/a\.JPEG: not a readable image/);
  });
});
