import { describe, expect, it } from "vitest";
import { diverging } from "../../src/plot/diverging";
import { overlayMap } from "../../src/plot/overlay";
import { decode, images } from "./images";

describe("overlayMap", () => {
  it("covers the image where the field is strong and leaves it where the field is zero", async () => {
    const batch = images(1, 2, 1, (_, y, x) => [-1, 1, 0, -1][y * 2 + x]!);
    const field = images(1, 2, 1, (_, y, x) => [0, 0, 2, -4][y * 2 + x]!);
    const map = await decode(await overlayMap(batch, field, { scale: 4 }));
    const at = (x: number, y: number) => map.at(x, y).slice(0, 3);
    expect([at(1, 1), at(5, 1)]).toEqual([
      [0, 0, 0],
      [255, 255, 255],
    ]);
    expect(at(5, 5)).toEqual(diverging(-1));
    const cover = Math.sqrt(0.5);
    expect(at(1, 5)).toEqual(diverging(0.5).map((part) => Math.round(128 * (1 - cover) + part * cover)));
  });

  it("averages channels of either and keeps the image where there is no field", async () => {
    const colour = images(1, 2, 3, (_, __, ___, c) => [1, -1, -1][c]!);
    const none = await decode(
      await overlayMap(
        colour,
        images(1, 2, 1, () => 0),
        { scale: 2 },
      ),
    );
    expect(none.at(0, 0).slice(0, 3)).toEqual([85, 85, 85]);
    const field = images(1, 2, 3, (_, __, ___, c) => [3, 0, 0][c]!);
    const full = await decode(await overlayMap(colour, field, { scale: 2, limit: 1 }));
    expect(full.at(0, 0).slice(0, 3)).toEqual(diverging(1));
  });

  it("takes a field of any number of channels, such as the gradient by latents", async () => {
    const latents = images(1, 2, 4, () => 0);
    const gradient = images(1, 2, 4, (_, __, ___, c) => [4, 0, 0, 0][c]!);
    const map = await decode(await overlayMap(latents, gradient, { scale: 2 }));
    expect(map.at(0, 0).slice(0, 3)).toEqual(diverging(1));
    const short = { data: new Float32Array(3), shape: [1, 2, 2, 4] as const };
    await expect(overlayMap(latents, short)).rejects.toThrow("needs 16 numbers, found 3");
  });

  it("refuses values that are no numbers, and limits that are not above zero", async () => {
    const [batch, field] = [images(1, 2, 1, () => 0), images(1, 2, 1, () => 1)];
    const hole = images(1, 2, 1, (_, y, x) => (y + x === 2 ? Number.NaN : 0));
    await expect(overlayMap(batch, hole)).rejects.toThrow(RangeError);
    await expect(overlayMap(hole, field)).rejects.toThrow("expected numbers, found NaN in image 0");
    for (const limit of [0, -1, Number.NaN])
      await expect(overlayMap(batch, field, { limit })).rejects.toThrow(
        `limit: expected a number above 0, found ${limit}`,
      );
  });

  it("refuses a field of another size", async () => {
    const other = images(1, 3, 1, () => 0);
    await expect(
      overlayMap(
        images(1, 2, 1, () => 0),
        other,
      ),
    ).rejects.toThrow("a value for each pixel of [1, 2, 2, 1], found [1, 3, 3, 1]");
  });
});
