// ---
// jupyter:
//   kernelspec:
//     display_name: TypeScript (IGDS)
//     language: typescript
//     name: igds
// ---

// %% [markdown]
// # Two kinds of information
//
// Claim (b): *a distilled set must keep two kinds of information: prototype information $I(X;Y)$, what makes an image belong to its class, and contextual information $H(X|Y)$, the variety inside the class.* If so, accuracy should grow with each of them while the other stays.
//
// *IGDS* is here, as by default, the two terms of the paper's abstract and the *set term*, which is ours ([results](../../docs/results.md#the-terms-of-igds)).

// %%
import * as igds from "igds";

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick", readOnly: false });

// %%
const rows = await igds.experiment.runExperiment("two-informations", p);
const measures = await igds.experiment.measureExperiment("two-informations", p);
const claim = await igds.claim(
  "Accuracy grows with prototype information and with contextual information, each at the same value of the other " +
    "(claim b).",
  igds.experiment.provenance(rows, p),
);

// %% [markdown]
// ## Where both are seen
//
// Points of two classes on the plane, of which everything is known. Each class has three clusters. Four sets of six points: the class means, one cluster of each class, one point of each cluster, and points far from everything.

// %%
const offsets = [[-1.6, 1.2], [0, -1.8], [1.6, 1.2]];
const centres = [[-3, 0], [3, 0]];
const mixture = new igds.information.GaussianMixture(
  centres.map(([a, b]) =>
    offsets.map(([c, d]) => ({ mean: Float32Array.of(a + c, b + d), variance: 0.25, weight: 1 })),
  ),
);
const drawn = mixture.sample(600, new igds.Seed("two informations"));
const around = ([a, b]: number[], width: number) => offsets.map(([c, d]) => [a + width * c, b + width * d]);
const small = {
  "class means": centres.map((centre) => around(centre, 0.05)),
  "one cluster": centres.map(([a, b]) => around([a, b - 1.8], 0.15)),
  "each cluster": centres.map((centre) => around(centre, 1)),
  "far away": centres.map((centre) => around(centre, 4)),
};

// %%
const both = Object.entries(small).map(([name, sets]) => {
  // E log p(y|x) + ln 2, by the true posterior; the spread by the mixture bound with the width of a cluster.
  const prototype = sets.flatMap((points, y) => {
    const logits = mixture.labelLogits(Float32Array.from(points.flat()));
    const other = points.map((_, i) => logits[2 * i + 1 - y] - logits[2 * i + y]);
    return other.map((logit) => Math.log(2) - Math.log(1 + Math.exp(logit)));
  });
  const spread = sets.map(
    (points) => igds.information.mixtureInformation(igds.tf.tensor2d(points), 0.25).low.dataSync()[0],
  );
  const mean = (values: number[]) => igds.evaluate.meanInterval(values).mean;
  return { name, prototype: mean(prototype), spread: mean(spread) };
});
igds.table(
  both.map(({ name, prototype, spread }) => ({
    set: name,
    "prototype information (nats)": prototype,
    "contextual information (nats)": spread,
  })),
)

// %%
igds.figure(
  igds.plot.scatter(
    Object.entries(small).map(([name, sets]) => ({ name, points: sets.flat(2) })),
    {
      title: "Four sets of six points",
      x: ["first coordinate"],
      y: ["second coordinate"],
      background: { name: "the classes", points: drawn.points },
      equal: true,
    },
  ),
)

// %% [markdown]
// Both measures can be had alone: class means are certain of their class and all alike; far-away points differ, but some of them lie on the other class's side and name it with certainty, so that their mean is far below zero, which is a guess. One point of each cluster has both.
//
// ## Images
//
// Every method as a line from IPC 5 to the largest, whose number stands at its end; at IPC 1 the contextual information is zero by definition. Prototype information is the bound of Barber and Agakov by a classifier that took no part in sampling; contextual information is the lower bound of Kolchinsky and Tracey. K-center, whose images are the odd ones, has a panel with a scale of its own.

// %% tags=["thumbnail"]
const several = measures.filter(({ ipc }) => ipc > 1);
const prototype = igds.experiment.meansOf(several, (measure) => measure.prototype);
const contextual = igds.experiment.meansOf(several, (measure) => measure.contextual.low);
igds.figure(
  igds.plot.plane(
    prototype
      .map((x, i) => ({ name: x.name, ipc: x.ipc, text: String(x.ipc), x, y: contextual[i] }))
      .sort((a, b) => a.ipc - b.ipc),
    {
      title: "The plane of both informations",
      x: ["prototype information, lower bound", "nats"],
      y: ["contextual information, lower bound", "nats"],
      lines: true,
      apart: ["kcenter"],
    },
  ),
)

// %% [markdown]
// ## Does accuracy follow both?
//
// At one IPC, sets differ in both informations and in accuracy. A linear fit over the sets, $\text{accuracy} = a + b\,I + c\,H$ with both informations standardised inside each IPC, gives the slope along each at a fixed value of the other. The intervals are Student's $t$ with the sets as independent points, which sets of one method are only in part; and one method far from all others can make a slope alone. So each method is also left out once, and the verdict takes the fit that speaks least for the claim. (With two standardised quantities both slopes have the same interval.)

// %%
const sets = measures.flatMap((measure) => {
  const own = rows.filter((row) => row.set === measure.set && row.protocol === "quick" && row.labels === "hard");
  if (own.length === 0) return [];
  return [{ ...measure, accuracy: igds.evaluate.meanInterval(own.map(({ last }) => last)).mean }];
});
const methods = [...new Set(sets.map(({ name }) => name))];
// Of these the sets that were measured are not those that were scored.
const unscored = [...new Set(measures.map(({ name }) => name))].filter((name) => !methods.includes(name));
if (unscored.length > 0) {
  const names = unscored.map(igds.plot.methodLabel).join(", ");
  await igds.show(igds.note(`Not in the fit, as their measured sets were not scored: ${names}.`));
}
const ipcs = [...new Set(sets.map(({ ipc }) => ipc))].filter((ipc) => ipc > 1);
const methodsAt = (ipc: number) => methods.filter((name) => sets.some((set) => set.ipc === ipc && set.name === name));
const slopes = ipcs.flatMap((ipc) =>
  [null, ...methodsAt(ipc)].map((without) => {
    const own = sets.filter((set) => set.ipc === ipc && set.name !== without);
    const fit = igds.evaluate.linearFit(
      own.map(({ prototype, contextual }) => [prototype, contextual.low]),
      own.map(({ accuracy }) => accuracy),
    );
    const [prototype, contextual] = fit.slopes;
    const label = without ? igds.plot.methodLabel(without) : "none";
    return { ipc, without: label, sets: own.length, prototype, contextual, explained: fit.explained };
  }),
);
await igds.show(
  igds.table(
    ipcs.map((ipc) => ({
      IPC: ipc,
      sets: sets.filter((set) => set.ipc === ipc).length,
      methods: methodsAt(ipc).length,
      "with one set": methodsAt(ipc)
        .filter((name) => sets.filter((set) => set.ipc === ipc && set.name === name).length === 1)
        .map(igds.plot.methodLabel)
        .join(", "),
    })),
    { caption: "What is fitted" },
  ),
);
igds.table(
  slopes.map(({ ipc, without, sets, prototype, contextual, explained }) => ({
    IPC: ipc,
    "method left out": without,
    sets,
    "points per deviation of I": prototype,
    "points per deviation of H": contextual,
    "variance explained": explained,
  })),
  { digits: 2 },
)

// %%
const lowest = ({ mean, ci95 }: { mean: number; ci95: number }) => mean - ci95;
const least = (ipc: number, information: "prototype" | "contextual") =>
  slopes
    .filter((fit) => fit.ipc === ipc)
    .reduce((a, b) => (lowest(b[information]) < lowest(a[information]) ? b : a));
const verdict = await claim.verdict(
  ipcs.flatMap((ipc) =>
    (["prototype", "contextual"] as const).map((information) => {
      const { [information]: difference, without } = least(ipc, information);
      return {
        what: `slope along ${information} information, IPC ${ipc}, left out: ${without}`,
        difference,
        unit: "points per standard deviation",
      };
    }),
  ),
);

// %% [markdown]
// ## What this does not show
//
// That sets with more of both teach more is a correlation over methods; which term causes what is the question of the ablation.
