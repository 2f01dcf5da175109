// ---
// jupyter:
//   kernelspec:
//     display_name: TypeScript (IGDS)
//     language: typescript
//     name: igds
// ---

// %% [markdown]
// # Compare your distilled set with any other
//
// Any two folders of images for the same dataset, whoever made them: how well networks learn from them, what information they hold, how they cover the real images, whether they copy training images, and whether their labels are right.
//
// A set is `FOLDER/<class>/<i>.png`. Put your folders into `folders`; without any, the notebook makes two small ones, real images against IGDS.

// %%
import * as igds from "igds";
import { mkdtemp } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick", dataset: "fashion-mnist", folders: [""], names: [""], networks: 2, trainingSteps: 200, ipc: 3, seed: 0 });

// %%
const test = p.profile === "test";
const whole = await igds.loadDataset(p.dataset);
const size = whole.shape.reduce((a, b) => a * b, 1);
const part = ({ images, labels }: igds.datasets.Split, count: number) => ({ images: images.slice(0, count * size), labels: labels.slice(0, count), count });
const dataset = test ? { ...whole, train: part(whole.train, 3000), test: part(whole.test, 500) } : whole;
let folders = p.folders.filter((folder) => folder !== "");
let names = folders.map((folder, i) => p.names[i] || path.basename(folder));
if (folders.length === 0) {
  const work = await mkdtemp(path.join(os.tmpdir(), "igds-compare-"));
  const distiller = await igds.open(dataset);
  await igds.distillInto(path.join(work, "random"), distiller, { method: "random", ipc: p.ipc, seed: p.seed });
  await igds.distillInto(path.join(work, "igds"), distiller, { method: "igds", ipc: p.ipc, seed: p.seed, steps: test ? 2 : 20, onProgress: igds.progressBars() });
  names = ["random", "igds"];
  folders = names.map((name) => path.join(work, name));
}
const sets = await Promise.all(folders.map((folder) => igds.datasets.readImageFolder(folder, dataset)));
for (const [i, set] of sets.entries()) await igds.show(set, { classes: dataset.classes, scale: 2, title: igds.plot.methodLabel(names[i]) });

// %% [markdown]
// ## Audit
//
// The judge is a classifier of real images that guided none of the sets. *Real images, as many* is what as many random real images reach: the yardstick of every number, since all of them depend on the size of the set.

// %%
const reference = await igds.evaluate.loadReferenceClassifier(dataset);
const audits: igds.Audit[] = [];
for (const set of sets) audits.push(await igds.auditSet(set, dataset, { reference, evaluation: null }));
const [{ information: { real, ceiling }, coverage }] = audits;
igds.table([
  ...audits.map(({ information: { prototype, contextual } }, i) => ({ set: igds.plot.methodLabel(names[i]), "prototype (nats)": prototype[0].bound, "contextual, low": contextual.mixture.low, "contextual, high": contextual.mixture.high, "context bound": contextual.context, cmi: contextual.cmi })),
  ...(real ? [{ set: "real images, as many", "prototype (nats)": real.prototype[0].bound.mean, "contextual, low": real.contextual.low.mean, "contextual, high": real.contextual.high.mean, "context bound": real.contextual.context.mean, cmi: real.contextual.cmi.mean }] : []),
], { caption: `Information, nats. Ceilings: prototype ln ${dataset.classes.length} = ${Math.log(dataset.classes.length).toFixed(2)}, contextual ${ceiling.toFixed(2)}` })

// %% [markdown]
// What each share means says [coverage map](../figures/coverage-map.ipynb), *In numbers*. Of the two sets that the notebook makes, that of IGDS has a low precision and density because its images lie apart from single real ones; that alone does not make a set a bad teacher (last table).

// %%
igds.table([
  ...audits.map(({ coverage: { set } }, i) => ({ set: igds.plot.methodLabel(names[i]), precision: set.precision, recall: set.recall, density: set.density, coverage: set.coverage, "Fréchet": set.frechet, Vendi: set.vendi })),
  ...(coverage.real ? [{ set: "real images, as many", precision: coverage.real.precision, recall: coverage.real.recall, density: coverage.real.density, coverage: coverage.real.coverage, "Fréchet": coverage.real.frechet, Vendi: coverage.real.vendi }] : []),
], { caption: "Against held-out real images, in the features of the judge" })

// %%
igds.table(audits.map(({ copies, suspicious, images }, i) => ({ set: igds.plot.methodLabel(names[i]), images, "exact copies": copies.exact, "near-copies": copies.near, "equal pairs": copies.twins, "labels that the judge doubts": suspicious.length })))

// %% [markdown]
// The most doubtful images of each set:

// %%
for (const [i, { suspicious }] of audits.entries()) {
  const worst = suspicious.slice(0, 6);
  if (worst.length === 0) continue;
  const places = worst.map(({ image }) => Number.isInteger(Number(image)) ? Number(image) : sets[i].files.indexOf(image));
  await igds.show(igds.tensor.concatBatches(places.map((at) => igds.tensor.sliceBatch(sets[i].images, at, at + 1))), { columns: 6, labels: worst.map(({ label, found }) => `${label}? ${found}`), title: igds.plot.methodLabel(names[i]) });
}

// %% [markdown]
// ## Where the sets lie among the real images
//
// Features of the judge, projected on the two directions in which *real* images vary most. Real held-out images are grey.

// %%
const held = igds.datasets.developmentSplit(dataset).heldOut.slice(0, test ? 60 : 600);
const realFeatures = reference.features(igds.datasets.gather(dataset.train, dataset.shape, held));
const plane = igds.evaluate.principalPlane(realFeatures, reference.featureCount);
const points = (features: Float32Array) => {
  const at = plane.place(features);
  return { x: [...at].filter((_, i) => i % 2 === 0), y: [...at].filter((_, i) => i % 2 === 1) };
};
const colours = igds.plot.seriesColours(names);
igds.figure({
  data: [
    { type: "scatter", mode: "markers", name: "real", ...points(realFeatures), marker: { color: "rgba(128, 132, 140, 0.45)", size: 4 }, hoverinfo: "skip" },
    ...sets.map((set, i) => ({ type: "scatter" as const, mode: "markers" as const, name: igds.plot.methodLabel(names[i]), ...points(reference.features(set.images)), text: Array.from(set.labels, (y) => dataset.classes[y]), marker: { color: colours.get(names[i]), size: 9, symbol: i % 2 ? ("circle" as const) : ("square" as const), line: { width: 1, color: "#ffffff" } }, hovertemplate: "%{text}<extra></extra>" })),
  ],
  layout: igds.plot.layout("Sets among real images", { hovermode: "closest", height: 520, xaxis: igds.plot.axis("first direction of real images", undefined, { zeroline: false }), yaxis: igds.plot.axis("second direction", undefined, { zeroline: false }) }),
})

// %% [markdown]
// ## Score
//
// Networks from scratch on each set; the same seeds, so the comparison is paired by network. For a claim about *methods*, make several sets of each and use `igds evaluate A-[0-5] --against B-[0-5]`.

// %%
const seeds = Array.from({ length: test ? 2 : p.networks }, (_, i) => i);
const results: igds.Evaluation[] = [];
for (const set of sets) results.push(await igds.evaluateSet(set, dataset, { seeds, steps: test ? 5 : p.trainingSteps, checkpoints: 1 }));
igds.table(results.map(({ last }, i) => ({ set: igds.plot.methodLabel(names[i]), "accuracy (%)": last, ...(i > 0 ? { [`minus ${igds.plot.methodLabel(names[0])} (points)`]: igds.evaluate.pairedDifference(last.values, results[0].last.values) } : {}) })), { digits: 1 })

// %% [markdown]
// The intervals are over networks only: they say how sure the score of *these* sets is.
