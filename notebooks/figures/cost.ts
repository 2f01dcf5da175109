// ---
// jupyter:
//   kernelspec:
//     display_name: TypeScript (IGDS)
//     language: typescript
//     name: igds
// ---

// %% [markdown]
// # What the guidance costs
//
// Seconds, evaluations of the denoiser and memory for one image of a finished set, plain and guided.
//
// *IGDS* is here, as by default, the two terms of the paper's abstract and the *set term*, which is ours (`docs/results.md`, *The terms of IGDS*).

// %%
import * as igds from "igds";

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick", readOnly: false, seed: 0 });

// %%
const claim = await igds.claim("Guidance by the formula in place of the denoiser's gradient costs less than half as much again as plain diffusion.", { profile: p.profile, seed: p.seed });
const quick = igds.experiment.quickOrFull(p.profile) === "quick";
const size = quick ? { ipc: 2, steps: 8, rounds: 2 } : { ipc: 10, steps: 20, rounds: 5 };
const distiller = await igds.open("fashion-mnist");

// %% [markdown]
// Each method samples all classes. A first round of four steps compiles the graphs and is not counted; after it each run is timed from its first to its last step. Round by round all methods take their turn, so that what else the machine does meets them all alike.

// %%
const ways = [
  { name: "diffusion", options: { method: "diffusion" } },
  { name: "igds", options: { method: "igds" } },
  { name: "igds, context bound", options: { method: "igds", contextual: "context" } },
  { name: "igds, exact gradient", options: { method: "igds", gradient: "exact" } },
  { name: "mgd3", options: { method: "mgd3" } },
  { name: "particle", options: { method: "particle" } },
  { name: "cads", options: { method: "cads" } },
  { name: "igd", options: { method: "igd" } },
  { name: "cao2", options: { method: "cao2" } },
  { name: "d4m", options: { method: "d4m" } },
] as const;
const bar = igds.progress("runs", ways.length * (size.rounds + 1));
const timed = ways.map(({ name, options }) => ({ name, options, seconds: [] as number[], evaluations: 0, megabytes: 0 }));
const kept = size.ipc * distiller.dataset.classes.length;
for (let round = 0; round <= size.rounds; round++)
  for (const way of timed) {
    const run = distiller.start({ ...way.options, ipc: size.ipc, steps: round > 0 ? size.steps : 4, seed: p.seed });
    const start = performance.now();
    await run.finish();
    if (round > 0) way.seconds.push((performance.now() - start) / 1000 / kept);
    else way.megabytes = process.memoryUsage().rss / 2 ** 20;
    // Classifier-free guidance asks the denoiser twice at each step: with and without the class.
    way.evaluations = (2 * run.records.length * run.images.shape[0]) / kept;
    bar.advance(1, way.name);
  }
await bar.finish();

// %% [markdown]
// ## Result
//
// The exact gradient also goes backwards through the denoiser, which an evaluation does not count. Memory is that of the whole process after the first round of a method, so it mostly grows down the table.

// %%
const plain = timed[0].seconds;
const relative = timed.map(({ name, seconds }) => ({ name, ratio: igds.evaluate.meanInterval(seconds.map((value, i) => value / plain[i])) }));
igds.table(
  timed.map(({ name, seconds, evaluations, megabytes }, i) => ({
    method: igds.plot.methodLabel(name),
    "seconds per image": igds.evaluate.meanInterval(seconds),
    "times plain": relative[i].ratio,
    "evaluations of the denoiser": evaluations,
    "memory of the process (MB)": Math.round(megabytes),
  })),
  { digits: 3 },
)

// %%
igds.figure(
  igds.plot.intervals(
    relative.map(({ name, ratio }) => ({ name, group: `IPC ${size.ipc}, ${size.steps} steps`, mean: ratio.mean, ci95: ratio.ci95 })),
    { title: "Time per image over that of plain diffusion", quantity: "time", unit: "times plain" },
  ),
)

// %%
const { ratio } = relative.find(({ name }) => name === "igds")!;
const verdict = await claim.verdict({ what: "1.5 minus the time of IGDS over that of plain diffusion", difference: { mean: 1.5 - ratio.mean, ci95: ratio.ci95 }, unit: "times plain" });

// %% [markdown]
// ## Fewer questions to the denoiser
//
// A quicker sampler saves more than any tuning of the code: accuracy of a set over the number of times the denoiser was asked for each image, by sampler, plain and guided, at one number of images per class, same noise. *Interval* has classifier-free guidance at medium noise alone ([Kynkäänniemi et al. 2024](https://arxiv.org/abs/2404.07724)): at the other steps the denoiser is asked once, not twice.

// %%
const rows = await igds.experiment.runExperiment("cost", p);
const sampled = new Map(rows.map(({ name, sampling }) => [name, sampling!]));
const qualities = igds.experiment.summarise(rows).map(({ name, ipc, last }) => {
  const [, way, steps, kind] = /^(.*), (\d+) steps, (plain|guided)$/.exec(name)!;
  return {
    method: kind === "plain" ? "diffusion" : "igds",
    way,
    steps: Number(steps),
    ipc,
    evaluations: igds.diffusion.evaluations(sampled.get(name)!),
    mean: last.mean.mean,
    ci95: last.mean.ci95,
  };
});
igds.figure(igds.plot.accuracyOverEvaluations(qualities, `Test accuracy over evaluations of the denoiser, IPC ${qualities[0].ipc}`))

// %%
igds.table(
  [...qualities]
    .sort((a, b) => b.evaluations - a.evaluations)
    .map(({ method, way, steps, evaluations, mean, ci95 }) => ({
      method: igds.plot.methodLabel(method),
      sampler: way,
      steps,
      "evaluations per image": evaluations,
      "accuracy, %": { mean, ci95 },
    })),
  { digits: 1 },
)

// %% [markdown]
// ## What this does not show
//
// Times are of this machine with whatever else it did; the ratio is steadier than the seconds. Making the terms ready (clusters and bandwidths of real images, and the learners that the term of the set looks through: half a minute for each dataset and IPC, kept in `data/learners/`) is paid once and is part of the first, uncounted round.

// %%
distiller.dispose();
