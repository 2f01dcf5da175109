import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type DistillOptions, distill, distillInto } from "../../src/distill/distill";
import type { Distiller } from "../../src/distill/distiller";
import { open } from "../../src/distill/open";
import type { Term } from "../../src/guidance/term";
import { type Tensor1D, tf } from "../../src/tensor/engine";
import { temporaryFolder } from "../temporaryFolder";

/** Images that are mirror images of themselves. */
const mirror: Term = {
  name: "mirror",
  by: "x0",
  tensors: {},
  value: (_, x0) => tf.mean(tf.squaredDifference(x0, tf.reverse(x0, 2)), [1, 2, 3]).mul(-50) as Tensor1D,
};

describe("a set by a term of one's own", () => {
  const options = { method: "diffusion", ipc: 1, steps: 3 } as const satisfies DistillOptions;
  const terms = [{ term: mirror, weight: 300, window: [0, 900] as const }];
  let distiller: Distiller;
  beforeAll(async () => {
    distiller = await open("fashion-mnist");
  });

  const asymmetry = ({ data }: { data: Float32Array }) => {
    let sum = 0;
    for (let at = 0; at < data.length; at++) {
      const column = at % 28;
      sum += (data[at] - data[at - column + 27 - column]) ** 2;
    }
    return sum / data.length;
  };

  it("is guided by it", async () => {
    const [with_, without] = [
      await distill(distiller, { ...options, terms }),
      await distill(distiller, options),
    ];
    expect(asymmetry(with_.images)).toBeLessThan(0.8 * asymmetry(without.images));
  });

  it("moves as its options say, which without a term move nothing", async () => {
    const gentle = { ...options, largestChange: 0.01 } as const;
    const sets = await Promise.all([options, gentle].map((one) => distill(distiller, { ...one, terms })));
    expect(asymmetry(sets[1].images)).toBeGreaterThan(asymmetry(sets[0].images));
    await expect(distill(distiller, gentle)).rejects.toThrow(/largestChange: expected terms that move/);
  });

  it("is named with its weight where a fork has it", () => {
    const run = distiller.start({ method: "diffusion", ipc: 1, steps: 3 });
    expect(run.fork({ terms }).label).toMatch(/terms = \[300 mirror\]$/);
  });

  it("is kept by a fork into another method, unless it says otherwise", () => {
    const run = distiller.start({ method: "diffusion", ipc: 1, steps: 3, terms });
    expect(run.fork({ method: "particle" }).settings.terms).toBe(terms);
    expect(run.fork({ method: "particle", terms: [] }).settings.terms).toEqual([]);
  });

  it("names it in its manifest, and does not go on without it", async () => {
    const folder = path.join(await temporaryFolder(), "mirror");
    const { settings, finished } = await distillInto(folder, distiller, { ...options, terms });
    expect(finished).toBe(true);
    expect(settings.terms).toEqual([{ name: "mirror", weight: 300, window: [0, 900] }]);
    await expect(distillInto(folder, distiller, options)).rejects.toThrow(/settings\.terms: found .*mirror/);
  });

  it("takes a method that samples, in this process", async () => {
    await expect(distill(distiller, { method: "random", ipc: 1, terms })).rejects.toThrow(
      /terms of your own need a method that samples.*"random"/,
    );
    const shards = () => {
      throw new Error("never asked");
    };
    await expect(distill(distiller, { ...options, terms, shards })).rejects.toThrow(/sampled elsewhere/);
    await expect(distill(distiller, { method: "random", ipc: 1, shards })).rejects.toThrow(
      /"random" picks real images.*leave out shards/,
    );
  });
});
