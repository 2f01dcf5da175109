// ---
// jupyter:
//   kernelspec:
//     display_name: TypeScript (IGDS)
//     language: typescript
//     name: igds
// ---

// %% [markdown]
// # The context that is needed grows with IPC
//
// Claim (c): *the contextual information that is needed scales with the number of images per class.* If so, the sets that teach a network most should hold more contextual information at every larger IPC, up to the ceiling $\ln \mathrm{IPC}$.
//
// *IGDS* is here, as by default, the two terms of the paper's abstract and the *set term*, which is ours ([results](../../docs/results.md#the-terms-of-igds)).

// %%
import * as igds from "igds";

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick", readOnly: false });

// %%
const rows = await igds.experiment.runExperiment("context-scales-with-ipc", p);
const measures = await igds.experiment.measureExperiment("context-scales-with-ipc", p);
const claim = await igds.claim(
  "The sets with the best accuracy hold more contextual information at every larger IPC, and gain more of it than " +
    "random real images do (claim c).",
  igds.experiment.provenance(rows, p),
);

// %% [markdown]
// ## The best sets
//
// At each IPC the method with the largest mean accuracy (hard labels, last step), over all methods of the experiment, real selections included.

// %%
const summaries = igds.experiment
  .summarise(rows)
  .filter(({ protocol, labels }) => protocol === "quick" && labels === "hard");
const ipcs = [...new Set(measures.map(({ ipc }) => ipc))].sort((a, b) => a - b);
const best = ipcs.map((ipc) =>
  summaries.filter((one) => one.ipc === ipc).reduce((a, b) => (b.last.mean.mean > a.last.mean.mean ? b : a)),
);
const ofBest = (quantity: (measure: igds.experiment.Measure) => number) =>
  best.flatMap(({ name, ipc }) =>
    igds.experiment.meansOf(
      measures.filter((one) => one.name === name && one.ipc === ipc),
      quantity,
    ),
  );
const low = ofBest(({ contextual }) => contextual.low);
const context = ofBest(({ contextual }) => contextual.context);
igds.table(
  best.map(({ name, ipc, last }, i) => ({
    IPC: ipc,
    "best method": igds.plot.methodLabel(name),
    "accuracy (%)": last.mean,
    "mixture bound (nats)": low[i],
    "context bound (nats)": context[i],
    "ceiling ln IPC (nats)": Math.log(ipc),
    "context bound, share of the ceiling": ipc > 1 ? context[i].mean / Math.log(ipc) : null,
  })),
  { digits: 2 },
)

// %% [markdown]
// ## Contextual information over IPC
//
// Both lower bounds of the best sets: the mixture bound, on which image of its class a blurred image is, and the context bound, on the k-means cluster of real images that it falls into.

// %%
const axes = {
  quantity: "information, lower bound",
  unit: "nats",
  ceiling: { name: "ceiling ln IPC", at: Math.log },
};
igds.figure(
  igds.plot.overIpc(
    [
      ...low.map((point) => ({ ...point, name: "mixture" })),
      ...context.map((point) => ({ ...point, name: "context" })),
    ],
    { title: "Contextual information of the best sets", ...axes },
  ),
)

// %% [markdown]
// ## All methods

// %%
igds.figure(
  igds.plot.overIpc(
    igds.experiment.meansOf(measures, ({ contextual }) => contextual.context),
    { title: "Contextual information of every method, context bound", ...axes },
  ),
)

// %% [markdown]
// At IPC 1 both bounds are zero, so that growth is looked for from one larger IPC to the next. The ceiling grows too, and with it what sets of any kind hold; so the growth beyond that of as many random real images is looked at as well. A method that picks one set, such as herding, has no chance in it, and no interval.

// %%
// Difference of two independent means; the intervals add as their squares.
const larger = context.filter(({ ipc }) => ipc > 1);
const growth = larger.slice(1).map((point, i) => ({
  what: `context bound of the best sets, IPC ${point.ipc} minus IPC ${larger[i].ipc}`,
  difference: { mean: point.mean - larger[i].mean, ci95: Math.hypot(point.ci95 || 0, larger[i].ci95 || 0) },
  unit: "nats",
}));
const ofRandom = igds.experiment.meansOf(
  measures.filter(({ name, ipc }) => name === "random" && ipc > 1),
  ({ contextual }) => contextual.context,
);
const beyond = larger.slice(1).flatMap((point, i) => {
  const [before, after] = [larger[i], point].map(({ ipc }) => ofRandom.find((one) => one.ipc === ipc));
  if (!before || !after) return [];
  const own = growth[i].difference;
  const ci95 = Math.hypot(own.ci95, after.ci95 || 0, before.ci95 || 0);
  return [
    {
      what: `the same growth beyond that of random real images, IPC ${point.ipc} minus IPC ${larger[i].ipc}`,
      difference: { mean: own.mean - (after.mean - before.mean), ci95 },
      unit: "nats",
    },
  ];
});
const verdict =
  growth.length > 0
    ? await claim.verdict([...growth, ...beyond])
    : await claim.verdict("undecided", "only one IPC above 1 is measured here: the full profile has four");

// %% [markdown]
// ## What this does not show
//
// The ceiling itself grows, so a set of any kind tends to hold more with more images: that the best sets do is necessary for the claim, not sufficient, and their share of the ceiling hardly moves (last column of the first table). Whether they *need* it is tested where contextual information is taken away (`ablation`) and where its weight is varied (`beta-of-ipc`).
