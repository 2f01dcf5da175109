// ---
// jupyter:
//   kernelspec:
//     display_name: TypeScript (IGDS)
//     language: typescript
//     name: igds
// ---

// %% [markdown]
// # Where the sets lie among real images
//
// Real images and the sets on one map, and the four shares by which such maps are usually judged: precision, recall, density and coverage, with the Vendi score beside.
//
// *IGDS* is here, as by default, the two terms of the paper's abstract and the *set term*, which is ours ([results](../../docs/results.md#the-terms-of-igds)).

// %%
import * as igds from "igds";

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick", readOnly: false });

// %%
const rows = await igds.experiment.runExperiment("coverage-map", p);
const measures = await igds.experiment.measureExperiment("coverage-map", p);
const claim = await igds.claim(
  "Sets of IGDS cover more of the real images than plain diffusion of the same noise does.",
  igds.experiment.provenance(rows, p),
);

// %% [markdown]
// ## The map
//
// The plane in which the features of 2,000 held-out real images vary most (principal components), in the space in front of the last layer of a classifier of real images. Real images in grey.

// %%
const dataset = await igds.experiment.experimentDataset(p.profile);
const reference = await igds.evaluate.loadReferenceClassifier(dataset);
const held = igds.datasets.developmentSplit(dataset).heldOut.slice(0, 2000);
const features = reference.features(igds.datasets.gather(dataset.train, dataset.shape, held));
const plane = igds.evaluate.principalPlane(features, reference.featureCount);
const ipc = Math.max(...measures.map((measure) => measure.ipc).filter((count) => count <= 10));
const names = ["random", "diffusion", "igds"];
const sets = await igds.experiment.experimentSets("coverage-map", { ...p, names, ipcs: [ipc] });

// %%
const share = (100 * plane.share).toFixed(0);
igds.figure(
  igds.plot.scatter(
    sets.map(({ name, images, labels }) => ({
      name,
      points: plane.place(reference.features(images)),
      said: Array.from(labels, (label) => dataset.classes[label]),
    })),
    {
      title: `Real images and sets of IPC ${ipc}; ${share} % of the variance lies in this plane`,
      x: ["first component"],
      y: ["second component"],
      background: { name: "real, held out", points: plane.place(features) },
    },
  ),
)

// %% [markdown]
// ## In numbers
//
// Against all 5,000 held-out real images, in all dimensions of the same space. *Precision*: share of the set inside the balls of real images (third neighbour). *Recall*: share of real images inside the balls of the set. *Density* and *coverage*: with balls to the fifth neighbour, a fifth of the number of real balls that an image lies in (real images have about 1), and the share of real balls that hold an image. All but the Vendi score depend on the size of the set, so compare inside one IPC; `random` says what as many real images reach.

// %%
const recallOf = (measure: igds.experiment.Measure) => measure.coverage.recall ?? Number.NaN;
const column = (quantity: (measure: igds.experiment.Measure) => number) => igds.experiment.meansOf(measures, quantity);
const [precision, recall, density, coverage, vendi, frechet] = [
  column((measure) => measure.coverage.precision),
  column(recallOf),
  column((measure) => measure.coverage.density),
  column((measure) => 100 * measure.coverage.coverage),
  column((measure) => measure.coverage.vendi),
  column((measure) => measure.coverage.frechet),
];
igds.table(
  precision.map((one, i) => ({
    IPC: one.ipc,
    method: igds.plot.methodLabel(one.name),
    precision: one,
    recall: recall[i],
    density: density[i],
    "coverage (%)": coverage[i],
    Vendi: vendi[i],
    "Fréchet distance": frechet[i],
    sets: one.n,
  })),
  { digits: { precision: 2, recall: 2, density: 2, "coverage (%)": 1, Vendi: 1, "Fréchet distance": 1 } },
)

// %%
igds.figure(
  igds.plot.overIpc(coverage, {
    title: "Coverage of real images",
    quantity: "coverage",
    unit: "% of real images",
    about: ["random", "kmeans", "diffusion", "mgd3", "igds"],
  }),
)

// %%
const ipcs = [...new Set(measures.map((measure) => measure.ipc))];
const verdict = await claim.verdict(
  ipcs.flatMap((count) => {
    const difference = igds.experiment.differenceOf(
      measures,
      ["igds", "diffusion"],
      count,
      (measure) => 100 * measure.coverage.coverage,
    );
    const what = `coverage, IGDS minus plain diffusion, IPC ${count}`;
    return difference ? [{ what, difference, unit: "% of real images" }] : [];
  }),
);

// %% [markdown]
// ## What this does not show
//
// Two components are a small part of the space; the numbers use all of it. The features are those of a classifier, which forgets what does not help to tell classes apart. Plain diffusion of the full profile has the guidance scale that its search chose for accuracy, 6 where images are few; a high scale costs variety by itself, and IGDS has a lower one, 1.5. At that scale, IPC 10 and three sets (`plugs-into-any-model`), plain diffusion has recall 0.75, coverage 9.4 % and Fréchet distance 27.0: the scales explain a part of the higher recall of IGDS, and neither its lower coverage nor a better Fréchet distance.

// %%
reference.dispose();
