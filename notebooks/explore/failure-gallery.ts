// ---
// jupyter:
//   kernelspec:
//     display_name: TypeScript (IGDS)
//     language: typescript
//     name: igds
// ---

// %% [markdown]
// # Failure gallery
//
// Guidance can be wrong in instructive ways. Each run below starts from the same noise as a healthy one and has one idea spoiled (cases 1 and 5 take more than one setting for it). Two judges look at the result: the classifier that *guided*, and a reference classifier that never did. Here they agree; had they parted, images would please their guide and nobody else, which is why both are asked. What is wrong shows in the pictures, and only sometimes in a number: in case 5 every bound is *better* than that of the healthy run.

// %%
import * as igds from "igds";

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick", classes: ["Sneaker", "Dress", "Bag"], ipc: 4, seed: 0 });

// %%
const steps = p.profile === "test" ? 3 : 20;
const distiller = await igds.open("fashion-mnist");
const { dataset, classContext, classifier } = distiller;
const reference = await igds.evaluate.loadReferenceClassifier(dataset);
// The term of the set as a whole is left out, so that what is spoiled stands alone.
const common = { classes: p.classes, ipc: p.ipc, seed: p.seed, steps } as const;
const igdsOf = { ...common, setWeight: 0 } as const;
const indices = p.classes.map((name) => dataset.classes.indexOf(name));
const labels = indices.flatMap((label) => new Array<number>(p.ipc).fill(label));
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const { weight } = igds.guidanceDefaults;
const beta = igds.betaOfIpc(p.ipc);

// %%
const seen: igds.Run[] = [];
const look = async (run: igds.Run) => {
  const bar = igds.progress(run.label, steps);
  await run.finish(() => bar.advance());
  await bar.finish();
  seen.push(run);
  return igds.show(run.images, { columns: p.ipc, labels: p.classes, title: run.label });
};
const judged = (runs: readonly igds.Run[]) => igds.table(runs.map((run) => {
  const { prototype, contextual } = run.last.bounds!;
  return {
    run: run.label,
    "prototype, the guide says": mean(prototype),
    "prototype, the reference says": igds.information.prototypeInformationOf(reference.logits(run.images), labels, reference.temperature).bound,
    "contextual, low": mean(contextual.low),
    "contextual, high": mean(contextual.high),
  };
}), { caption: `nats; ceilings ln 10 = 2.30 and ln ${p.ipc} = ${Math.log(p.ipc).toFixed(2)}`, digits: 2 });

// %% [markdown]
// ## Healthy: plain diffusion and IGDS

// %%
const plain = distiller.start({ ...common, method: "diffusion", label: "plain diffusion" });
const healthy = distiller.start({ ...igdsOf, label: "IGDS" });
await look(plain);
await look(healthy);
judged(seen)

// %% [markdown]
// ## 1. Far too much weight
//
// Fifty times the weight, and no limit on how far one step may move an image. The gradient of $\log q$ is no picture of a sneaker: it is the quickest way to please this network.

// %%
const loud = distiller.start({ ...igdsOf, weight: 50 * weight, largestChange: 10, label: "weight x 50, no limit" });
await look(loud);
judged([plain, healthy, loud])

// %% [markdown]
// *What to see:* hard black and white patches. Both judges find less of the class than before, while the contextual bound is near its ceiling: noise is different from noise. *Remedy:* keep `largestChange`; choose the weight by what other networks learn from the set, never by the guide's own bound.
//
// ## 2. The wrong sign of beta
//
// $\beta < 0$ pulls the images of a class together.

// %%
const pulled = distiller.start({ ...igdsOf, beta: -3 * beta, label: "beta with the wrong sign" });
await look(pulled);
judged([plain, healthy, pulled])

// %% [markdown]
// *What to see:* nearly one image several times, plainest with the sneakers. Prototype information does not notice, every copy shows its class, which is why it alone is not enough. The contextual bound does.
//
// ## 3. A saturated bandwidth
//
// The same weights, but the bandwidth $s^2$ of the contextual term is a hundredth of what real images suggest.

// %%
const bandwidths = indices.map((label) => classContext.bandwidth(label, p.ipc));
const narrow = igds.guidance.mixture(bandwidths.map((s2) => s2 / 100));
const saturated = distiller.start({ ...common, method: "diffusion", label: "bandwidth / 100", terms: [{ term: igds.guidance.prototype(classifier), weight }, { term: narrow, weight: weight * beta }] });
await look(saturated);
const termOf = (run: igds.Run, name: string) => run.records.map(({ t, guidance }) => ({ t, ...guidance.terms.find((term) => term.name === name)! }));
igds.figure({
  data: ([["IGDS", healthy], ["bandwidth / 100", saturated]] as const).flatMap(([name, run]) => {
    const at = termOf(run, "mixture");
    const line = { color: igds.plot.seriesColours(["IGDS", "bandwidth / 100"]).get(name) };
    return [
      { type: "scatter" as const, mode: "lines" as const, name: `${name}: value`, x: at.map(({ t }) => t), y: at.map(({ value }) => mean(value)), line },
      { type: "scatter" as const, mode: "lines" as const, name: `${name}: gradient`, x: at.map(({ t }) => t), y: at.map(({ gradientNorm }) => mean(gradientNorm)), line: { ...line, dash: "dot" as const }, yaxis: "y2" },
    ];
  }),
  layout: igds.plot.layout("A term that believes it is done", {
    height: 500,
    xaxis: igds.plot.axis("time step t, from noise to image", undefined, { autorange: "reversed", anchor: "y2" }),
    yaxis: igds.plot.axis("value", "nats", { domain: [0.55, 1] }),
    yaxis2: igds.plot.axis("gradient norm", undefined, { domain: [0, 0.42] }),
  }),
})

// %%
judged([plain, healthy, saturated])

// %% [markdown]
// *What to see:* by its own account (upper panel) the narrow term is at the ceiling $\ln N$ almost at once, and its gradient (dotted) is zero from then on: it guides nothing. Measured with the honest bandwidth, the set is no more varied than that of plain diffusion. *Remedy:* take the bandwidth from real images, as `distiller.start` does; if a term sits at its ceiling while images look alike, suspect the bandwidth.
//
// ## 4. An uncalibrated classifier
//
// The same network with its temperature divided by twenty: $q$ is now sure of everything.

// %%
const sure = { ...classifier, temperatures: classifier.temperatures.map(({ t, temperature }) => ({ t, temperature: temperature / 20 })) };
const overconfident = distiller.start({ ...common, method: "diffusion", label: "temperature / 20", terms: [{ term: igds.guidance.prototype(sure), weight }, { term: igds.guidance.mixture(bandwidths), weight: weight * beta }] });
await look(overconfident);
const first = (run: igds.Run) => termOf(run, "prototype");
igds.figure({
  data: ([["IGDS", healthy], ["temperature / 20", overconfident]] as const).map(([name, run]) => ({
    type: "scatter" as const, mode: "lines+markers" as const, name, x: first(run).map(({ t }) => t), y: first(run).map(({ gradientNorm }) => mean(gradientNorm)), line: { color: igds.plot.seriesColours(["IGDS", "temperature / 20"]).get(name) },
  })),
  layout: igds.plot.layout("Gradient of the prototype term", { xaxis: igds.plot.axis("time step t, from noise to image", undefined, { autorange: "reversed" }), yaxis: igds.plot.axis("gradient norm, mean over images") }),
})

// %%
judged([plain, healthy, overconfident])

// %% [markdown]
// *What to see:* all or nothing. While the network is in doubt or names another class, the gradient is up to twenty times too long, and the limit on the step does all the work; once it names the right one, $q = 1$ and the gradient is gone, however poor the image. Here the limit saves the set, which comes out level with IGDS. *Remedy:* `igds.information.fitTemperature` on held-out images, at every noise level.
//
// ## 5. Guided to the last step
//
// The limit of a step is not the only thing that protects an image: its details are drawn last. Here the guidance may move $\hat x_0$ as far at the end as in the middle (`norm: "unit"` gives every gradient the same length).

// %%
const late = distiller.start({ ...igdsOf, norm: "unit", weight: 3, window: [0, 200], label: "unit steps, late only" });
await look(late);
judged([plain, healthy, late])

// %% [markdown]
// *What to see:* speckles that the denoiser has no steps left to clean. No judge and no bound notices, as speckles are different from speckles. *Remedy:* scale by the doubt about $x_0$ (the default, `norm: "potential"`), or close the window before the end.
//
// ## Side by side
//
// The bounds of four of the runs over the steps, and the final values of all:

// %%
igds.figure(igds.plot.boundsOverSteps([healthy, loud, pulled, saturated]))

// %%
judged(seen)
