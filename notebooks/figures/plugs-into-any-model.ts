// ---
// jupyter:
//   kernelspec:
//     display_name: TypeScript (IGDS)
//     language: typescript
//     name: igds
// ---

// %% [markdown]
// # The guidance plugs into any model
//
// Claim (f): *the guidance plugs into existing diffusion models without retraining them.* It is switched on for each sampler and each denoiser that this project brings along; no weight is changed. Plain and guided runs start from the same noise.
//
// *IGDS* is here, as by default, the two terms of the paper's abstract and the *set term*, which is ours ([results](../../docs/results.md#the-terms-of-igds)).

// %%
import * as igds from "igds";

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick", readOnly: false });

// %%
const rows = await igds.experiment.runExperiment("plugs-into-any-model", p);
const measures = await igds.experiment.measureExperiment("plugs-into-any-model", p);
const claim = await igds.claim(
  "For each sampler and denoiser the guidance raises prototype and contextual information, and accuracy, without " +
    "retraining (claim f).",
  igds.experiment.provenance(rows, p),
);

// %% [markdown]
// ## Guided minus plain, same noise
//
// Prototype information is judged by a classifier that took no part in sampling; contextual information is the mixture lower bound.

// %%
const summaries = igds.experiment.summarise(rows);
const plugs = summaries
  .filter(({ name }) => name.endsWith("plain"))
  .flatMap((plain) => {
    const { ipc } = plain;
    const where = plain.name.slice(0, -", plain".length);
    const guided = summaries.find((one) => one.name === `${where}, guided` && one.ipc === ipc);
    const [contrast] = guided ? igds.experiment.contrasts([guided, plain], guided.name) : [];
    const gain = (quantity: (measure: igds.experiment.Measure) => number) =>
      igds.experiment.differenceOf(measures, [`${where}, guided`, plain.name], ipc, quantity);
    const prototype = gain((measure) => measure.prototype);
    const contextual = gain((measure) => measure.contextual.low);
    // What is not computed yet is left out.
    if (!guided || !contrast || !prototype || !contextual) return [];
    const accuracy = contrast.difference;
    return [{ where, ipc, plain: plain.last.mean, guided: guided.last.mean, accuracy, prototype, contextual }];
  });
igds.table(
  plugs.map(({ where, ipc, plain, guided, accuracy, prototype, contextual }) => ({
    "sampler, denoiser": where,
    IPC: ipc,
    "plain (%)": plain,
    "guided (%)": guided,
    "accuracy (points)": accuracy,
    "prototype (nats)": prototype,
    "contextual (nats)": contextual,
  })),
  { digits: 2 },
)

// %%
igds.figure(
  igds.plot.intervals(
    plugs.flatMap(({ where, ipc, prototype, contextual }) => [
      { name: `${where}, IPC ${ipc}`, group: "prototype", ...prototype },
      { name: `${where}, IPC ${ipc}`, group: "contextual", ...contextual },
    ]),
    {
      title: "Information gained by the guidance, same noise",
      quantity: "guided minus plain",
      unit: "nats",
      zero: true,
    },
  ),
)

// %% [markdown]
// ## The same noise by each

// %%
const { classes } = await igds.experiment.experimentDataset(p.profile);
const [ipc] = plugs.map((plug) => plug.ipc);
for (const set of await igds.experiment.experimentSets("plugs-into-any-model", { ...p, ipcs: [ipc] }))
  await igds.show(set, { classes, title: `${set.name}, IPC ${set.ipc}` });

// %%
const verdict = await claim.verdict(
  plugs.flatMap(({ where, ipc, accuracy, prototype, contextual }) => [
    { what: `prototype information, ${where}, IPC ${ipc}`, difference: prototype, unit: "nats" },
    ...(ipc > 1
      ? [{ what: `contextual information, ${where}, IPC ${ipc}`, difference: contextual, unit: "nats" }]
      : []),
    { what: `accuracy, ${where}, IPC ${ipc}`, difference: accuracy, unit: "points" },
  ]),
);

// %% [markdown]
// ## What this does not show
//
// The denoisers are those in `data/checkpoints/`; each that is put there takes part. A model at the paper's scale, DiT-XL/2, is not among them.
