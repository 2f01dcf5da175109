import { describe, expect, it } from "vitest";
import { differenceMap } from "../../src/plot/difference";
import { diverging } from "../../src/plot/diverging";
import { latentPreview } from "../../src/plot/latentPreview";
import { filmStrip } from "../../src/plot/strip";
import { decode, images } from "./images";

const level = (value: number, n = 1) => images(n, 4, 1, () => value);

describe("filmStrip", () => {
  it("sets steps side by side and the images of a batch under each other", async () => {
    const strip = await decode(
      await filmStrip(
        [
          { label: "", images: [images(2, 4, 1, (i) => i), level(-1, 2)] },
          { label: "", images: [level(1, 2), level(0.5, 2)] },
        ],
        [],
        { scale: 3 },
      ),
    );
    expect([strip.width, strip.height]).toEqual([12 + 4 + 12, 4 * 12 + 2 * 4 + 14]);
    const at = (column: number, line: number) => strip.at(column * 16 + 6, [6, 22, 48, 64][line]!)[0];
    expect([at(0, 0), at(0, 1), at(1, 0), at(1, 1)]).toEqual([128, 255, 0, 0]);
    expect([at(0, 2), at(1, 2), at(0, 3), at(1, 3)]).toEqual([255, 191, 255, 191]);
  });

  it("writes captions over the columns and before the rows", async () => {
    const rows = [{ label: "IGDS", images: [level(1), level(1)] }];
    const strip = await decode(await filmStrip(rows, ["t = 900", "t = 0"], { scale: 16, title: "x0hat" }));
    const left = strip.width - 2 * 64 - 4;
    const inked = (pixel: readonly number[]) => pixel[3]! > 128 && pixel[0] !== 255;
    expect(strip.count(inked, { left, right: left + 64, top: 30, bottom: 54 })).toBeGreaterThan(30);
    expect(strip.count(inked, { left: left + 68, top: 30, bottom: 54 })).toBeGreaterThan(20);
    expect(strip.count(inked, { right: left, top: 54 })).toBeGreaterThan(30);
  });

  it("has rows of at most 1,400 px of images where there are many columns", async () => {
    const wide = (columns: number) =>
      filmStrip([{ label: "", images: new Array(columns).fill(images(1, 28, 1, () => 0)) }]).then(decode);
    expect((await wide(20)).width).toBe(20 * (2 * 28 + 4) - 4);
    expect((await wide(40)).width).toBe(40 * (28 + 4) - 4);
  });

  it("guesses the colours of latents, as do difference maps", async () => {
    const latents = (value: number) => images(1, 4, 4, () => value);
    const strip = await filmStrip([{ label: "x0hat", images: [latents(0), latents(1)] }], [], { scale: 2 });
    const colours = (await decode(strip)).count(([red, green]) => Math.abs(red - green) > 20);
    expect(colours).toBeGreaterThan(50);
    const map = await decode(await differenceMap(latents(1), latents(0), { scale: 4, limit: 0.5 }));
    // The mean over red, green and blue of what one unit in each channel is worth.
    const mean =
      (latentPreview(latents(1)).data[0]! +
        latentPreview(latents(1)).data[1]! +
        latentPreview(latents(1)).data[2]!) /
      3;
    expect(map.at(1, 1).slice(0, 3)).toEqual(diverging(mean / 0.5));
  });

  it("refuses rows that do not fit together, and scales that are not whole", async () => {
    await expect(filmStrip([{ label: "", images: [level(0)] }], [], { scale: 2.3 })).rejects.toThrow(
      "scale: expected a whole number >= 1, found 2.3",
    );
    const row = { label: "a", images: [level(0), level(0)] };
    await expect(filmStrip([])).rejects.toThrow("at least one row");
    await expect(filmStrip([row, { label: "b", images: [level(0)] }])).rejects.toThrow(
      'row "b" has 1 columns',
    );
    await expect(filmStrip([row], ["t = 1"])).rejects.toThrow("expected 2 column captions, found 1");
    const other = { label: "b", images: [images(1, 5, 1, () => 0), level(0)] };
    await expect(filmStrip([row, other])).rejects.toThrow('row "b" holds a batch of shape [1, 5, 5, 1]');
  });
});

describe("differenceMap", () => {
  it("shows more as orange, less as purple, equal as near-white, in proportion to the limit", async () => {
    const a = images(1, 2, 1, (_, y, x) => [1, -1, 0.5, 0.5][y * 2 + x]!);
    const b = images(1, 2, 1, () => 0.5);
    const map = await decode(await differenceMap(a, b, { scale: 4, limit: 1.5 }));
    expect(map.at(1, 1).slice(0, 3)).toEqual(diverging(0.5 / 1.5));
    expect(map.at(5, 1).slice(0, 3)).toEqual(diverging(-1));
    expect(map.at(1, 5).slice(0, 3)).toEqual([247, 247, 247]);
    const [red, , blue] = diverging(1);
    expect(red).toBeGreaterThan(blue + 100);
    expect(diverging(-1)[2]).toBeGreaterThan(diverging(-1)[1] + 90);
  });

  it("averages the channels of colour images and draws equal batches without a scale of zero", async () => {
    const a = images(1, 2, 3, (_, __, ___, c) => (c === 0 ? 1 : 0));
    const map = await decode(
      await differenceMap(
        a,
        images(1, 2, 3, () => 0),
        { scale: 2, limit: 1 },
      ),
    );
    expect(map.at(0, 0).slice(0, 3)).toEqual(diverging(1 / 3));
    const same = await decode(await differenceMap(a, a, { scale: 2 }));
    expect(same.at(0, 0).slice(0, 3)).toEqual([247, 247, 247]);
  });

  it("refuses limits that are not above zero, and values that are no numbers", async () => {
    for (const limit of [0, -2])
      await expect(differenceMap(level(1), level(0), { limit })).rejects.toThrow(
        `limit: expected a number above 0, found ${limit}`,
      );
    await expect(differenceMap(level(Number.NaN), level(0))).rejects.toThrow("expected numbers, found NaN");
  });

  it("refuses batches of two shapes", async () => {
    await expect(
      differenceMap(
        level(0),
        images(1, 3, 1, () => 0),
      ),
    ).rejects.toThrow("[1, 4, 4, 1] and [1, 3, 3, 1]");
  });
});
