import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { squarePixels } from "../../src/datasets/squarePixels";

const folder = path.join(__dirname, "fixtures", "square-pixels");

describe("squarePixels", () => {
  it.each(["evaluator", "adm"] as const)("gives what PIL gives, up to rounding: %s", async (cut) => {
    const names = (await readdir(folder)).filter((name) => /^\w+\.(jpg|png)$/.test(name));
    expect(names).toHaveLength(8);
    for (const name of names) {
      const found = await squarePixels(await readFile(path.join(folder, name)), name, 48, cut);
      const expected = await sharp(path.join(folder, `${name}.${cut}.png`))
        .raw()
        .toBuffer();
      expect(found.length, name).toBe(48 * 48 * 3);
      const differences = Array.from(expected, (byte, i) => Math.abs(byte - found[i]!));
      expect(Math.max(...differences), name).toBeLessThanOrEqual(4);
      expect(differences.reduce((a, b) => a + b) / differences.length, name).toBeLessThan(1);
    }
  });

  it.each(["evaluator", "adm"] as const)("enlarges exactly as PIL: %s", async (cut) => {
    const found = await squarePixels(await readFile(path.join(folder, "tiny.png")), "tiny.png", 48, cut);
    const expected = await sharp(path.join(folder, `tiny.png.${cut}.png`))
      .raw()
      .toBuffer();
    expect(Buffer.compare(expected, found)).toBe(0);
  });

  it("names a picture that is cut short or none", async () => {
    const whole = await readFile(path.join(folder, "wide.jpg"));
    const read = (bytes: Uint8Array) => squarePixels(bytes, "train/n01440764/a.JPEG", 48);
    await expect(read(whole.subarray(0, whole.length / 2))).rejects.toThrow(
      /^train\/n01440764\/a\.JPEG: not a readable image/,
    );
    await expect(read(Buffer.from("no picture"))).rejects.toThrow(/a\.JPEG: not a readable image/);
    await expect(read(new Uint8Array(0))).rejects.toThrow(/a\.JPEG: not a readable image/);
  });
});
