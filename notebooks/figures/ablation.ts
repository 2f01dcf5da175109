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
// *IGDS* is here, as by default, the two terms of the paper's abstract and the *set term*, which is ours (`docs/results.md`, *The terms of IGDS*).

// %%
import * as igds from "igds";

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick", readOnly: false });

// %%
const rows = await igds.experiment.runExperiment("ablation", p);
const measures = await igds.experiment.measureExperiment("ablation", p);
const claim = await igds.claim("Both terms together are better than no term, than either alone, and than the contextual term with the wrong sign (claim d).", igds.experiment.provenance(rows, p));

// %% [markdown]
// | variant | guidance |
// |---|---|
// | none | classifier-free guidance only |
// | I alone | prototype terms, of each image and of the set; $\beta = 0$ |
// | H alone | contextual term only |
// | both | IGDS |
// | wrong sign | $-\beta(\mathrm{IPC})$ ($-2$ at IPC 1 and 10): variety is taken away |
//
// The full profile adds each prototype term alone, fixed $\beta$, the other contextual terms, parts of the time steps, the exact gradient through the denoiser, and other scales of classifier-free guidance.

// %%
const summaries = igds.experiment.summarise(rows);
igds.figure(
  igds.plot.intervals(
    summaries.map(({ name, ipc, last }) => ({ name, group: `IPC ${ipc}`, mean: last.mean.mean, ci95: last.mean.ci95 })),
    { title: "Accuracy of each variant", quantity: "test accuracy", unit: "%" },
  ),
)

// %% [markdown]
// ## Gain over no guidance
//
// Pair by pair: the same noise and the same first weights of the network.

// %%
const gains = igds.experiment.contrasts(summaries, "none").map((test) => ({ ...test, mean: -test.difference.mean, ci95: test.difference.ci95 }));
igds.figure(
  igds.plot.intervals(
    gains.map(({ name, ipc, mean, ci95 }) => ({ name, group: `IPC ${ipc}`, mean, ci95 })),
    { title: "Gain over no guidance, same noise", quantity: "gain in accuracy", unit: "percentage points", zero: true },
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
igds.table(
  summaries.map((one) => {
    const own = measuresOf(one);
    return {
      IPC: one.ipc,
      variant: one.name,
      "accuracy, last step (%)": one.last.mean,
      "best step (%)": one.best.mean,
      "prototype information (nats)": own.length > 0 ? igds.evaluate.meanInterval(own.map(({ prototype }) => prototype)) : "",
      "contextual information (nats)": own.length > 0 ? igds.evaluate.meanInterval(own.map(({ contextual }) => contextual.low)) : "",
      "sets scored": one.seeds.length,
      "sets measured": own.length,
    };
  }),
  { digits: 2 },
)

// %%
// At IPC 1 there is no variety: without the contextual term, or with the wrong sign of it, the set is the same.
const tests = igds.experiment.contrasts(summaries, "both", ["none", "I alone", "H alone", "wrong sign"]).filter(({ name, ipc }) => ipc > 1 || (name !== "I alone" && name !== "wrong sign"));
const verdict = await claim.verdict(tests.map(({ name, ipc, difference }) => ({ what: `both minus ${name}, IPC ${ipc}`, difference, unit: "points" })));

// %% [markdown]
// ## What this does not show
//
// At IPC 1 the contextual term is zero whatever its weight, so variants that differ in it alone are the same set there. The weights of the terms were chosen for both together, not for each alone.
