// What guidance learns from: the images to fit on. Each image of the dataset here says by its pixels which part it is of.
import { afterEach, describe, expect, it, vi } from "vitest";
import * as batches from "../../src/datasets/batches";
import type { Dataset } from "../../src/datasets/dataset";
import { developmentSplit } from "../../src/datasets/development";
import { ClassContext } from "../../src/distill/classContext";
import { Seed } from "../../src/tensor/random";

const count = 240;
const PIXELS = 8 * 8;
const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
const grain = new Seed("grain").uniform(count * PIXELS);
const split = (brightness: (i: number) => number) => ({
  images: Uint8Array.from(grain, (u, i) => brightness(Math.floor(i / PIXELS)) + 20 * u),
  labels,
  count,
});
const bare = { name: "parts", classes: ["a", "b"], shape: [8, 8, 1] as const, source: "here" };
const cut = developmentSplit({ ...bare, train: split(() => 0), test: split(() => 0) });
const heldOut = new Set(cut.heldOut);
/** Of class a images to fit on are mid grey, of class b white; held-out ones are dark, those to test on black. */
const dataset: Dataset = {
  ...bare,
  train: split((i) => (heldOut.has(i) ? 40 : labels[i] === 0 ? 120 : 230)),
  test: split(() => 0),
};
const value = (byte: number) => byte / 127.5 - 1;

afterEach(() => {
  vi.restoreAllMocks();
});

describe("what guidance knows of a class", () => {
  it("comes from its images to fit on, all of them and no others", () => {
    const known = new ClassContext(dataset);
    expect([...known.fitted]).toEqual([...cut.fit]);
    const each = (count - heldOut.size) / 2;
    for (const [label, byte] of [
      [0, 120],
      [1, 230],
    ] as const) {
      const { data, shape } = known.realImages(label, "look", 1000);
      expect(shape).toEqual([each, 8, 8, 1]);
      expect(Math.min(...data)).toBeGreaterThanOrEqual(value(byte) - 1e-6);
      expect(Math.max(...data)).toBeLessThanOrEqual(value(byte + 20) + 1e-6);
      const centres = known.prototypes([label], 2).data;
      expect(Math.min(...centres)).toBeGreaterThan(value(byte));
      expect(Math.max(...centres)).toBeLessThan(value(byte + 20));
    }
  });

  it("is calibrated on its held-out images, which nothing else has seen", () => {
    const gathered = vi.spyOn(batches, "gather");
    const known = new ClassContext(dataset);
    known.model(0, 2);
    known.bandwidth(0, 2);
    known.realInformation(0, 2, 3);
    const asked = () => gathered.mock.calls.flatMap(([, , places]) => Array.from(places));
    expect(asked().length).toBeGreaterThan(0);
    expect(asked().filter((place) => heldOut.has(place))).toEqual([]);
    gathered.mockClear();
    known.temperatures([0], 2);
    expect(asked().sort((a, b) => a - b)).toEqual([...cut.heldOut].filter((place) => labels[place] === 0));
  });
});
