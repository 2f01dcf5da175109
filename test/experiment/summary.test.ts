import { describe, expect, it } from "vitest";
import { holm } from "../../src/evaluate/holm";
import { pairedTest } from "../../src/evaluate/pairedTest";
import type { Row } from "../../src/experiment/results";
import { contrasts, summarise } from "../../src/experiment/summary";

function row(name: string, seed: number, training: number, last: number, other: Partial<Row> = {}): Row {
  const fixed = { ipc: 1, protocol: "quick", steps: 400, labels: "hard", on: "test", dataset: "d" } as const;
  const unused = { sampling: null, guidance: null, denoiser: null, classifier: null, reference: null };
  const seconds = { set: null, training: 1 };
  const key = JSON.stringify([name, seed, training, other]);
  return {
    key,
    name,
    method: name,
    seed,
    training,
    last,
    best: last + 1,
    set: "s",
    machine: "m",
    seconds,
    ...fixed,
    ...unused,
    ...other,
  };
}

describe("summaries", () => {
  const rows = [
    ...[70, 72, 71].flatMap((last, seed) => [row("igds", seed, 0, last), row("igds", seed, 1, last + 2)]),
    ...[68, 71, 66].flatMap((last, seed) => [
      row("diffusion", seed, 0, last),
      row("diffusion", seed, 1, last + 2),
    ]),
    row("herding", 0, 0, 64),
    row("herding", 0, 1, 66),
    row("igds", 3, 0, 99), // its second network is not trained yet
    row("igds", 0, 0, 50, { protocol: "convnet3" }),
  ];

  it("keep sets and networks apart, and leave out what is half done", () => {
    const [igds, diffusion, herding, other] = summarise(rows);
    expect(igds).toMatchObject({ name: "igds", ipc: 1, seeds: [0, 1, 2], trainings: 2 });
    expect(igds.last.mean).toMatchObject({ mean: 72, values: [71, 73, 72] });
    expect(igds.last.withinSets).toBeCloseTo(Math.SQRT2, 10);
    expect(igds.best.mean.mean).toBe(73);
    expect(diffusion.last.mean.values).toEqual([69, 72, 67]);
    expect(herding.last.mean.mean).toBe(65);
    expect(herding.last.mean.ci95).toBeNaN();
    expect(other).toMatchObject({ protocol: "convnet3", trainings: 1 });
  });

  it("of a part of an experiment are of the largest table without gaps", () => {
    const firstRound = [70, 72, 71].map((last, seed) => row("igds", seed, 0, last));
    expect(summarise([...firstRound, row("igds", 0, 1, 74)])[0]).toMatchObject({
      seeds: [0, 1, 2],
      trainings: 1,
    });
    const second = [row("igds", 0, 1, 74), row("igds", 1, 1, 75)];
    expect(summarise([...firstRound, ...second])[0]).toMatchObject({ seeds: [0, 1], trainings: 2 });
    const herding = [0, 1, 2].map((training) => row("herding", 0, training, 64 + training));
    expect(summarise([...herding, row("herding", 1, 0, 64)])[0]).toMatchObject({ seeds: [0], trainings: 3 });
  });

  it("take the last row of a network: a file keeps those of earlier settings", () => {
    const [igds] = summarise([
      row("igds", 0, 0, 30, { key: "old" }),
      row("igds", 1, 0, 60),
      row("igds", 0, 0, 70),
    ]);
    expect(igds).toMatchObject({ seeds: [0, 1], trainings: 1 });
    expect(igds.last.mean.values).toEqual([70, 60]);
  });

  it("compare with a reference, seed by seed, as one family", () => {
    const [first, second, ...none] = contrasts(summarise(rows), "igds");
    expect(none).toEqual([]);
    expect(first).toMatchObject({ name: "diffusion", reference: "igds", ipc: 1, pairs: 3 });
    expect(first.difference.values).toEqual([2, 1, 5]);
    expect(first.networks).toBe(2);
    expect(first.pT).toBeCloseTo(pairedTest([71, 73, 72], [69, 72, 67]).pT, 12);
    // One set leaves nothing to pair: it stands beside each set of the reference, network by network.
    expect(second).toMatchObject({ name: "herding", pairs: null, pSignFlip: null, holmSignFlip: null });
    expect(second.difference.values).toEqual([6, 8, 7]);
    expect(second.pT).toBeCloseTo(pairedTest([70, 72, 71], [64, 64, 64]).pT, 12);
    expect(first.holmSignFlip).toBe(first.pSignFlip);
    expect([first.holmT, second.holmT]).toEqual([Math.max(first.pT, 2 * second.pT), 2 * second.pT]);
    expect(contrasts(summarise(rows), "igds", ["herding"])[0].holmT).toBe(second.pT);
  });

  it("do not compare trainings of other lengths, nor tests on other images", () => {
    const short = rows.map((one) => ({ ...one, key: `${one.key} short`, steps: one.steps / 4 }));
    const heldOut = rows.map((one) => ({ ...one, key: `${one.key} held out`, on: "held-out" as const }));
    const alone = contrasts(summarise(rows), "igds");
    for (const more of [short, heldOut]) {
      const both = contrasts(summarise([...more, ...rows]), "igds");
      expect(both.length).toBe(2 * alone.length);
      expect(both.map(({ difference }) => difference.mean)).toEqual(
        [...alone, ...alone].map(({ difference }) => difference.mean),
      );
    }
    const igdsLonger = [
      ...short.filter(({ name }) => name !== "igds"),
      ...rows.filter(({ name }) => name === "igds"),
    ];
    expect(contrasts(summarise(igdsLonger), "igds")).toEqual([]);
  });

  it("compare on the networks that both have, where one has more of them", () => {
    const fewer = rows.filter(({ name, training }) => name === "igds" || training === 0);
    const [first] = contrasts(summarise(fewer), "igds", ["diffusion"]);
    expect(first.difference.values).toEqual([2, 1, 5]);
    const apart = rows.filter(({ name, training }) => (name === "igds" ? training === 1 : training === 0));
    expect(contrasts(summarise(apart), "igds")).toEqual([]);
  });

  it("correct by Holm's procedure", () => {
    const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
    for (const [i, p] of [0.03, 0.06, 0.06, 0.02].entries()) expect(adjusted[i]).toBeCloseTo(p, 12);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});
