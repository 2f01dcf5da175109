// ---
// jupyter:
//   kernelspec:
//     display_name: TypeScript (IGDS)
//     language: typescript
//     name: igds
// ---

// %% [markdown]
// # How much weight for context: beta of IPC
//
// Claims (c) and (d): *$I(X;Y) + \beta\,H(X|Y)$ is maximised with $\beta$ depending on the number of images per class.* Accuracy over $\beta$ and IPC shows where the best $\beta$ lies, and how near to it two ways to choose it come: a formula, and a search on data that needs no accuracy.
//
// *IGDS* is here, as by default, the two terms of the paper's abstract and the *set term*, which is ours ([results](../../docs/results.md#the-terms-of-igds)).

// %%
import * as igds from "igds";

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick", readOnly: false });

// %%
const rows = await igds.experiment.runExperiment("beta-of-ipc", p);
const claim = await igds.claim(
  "The best beta is larger at larger IPC, and beta chosen without any accuracy is no worse than the best fixed beta " +
    "in hindsight (claims c and d).",
  igds.experiment.provenance(rows, p),
);

// %% [markdown]
// ## The automatic choice
//
// $\beta^*(\mathrm{IPC})$ is the smallest $\beta$ at which the contextual information of a small pilot set reaches the mean over real random subsets of the same size. It is found by doubling and halving, with a few classes and coarse steps. The formula is $2 \ln \mathrm{IPC} / \ln 10$.

// %%
const summaries = igds.experiment.summarise(rows);
const ipcs = [...new Set(summaries.map(({ ipc }) => ipc))].sort((a, b) => a - b);
const distiller = await igds.open("fashion-mnist");
const found = await igds.betaCurve(distiller, ipcs, { method: "igds" });
igds.table(
  found.map(({ ipc, beta, reached, target, curve, cost, setCost }) => ({
    IPC: ipc,
    "found on data": beta,
    "by the formula": igds.betaOfIpc(ipc),
    "target (nats)": target,
    "pilot at beta 0 (nats)": curve.find((point) => point.beta === 0)?.information ?? null,
    reached,
    "cost (% of the set)": (100 * cost) / setCost,
  })),
  { digits: 2 },
)

// %% [markdown]
// ## Accuracy over beta and IPC
//
// Each column by the sets that all its $\beta$ have; rings are the $\beta$ chosen by each way. White: not computed; a number above a ring there is the accuracy at the ring's own $\beta$.

// %%
const betas = summaries
  .flatMap(({ name }) => (/^beta [\d.]+$/.test(name) ? [Number(name.slice(5))] : []))
  .filter((beta, i, all) => all.indexOf(beta) === i)
  .sort((a, b) => a - b);
const at = (beta: number | string, ipc: number) =>
  summaries.find((one) => one.name === `beta ${beta}` && one.ipc === ipc);
/** Accuracy of a summary by set, and the mean over some of them. */
const valueAt = (one: igds.experiment.Summary, seed: number) => one.last.mean.values[one.seeds.indexOf(seed)];
const meanAt = (one: igds.experiment.Summary, seeds: readonly number[]) =>
  igds.evaluate.meanInterval(seeds.map((seed) => valueAt(one, seed)));
const columns = ipcs.map((ipc) => {
  const tried = betas.flatMap((beta) => at(beta, ipc) ?? []);
  const seeds = (tried[0]?.seeds ?? []).filter((seed) => tried.every((one) => one.seeds.includes(seed)));
  return { ipc, seeds };
});
const measured = (way: string) => ipcs.map((ipc) => at(way, ipc)?.last.mean.mean ?? null);
igds.figure(
  igds.plot.heatMap(
    betas.map((beta) =>
      columns.map(({ ipc, seeds }) => (at(beta, ipc) ? meanAt(at(beta, ipc)!, seeds).mean : null)),
    ),
    {
      title: "Accuracy over beta and IPC",
      columns: { title: "images per class (IPC)", values: ipcs },
      rows: { title: "beta", values: betas },
      quantity: "accuracy",
      unit: "%",
      curves: [
        { name: "found on data", values: found.map(({ beta }) => beta), measured: measured("auto") },
        { name: "formula", values: ipcs.map((ipc) => igds.betaOfIpc(ipc)), measured: measured("rule") },
      ],
    },
  ),
)

// %%
igds.table(
  columns.flatMap(({ ipc, seeds }) =>
    [...betas, "rule", "auto"].flatMap((beta) => {
      const one = at(beta, ipc);
      if (!one) return [];
      const common = seeds.filter((seed) => one.seeds.includes(seed));
      return [
        {
          IPC: ipc,
          beta: String(beta),
          "accuracy (%)": one.last.mean,
          sets: one.seeds.length,
          "of the column's sets (%)": common.length > 0 ? meanAt(one, common).mean : null,
        },
      ];
    }),
  ),
  { digits: 1 },
)

// %% [markdown]
// ## Without the prototype term of the set
//
// IGDS here also raises the prototype information of the set as a whole. These are the two terms of the abstract alone, each image for itself; part of the full profile.

// %%
const bare = summaries.filter(({ name }) => name.endsWith("no set term"));
bare.length === 0
  ? igds.note("The quick profile does not have these variants.")
  : igds.table(
      bare.map(({ name, ipc, last, seeds }) => ({
        IPC: ipc,
        variant: name,
        "accuracy (%)": last.mean,
        sets: seeds.length,
      })),
      { digits: 1 },
    )

// %% [markdown]
// ## The best beta in hindsight
//
// The best of several noisy means is too good by chance, so the comparison is hard on the automatic choice. Differences by Student's $t$, paired by the seed of the noise. In the quick profile the automatic choice stands for the tried $\beta$ nearest to it.

// %%
/** On the sets of the seeds that both have. */
const difference = (a: igds.experiment.Summary, b: igds.experiment.Summary) => {
  const seeds = a.seeds.filter((seed) => b.seeds.includes(seed));
  const values = (one: igds.experiment.Summary) => seeds.map((seed) => valueAt(one, seed));
  return igds.evaluate.pairedDifference(values(a), values(b));
};
const compared = columns.flatMap(({ ipc, seeds }, i) => {
  // Only what was computed can be compared, one value alone is no choice, and an image alone has no variety to weigh.
  const tried = betas.filter((beta) => at(beta, ipc));
  if (!tried.includes(0) || tried.length < 2 || ipc === 1) return [];
  const mean = (beta: number) => meanAt(at(beta, ipc)!, seeds).mean;
  const best = tried.reduce((a, b) => (mean(b) > mean(a) ? b : a));
  const near = tried.reduce((a, b) => (Math.abs(b - found[i].beta) < Math.abs(a - found[i].beta) ? b : a));
  const chosen = at("auto", ipc) ?? at(near, ipc)!;
  const loss = difference(chosen, at(best, ipc)!);
  return { ipc, best, chosen: chosen.name, loss, gain: difference(chosen, at(0, ipc)!) };
});
igds.table(
  compared.map(({ ipc, best, chosen, loss, gain }) => ({
    IPC: ipc,
    "best beta in hindsight": best,
    chosen,
    "chosen - best (points)": loss,
    "chosen - beta 0 (points)": gain,
  })),
  { digits: 1 },
)

// %%
// At the larger IPC its own best beta against that of the smaller one: more than chance, or it was not seen to grow.
const growth = compared.slice(1).map(({ ipc, best }, i) => {
  const from = compared[i].best;
  return { from, to: best, gain: difference(at(best, ipc)!, at(from, ipc)!) };
});
const grows = growth.length > 0 && growth.every(({ from, to, gain }) => to > from && gain.mean - gain.ci95 > 0);
const worse = compared.filter(({ loss }) => loss.mean + loss.ci95 < 0).length;
const certain = compared.every(({ loss }) => loss.ci95 < 3);
// Where no beta at all is as good, to be no worse than the best one says nothing.
const flat = compared.every(({ gain }) => !(Math.abs(gain.mean) > gain.ci95));
const said = ({ mean, ci95 }: { mean: number; ci95: number }) =>
  `${mean.toFixed(1)}${Number.isNaN(ci95) ? " (one set, no interval)" : ` ± ${ci95.toFixed(1)}`} points`;
const each = (of: (one: (typeof compared)[number]) => string) =>
  compared.map((one) => `${of(one)} at IPC ${one.ipc}`).join(", ");
const words = [
  `best beta in hindsight ${each(({ best }) => String(best))}${grows ? "" : " (no growth beyond chance)"}`,
  `chosen minus best ${each(({ loss }) => said(loss))}`,
  `chosen minus beta 0 ${each(({ gain }) => said(gain))}${flat ? ": the curve is flat" : ""}`,
].join("; ");
const verdict = await claim.verdict(
  worse > 0 ? (grows ? "partly" : "fails") : grows && certain ? "holds" : "undecided",
  words,
);

// %% [markdown]
// ## What this does not show
//
// "No worse" here means: not certainly worse, with an interval below 3 points. As long as $\beta = 0$ is no worse either, it says nothing for the choice, and where no growth was seen the claim stays undecided. The maximum of a row of the map is one of a few tried values, and often on a plateau.

// %%
distiller.dispose();
