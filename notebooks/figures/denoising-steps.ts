// ---
// jupyter:
//   kernelspec:
//     display_name: TypeScript (IGDS)
//     language: typescript
//     name: igds
// ---

// %% [markdown]
// # What the guidance does, step by step
//
// Claims (d) and (e) of the abstract: *IGDS maximises $I(X;Y) + \beta H(X|Y)$ during sampling, by bounds that are fitted to data.* If so, both bounds must end higher than those of plain diffusion that starts from the same noise, and we must be able to say at which steps the gain was made.
//
// The same noise is denoised three times: by plain diffusion (classifier-free guidance only), by IGDS with $\beta = 0$ (prototype terms only), and by IGDS.
//
// *IGDS* is here, as by default, the two terms of the paper's abstract and the *set term*, which is ours (`docs/results.md`, *The terms of IGDS*).

// %%
import * as igds from "igds";

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick", ipc: 5, seed: 0 });

// %%
const profile = igds.experiment.quickOrFull(p.profile);
const claim = await igds.claim("Guidance ends with more prototype and more contextual information than plain diffusion of the same noise (claims d and e).", {
  profile,
  seed: p.seed,
  IPC: p.ipc,
});
const distiller = await igds.open("fashion-mnist");
const { dataset } = distiller;
const roads = [
  { method: "diffusion", label: "diffusion" },
  { method: "igds", beta: 0, label: "prototype only" },
  { method: "igds", label: "igds" },
] as const;
const runs: igds.Run[] = [];
for (const road of roads) {
  const run = distiller.start({ ...road, ipc: p.ipc, seed: p.seed });
  const bar = igds.progress(road.label, 50);
  await run.finish((record) => bar.set(record.index + 1));
  await bar.finish();
  runs.push(run);
}

// %% [markdown]
// ## The finished sets
//
// One column per class.

// %%
for (const run of runs) await igds.show(run.images, { classes: dataset.classes, title: igds.plot.methodLabel(run.label) });

// %% [markdown]
// ## The way there
//
// $\hat x_0$ of the first image of some classes, from noise to image. Differences between the roads appear where the guidance acts.

// %%
const chosen = [0, 3, 5, 7, 9];
const moments = [0, 0.25, 0.45, 0.6, 0.75, 0.88, 1].map((part) => Math.round(part * (runs[0].records.length - 1)));
igds.strip(
  chosen.flatMap((label) =>
    runs.map((run) => ({
      label: `${dataset.classes[label]}: ${igds.plot.methodLabel(run.label)}`,
      images: moments.map((i) => igds.tensor.sliceBatch(run.records[i].x0, label * p.ipc, label * p.ipc + 1)),
    })),
  ),
  moments.map((i) => `t = ${runs[0].records[i].t}`),
  { scale: 2, title: "x0hat over the steps, same noise" },
)

// %% [markdown]
// ## Both bounds over the steps
//
// Above: $E \log q(y|\hat x_0) + \ln C$, a lower bound on $I(X;Y)$. Below: the mixture sandwich on $H(X|Y)$ inside each class, its ceiling $\ln \mathrm{IPC}$, and the context bound. Means over all classes.

// %%
igds.figure(igds.plot.boundsOverSteps(runs.map(({ label, records }) => ({ label, records })), { ipc: p.ipc, classes: dataset.classes.length }))

// %% [markdown]
// ## The ledger
//
// For the first sneaker, at each step of the IGDS run: both bounds (lines), and what the push of each term was worth, to first order (bars), in nats.

// %%
igds.figure(igds.plot.ledgerFigure(runs[2].records, 7 * p.ipc, { title: "Ledger of the first sneaker" }))

// %% [markdown]
// ## How much the guidance moves an image
//
// Root mean square of the change of $\hat x_0$ at each step, in units of the pixel range $[-1, 1]$.

// %%
const moved = (record: igds.StepRecord) => {
  let sum = 0;
  record.x0.data.forEach((value, i) => (sum += (value - record.plain.data[i]) ** 2));
  return Math.sqrt(sum / record.x0.data.length);
};
igds.figure({
  data: runs.slice(1).map((run) => ({
    type: "scatter" as const,
    mode: "lines" as const,
    name: igds.plot.methodLabel(run.label),
    x: run.records.map(({ t }) => t),
    y: run.records.map(moved),
    line: { color: igds.plot.methodColour(run.label) },
  })),
  layout: igds.plot.layout("Change of x0hat by the guidance", {
    xaxis: igds.plot.axis("time step t", undefined, { autorange: "reversed" }),
    yaxis: igds.plot.axis("root mean square change", "pixel units"),
  }),
})

// %% [markdown]
// ## In numbers
//
// Final values, and their differences to plain diffusion with 95 % intervals. Pairs of the prototype information are images, those of the contextual information classes, as the images of a class share it.

// %%
const compared = igds.compare(...runs);
compared.table()

// %%
const ofIgds = (row: igds.ComparisonRow) => ({ what: `${row.quantity}, IGDS minus plain`, difference: row.differences[1], unit: "nats" });
const verdict = await claim.verdict(compared.rows.slice(0, 2).map(ofIgds));

// %% [markdown]
// ## What this does not show
//
// The prototype bound is that of the classifier that guides: its rise says that the guidance works, not that another judge agrees (`igds audit` asks one that has guided nothing). Nor does it say that networks learn more from the set: that is `accuracy-over-ipc`.
