// When an image is called a near-copy.
import { describe, expect, it } from "vitest";
import { gather } from "../../src/datasets/batches";
import { developmentSplit } from "../../src/datasets/development";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import { nearCopies } from "../../src/evaluate/nearCopies";
import { concatBatches } from "../../src/tensor/batch";
import { Seed } from "../../src/tensor/random";

/** 6,000 training images, of which 500 are held out: as many as the yardstick takes. */
const dataset = proceduralDataset(procedural({ size: 8, noise: 0.3 }), 1500, new Seed(0));
const PIXELS = 64;

describe("a near-copy", () => {
  it("lies nearer to a training image than all but 1 % of new real images do", async () => {
    const { fit, heldOut } = developmentSplit(dataset);
    const values = (places: Int32Array) => gather(dataset.train, dataset.shape, places).data;
    const [fitted, held] = [values(fit), values(heldOut)];
    const nearest = Array.from(heldOut, (_, i) => {
      let least = Number.POSITIVE_INFINITY;
      for (let j = 0; j < fit.length; j++) {
        let square = 0;
        for (let c = 0; c < PIXELS; c++) square += (held[i * PIXELS + c]! - fitted[j * PIXELS + c]!) ** 2;
        if (square < least) least = square;
      }
      return Math.sqrt(least / PIXELS);
    }).sort((a, b) => a - b);
    expect(nearest).toHaveLength(500);

    // A training image, and the same brought off by less and by more than the threshold.
    const threshold = nearest[5]!;
    const copy = gather(dataset.train, dataset.shape, [fit[0]!]);
    const images = [0, 0.95, 1.05].map((part) => ({
      ...copy,
      data: copy.data.map((value) => value + (value > 0 ? -1 : 1) * part * threshold),
    }));
    const found = await nearCopies(concatBatches(images), dataset);
    expect(found.threshold).toBeCloseTo(threshold, 6);
    expect(found.typical).toBeCloseTo(nearest[250]!, 6);
    expect(found.nearest.map(({ source }) => source)).toEqual([fit[0], fit[0], fit[0]]);
    found.nearest.forEach(({ distance }, i) => {
      expect(distance).toBeCloseTo([0, 0.95, 1.05][i]! * threshold, 5);
    });
    expect([found.exact, found.near, found.twins]).toEqual([1, 2, 0]);
  });
});
