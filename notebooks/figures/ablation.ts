// ---
// jupyter:
//   kernelspec:
//     display_name: TypeScript (IGDS)
//     language: typescript
//     name: igds
// ---

// %% [markdown]
// # Ablation: which part of the guidance does what
//
// Claim (d): *maximising $I(X;Y) + \beta\,H(X|Y)$ during sampling achieves what a distilled set needs.* Parts are left out, turned round or done otherwise, all from the same noise.
//
// *IGDS* is here, as by default, the two terms of the paper's abstract and the *set term*, which is ours ([results](../../docs/results.md#the-terms-of-igds)).

// %%
import * as igds from "igds";

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick", readOnly: false });

// %%
const rows = await igds.experiment.runExperiment("ablation", p);
const measures = await igds.experiment.measureExperiment("ablation", p);
const claim = await igds.claim(
  "IGDS with its set term is better than no term, than its prototype terms alone, than the contextual term alone " +
    "and than with the contextual term turned round; the two terms of the abstract are better than no term and than " +
    "each of them alone (claim d).",
  igds.experiment.provenance(rows, p),
);

// %% [markdown]
// | variant | guidance |
// |---|---|
// | none | classifier-free guidance only |
// | both I, β = 0 | both prototype terms, of each image and of the set |
// | H alone | contextual term only |
// | all three (IGDS + set term) | IGDS as everywhere here |
// | wrong sign | all three, with $-\beta(\mathrm{IPC})$ ($-2$ at IPC 1 and 10): variety is taken away |
// | the abstract's two terms | prototype term of each image, and contextual term; $\beta(\mathrm{IPC})$ |
// | I of images alone | the first of these two |
//
// The full profile adds each prototype term alone, fixed $\beta$, the other contextual terms, parts of the time steps, the exact gradient through the denoiser, and other scales of classifier-free guidance.

// %%
const summaries = igds.experiment.summarise(rows);
// The results have the names of a time when there were two terms.
const spoken = new Map([
  ["both", "all three (IGDS + set term)"],
  ["I alone", "both I, β = 0"],
  ["without I of the set", "the abstract's two terms"],
]);
const label = (name: string) => spoken.get(name) ?? name;
igds.figure(
  igds.plot.intervals(
    summaries.map(({ name, ipc, last }) => ({ name: label(name), group: `IPC ${ipc}`, ...last.mean })),
    { title: "Accuracy of each variant", quantity: "test accuracy", unit: "%" },
  ),
)

// %% [markdown]
// ## Gain over no guidance
//
// Pair by pair: the same noise and the same first weights of the network.

// %%
igds.figure(
  igds.plot.intervals(
    igds.experiment.contrasts(summaries, "none").map(({ name, ipc, difference: { mean, ci95 } }) => ({
      name: label(name),
      group: `IPC ${ipc}`,
      mean: -mean,
      ci95,
    })),
    {
      title: "Gain over no guidance, same noise",
      quantity: "gain in accuracy",
      unit: "percentage points",
      zero: true,
    },
  ),
)

// %% [markdown]
// ## What it does to both informations
//
// Means over the sets. The prototype information is judged by a classifier that took no part in sampling. Variants that are the same set at IPC 1 have the same informations there; their accuracies differ where they were scored with more sets and networks.

// %%
const measuresOf = ({ name, ipc }: igds.experiment.Summary) => {
  const sets = new Set(rows.filter((row) => row.name === name && row.ipc === ipc).map(({ set }) => set));
  // A set that is that of several variants was measured once for each.
  return [...new Map(measures.filter(({ set }) => sets.has(set)).map((measure) => [measure.set, measure])).values()];
};
const meanOf = (values: number[]) => (values.length > 0 ? igds.evaluate.meanInterval(values) : "");
igds.table(
  summaries.map((one) => {
    const own = measuresOf(one);
    return {
      IPC: one.ipc,
      variant: label(one.name),
      "accuracy, last step (%)": one.last.mean,
      "best step (%)": one.best.mean,
      "prototype information (nats)": meanOf(own.map(({ prototype }) => prototype)),
      "contextual information (nats)": meanOf(own.map(({ contextual }) => contextual.low)),
      "sets scored": one.seeds.length,
      "sets measured": own.length,
    };
  }),
  { digits: 2 },
)

// %% [markdown]
// ## All against parts
//
// First IGDS with its set term, then the two terms of the abstract (full profile), beside what is left without one of them.

// %%
// At IPC 1 there is no variety: without the contextual term, or with the wrong sign of it, the set is the same.
const sameAtOne = ["I alone", "wrong sign", "I of images alone"];
const tests = [
  ...igds.experiment.contrasts(summaries, "both", ["none", "I alone", "H alone", "wrong sign"]),
  ...igds.experiment.contrasts(summaries, "without I of the set", ["none", "I of images alone", "H alone"]),
].filter(({ name, ipc }) => ipc > 1 || !sameAtOne.includes(name));
const parts = tests.map(({ reference, name, ...test }) => ({
  ...test,
  what: `${label(reference)} minus ${label(name)}`,
}));
igds.table(
  parts.map(({ what, ipc, difference, pairs, networks }) => ({
    IPC: ipc,
    "what is compared": what,
    points: difference,
    pairs,
    networks,
  })),
  { digits: 1 },
)

// %%
const verdict = await claim.verdict(
  parts.map(({ what, ipc, difference }) => ({ what: `${what}, IPC ${ipc}`, difference, unit: "points" })),
);

// %% [markdown]
// ## What this does not show
//
// At IPC 1 the contextual term is zero whatever its weight, so variants that differ in it alone are the same set there. The weights of the terms were chosen for all three together, not for each alone or for the abstract's two.
