// ---
// jupyter:
//   kernelspec:
//     display_name: TypeScript (IGDS)
//     language: typescript
//     name: igds
// ---

// %% [markdown]
// # One set of images, step by step
//
// **What you will see.** A diffusion model turns noise into images of one class, one denoising step at a time. You stop between steps, look at what the model has and at what it expects, and watch two numbers that say what the images will be worth as training data. Then you take the same noise down another road and compare.
//
// About ten minutes. No knowledge of diffusion or information theory is needed; each formula stands above the line that uses it.
//
// ## The question
//
// A *distilled* dataset replaces a large training set by a few **images per class (IPC)**. Which few? Two kinds of information must survive:
//
// * **prototype information** $I(X;Y)$: how surely an image $X$ tells its class $Y$. A blurred shoe that might be a sandal has little of it.
// * **contextual information** $H(X|Y)$: how much of the class's own variety the images keep. Ten copies of one shoe have none.
//
// IGDS (arXiv 2507.04619) steers sampling to raise
//
// $$I(X;Y) + \beta(\mathrm{IPC})\, H(X|Y).$$
//
// Neither quantity can be computed, but both can be bounded from below by things that can. All values are in nats ($\ln$ instead of $\log_2$).

// %%
import * as igds from "igds";

// %% [markdown]
// The parameters of this notebook. Change them here, or from outside by the environment variable `IGDS_PARAMETERS`.

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick", className: "Sneaker", ipc: 8, seed: 0 });

// %% [markdown]
// ## Open
//
// `open` loads Fashion-MNIST (60,000 small pictures of clothes), a U-Net that has learned to remove noise from them, and a classifier that has learned to name them at every noise level. Both were trained by this library; see `data/checkpoints/`.

// %%
const distiller = await igds.open("fashion-mnist");
const { dataset } = distiller;
dataset.classes

// %% [markdown]
// Some real images of the class, to compare with later:

// %%
const label = dataset.classes.indexOf(p.className);
const realIndices = Array.from(dataset.train.labels.keys()).filter((i) => dataset.train.labels[i] === label);
igds.grid(igds.gather(dataset.train, dataset.shape, realIndices.slice(0, p.ipc)), { columns: p.ipc, title: `Real: ${p.className}` })

// %% [markdown]
// ## The first step
//
// Noise is measured by the time step $t$, from 999 (nothing but noise) down to 0 (the image). A noisy image is
//
// $$x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\;\epsilon,$$
//
// with $\epsilon$ standard normal noise. $\bar\alpha_t$ (`alphaBar`) says how much of the image is left:

// %%
igds.table([999, 800, 600, 400, 200, 0].map((t) => ({ t, alphaBar: igds.alphaBar[t], "noise / image": igds.noiseLevel(t) })))

// %% [markdown]
// `start` begins a run and computes nothing yet. `step` takes one denoising step.

// %%
const settings = { method: "igds", classes: [p.className], ipc: p.ipc, seed: p.seed, label: "igds" } as const;
const run = distiller.start(settings);
const first = await run.step();
await igds.show(first.x, { columns: p.ipc, title: `x_t at t = ${first.t}: what the model is given` });
await igds.show(first.x0, { columns: p.ipc, title: "x0hat: what it expects to come of it" });

// %% [markdown]
// The network predicts the noise, $\hat\epsilon$. Solving the formula above for $x_0$ gives what it expects the finished image to be:
//
// $$\hat x_0 = \frac{x_t - \sqrt{1-\bar\alpha_t}\,\hat\epsilon}{\sqrt{\bar\alpha_t}}.$$
//
// At this noise level it knows next to nothing, and $\hat x_0$ is a guess.
//
// ## Half way

// %%
const half = await run.until(500);
await igds.show(half.x, { columns: p.ipc, title: `x_t at t = ${half.t}` });
await igds.show(half.x0, { columns: p.ipc, title: "x0hat" });

// %% [markdown]
// ## To the end, with a film strip

// %%
const bar = igds.progress("denoising", half.count);
await run.finish((record) => bar.set(record.index + 1, `t = ${record.t}`));
await bar.finish();

const moments = [0, 0.3, 0.5, 0.7, 0.85, 1].map((part) => run.records[Math.round(part * (run.records.length - 1))]);
const firstImage = (images: igds.ImageBatch) => igds.sliceBatch(images, 0, 1);
igds.strip(
  [
    { label: "x_t", images: moments.map((record) => firstImage(record.x)) },
    { label: "x0hat", images: moments.map((record) => firstImage(record.x0)) },
  ],
  moments.map((record) => `t = ${record.t}`),
  { scale: 4 },
)

// %%
igds.grid(run.images, { columns: p.ipc, title: `Finished: ${p.className}` })

// %% [markdown]
// ## The two bounds
//
// **Prototype information**, by Barber and Agakov's bound with the classifier $q$. Each image contributes
//
// $$\log q(y|\hat x_0) + \ln C \;\le\; \ln C,$$
//
// and the mean over images is at most $I(X;Y)$, whatever $q$ is. With $C = 10$ classes the ceiling is $\ln 10 \approx 2.30$ nats.
//
// **Contextual information**, by Kolchinsky and Tracey's bound on the entropy of the set, blurred by noise of variance $s^2$:
//
// $$-\frac1N\sum_i \ln\Big[\frac1N\sum_j e^{-\|x_i-x_j\|^2/(8s^2)}\Big] .$$
//
// It is 0 when all images are equal and at most $\ln \mathrm{IPC}$ when all are far apart; $s^2$ is set by how far *real* images of the class lie apart. With $2s^2$ in place of $8s^2$ the same expression is an upper bound, so the truth lies inside the band.

// %%
igds.figure(igds.boundsOverSteps([run]))

// %% [markdown]
// Read it from left (noise) to right (image). First the class becomes certain, then the images move apart: variety is decided late, and that is where the guidance has work to do.
//
// Every step also records what the push of each guidance term was worth to each image, in nats of both kinds of information. Point at an image to see its ledger; it begins with image 0:

// %%
igds.ledger(run, 0)

// %% [markdown]
// ## The same noise, another road
//
// `fork` makes a second run that shares the first one's past and noise. Here we go along with IGDS until $t = 600$ and then set $\beta = 0$: from there on only prototype information counts.

// %%
const shared = distiller.start(settings);
await shared.until(600);
const twin = shared.fork({ beta: 0 });
await twin.finish();
const plain = distiller.start({ ...settings, method: "diffusion", label: "diffusion" });
await plain.finish();

await igds.show(run.images, { columns: p.ipc, title: "IGDS" });
await igds.show(twin.images, { columns: p.ipc, title: "beta = 0 from t = 600 on" });
await igds.show(plain.images, { columns: p.ipc, title: "Plain diffusion, same noise" });
await igds.show(await igds.differenceMap(run.images, plain.images, { columns: p.ipc, title: "IGDS minus plain diffusion" }));

// %%
const runs = [run, twin, plain];
igds.figure(igds.boundsOverSteps(runs))

// %%
const average = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
igds.table(
  runs.map(({ label, last }) => ({
    run: label,
    "prototype information (nats)": average(last.bounds!.prototype),
    "contextual, lower bound (nats)": average(last.bounds!.contextual.low),
    "contextual, upper bound (nats)": average(last.bounds!.contextual.high),
  })),
)

// %% [markdown]
// ## Exercises
//
// 1. Set `ipc: 1`. What happens to the contextual bound, and why?
// 2. Step back and forth: `run.back(10)`, look at `run.last.x0`, then `await run.step(10)`. Do you get the same images again?
// 3. Ask for too much: `distiller.start({ ...settings, weight: 5000, largestChange: 1 })`. What does the guidance do to the images, and what does the prototype bound say?
//
// <details><summary>Answers</summary>
//
// 1. It is 0 throughout: a set of one image has no variety, $\ln 1 = 0$. IGDS at IPC 1 is prototype guidance alone.
// 2. Yes, to the last bit. All noise comes from named seeds: the noise of an image at a step depends on its name and the step, not on what was drawn before.
// 3. The bound rises towards its ceiling while the images grow strange: they please this classifier, not the eye. A lower bound with a fixed $q$ can be pushed up where $q$ is wrong, which is why the weight is chosen by how well *other* networks learn from the images (`figures/accuracy-over-ipc.ipynb`).
//
// </details>
