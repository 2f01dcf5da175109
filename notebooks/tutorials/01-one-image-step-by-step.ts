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
// **What you will see.** A diffusion model turns noise into images of one class, one denoising step at a time. You stop between steps, look at what the model has and at what it expects, and watch the two numbers that IGDS tries to raise. Then you take the same noise down another road and compare.
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
const p = igds.parameters({ profile: "quick", className: "Sneaker", ipc: 8, steps: 50, seed: 0 });

// %% [markdown]
// ## Open
//
// `open` loads Fashion-MNIST (60,000 small pictures of clothes), a U-Net that has learned to remove noise from them, and a classifier that has learned to name them at every noise level. Both were trained by this library; see `data/checkpoints/`.

// %%
const distiller = await igds.open("fashion-mnist");
const { dataset } = distiller;
const [ipc, steps] = p.profile === "test" ? [2, 6] : [p.ipc, p.steps];
dataset.classes

// %% [markdown]
// Some real images of the class, to compare with later:

// %%
const label = dataset.classes.indexOf(p.className);
const realIndices = Array.from(dataset.train.labels.keys()).filter((i) => dataset.train.labels[i] === label);
igds.grid(igds.datasets.gather(dataset.train, dataset.shape, realIndices.slice(0, ipc)), { columns: ipc, title: `Real: ${p.className}` })

// %% [markdown]
// ## The first step
//
// Noise is measured by the time step $t$, from 999 (nothing but noise) down to 0 (the image). A noisy image is
//
// $$x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\;\epsilon,$$
//
// with $\epsilon$ standard normal noise. $\bar\alpha_t$ (`alphaBar`) says how much of the image is left:

// %%
igds.table([999, 800, 600, 400, 200, 0].map((t) => ({ t, alphaBar: igds.diffusion.alphaBar[t], "noise / image": igds.diffusion.noiseLevel(t) })))

// %% [markdown]
// `start` begins a run and computes nothing yet. `step` takes one denoising step. Before the very first one, small networks learn from real images what a set of this size can teach: up to half a minute, once for each number of images per class (they are kept in `data/learners/`).

// %%
const run = distiller.start({ method: "igds", classes: [p.className], ipc, steps, seed: p.seed });
const first = await run.step();
await igds.show(first.x, { columns: ipc, title: `x_t at t = ${first.t}: what the model is given` });
await igds.show(first.plain, { columns: ipc, title: "x0hat: what it expects to come of it" });

// %% [markdown]
// The network predicts the noise, $\hat\epsilon$. Solving the formula above for $x_0$ gives what it expects the finished image to be:
//
// $$\hat x_0 = \frac{x_t - \sqrt{1-\bar\alpha_t}\,\hat\epsilon}{\sqrt{\bar\alpha_t}}.$$
//
// At this noise level it knows next to nothing. The best guess would be a blurred average ([tutorial 2](02-diffusion-from-scratch.ipynb) shows why); here it is speckled, because the formula multiplies every error in $\hat\epsilon$ by *noise / image*, 157 at $t = 999$. From here on the pictures show $\hat x_0$ after the guidance has moved it.
//
// ## Half way
//
// A run as the last line of a cell shows itself: what the model has, what it expects, what the guidance has changed, and both bounds so far.

// %%
await run.until(500);
run

// %% [markdown]
// Steps can be taken back, exactly. Stepping again gives the same numbers, because all noise comes from named seeds.

// %%
const before = run.last.x0.data;
await run.back(3).step(3);
run.last.x0.data.every((value, i) => value === before[i])

// %% [markdown]
// ## To the end, with a film strip

// %%
const bar = igds.progress("denoising", steps);
await run.finish((record) => bar.set(record.index + 1, `t = ${record.t}`));
await bar.finish();

const moments = [0, 0.3, 0.5, 0.7, 0.85, 1].map((part) => run.records[Math.round(part * (run.records.length - 1))]);
const firstImage = (images: igds.ImageBatch) => igds.tensor.sliceBatch(images, 0, 1);
igds.strip(
  [
    { label: "x_t", images: moments.map((record) => firstImage(record.x)) },
    { label: "x0hat", images: moments.map((record) => firstImage(record.x0)) },
  ],
  moments.map((record) => `t = ${record.t}`),
  { scale: 4 },
)

// %%
igds.grid(run.images, { columns: ipc, title: `Finished: ${p.className}` })

// %% [markdown]
// ## The two bounds
//
// **Prototype information**, by Barber and Agakov's bound with the classifier $q$. Each image contributes
//
// $$\log q(y|\hat x_0) + \ln C \;\le\; \ln C,$$
//
// and the mean over images of all classes is, but for chance, at most $I(X;Y)$ of their distribution, whatever $q$ is. Of one class alone, as here, it says how sure $q$ is of it. With $C = 10$ classes the ceiling is $\ln 10 \approx 2.30$ nats.
//
// **Contextual information**, by Kolchinsky and Tracey's bound on what the set, blurred by noise of variance $s^2$, has in entropy beyond the noise itself ([tutorial 3](03-what-information-is.ipynb)):
//
// $$-\frac1N\sum_i \ln\Big[\frac1N\sum_j e^{-\|x_i-x_j\|^2/(8s^2)}\Big] .$$
//
// It is 0 when all images are equal and at most $\ln \mathrm{IPC}$ when all are far apart; $s^2$ is set by how far *real* images of the class lie apart. With $2s^2$ in place of $8s^2$ the same expression is an upper bound, so the truth lies inside the band.

// %%
igds.figure(igds.plot.boundsOverSteps([run]))

// %% [markdown]
// Read it from left (noise) to right (image). At the left the contextual bound lies at its ceiling, because the guesses there are noise, and noise differs from noise: it means something once the guesses look like images, below $t \approx 700$. The class is certain almost from the start, with guidance or without (the comparison below shows it): the denoiser is told the class, and a smooth guess of a sneaker is taken for one. The images move apart from $t \approx 700$ to the very end: variety is decided late, and that is where the guidance has work to do.
//
// Every step also records how hard each guidance term pushed each image, in nats. Beside the two terms above there is a third, `set`: how well the images of the set together tell real images of this class from those of others. A bar is push times slope, the gain to first order: where the bound bends, a bar may promise more than the ceiling $\ln 10$ allows (▲ says how far it goes on), and most of that does not come true. For the first image:

// %%
igds.figure(igds.plot.ledgerFigure(run.records, 0))

// %% [markdown]
// ## The same noise, another road
//
// `fork` makes a second run that shares the first one's past and noise. Here it leaves the road of IGDS at the step nearest to $t = 600$ and sets $\beta = 0$: from there on only prototype information counts. Plain diffusion starts from the same noise too. Only classifier-free guidance (scale 1.5, as in IGDS; [tutorial 2](02-diffusion-from-scratch.ipynb)) draws it to its class; no information guides it.
//
// Below, the pictures under the first row show where the roads differ, and the table has the ends in numbers. Prototype information is paired image by image, so its difference has a 95 % interval; contextual information belongs to the class as a whole, and there is one class here.

// %%
const at = run.records.find(({ t }) => t <= 600)!.index;
const twin = run.fork({ beta: 0 }, { at });
const plain = distiller.start({ method: "diffusion", classes: [p.className], ipc, steps, seed: p.seed });
const bothBar = igds.progress("two more roads", 2 * steps - at);
for (const road of [twin, plain]) await road.finish(() => bothBar.advance());
await bothBar.finish();
igds.compare(run, twin, plain)

// %% [markdown]
// Prototype information is nearly the same on all three roads: plain diffusion shows its class as surely here. What the guidance buys is variety, and most of that is lost with $\beta = 0$.

// %% [markdown]
// ## Play
//
// The same with buttons: play, pause, step and back, a slider over the steps, and sliders for $\beta$ and the prototype weight. What you move changes the run in the kernel, from the newest step on, also while it plays. Watch the two curves as you pull $\beta$ up. (Without a kernel, on GitHub or in an exported page, you see the run as it was left.)

// %%
const played = distiller.start({ classes: [p.className], ipc, steps, seed: p.seed, label: "played" });
igds.stepper(played)

// %% [markdown]
// ## Exercises
//
// 1. Set `ipc: 1`. What happens to the contextual bound, and why?
// 2. Change the settings in the middle: `run.change({ beta: 8 })` on a run that is half way. Does its past change?
// 3. Ask for too much: `{ weight: 5000, largestChange: 1 }`. What does the guidance do to the images, and what does the prototype bound say?
//
// ## Answers
//
// **1.** It is 0 throughout: a set of one image has no variety, $\ln 1 = 0$. IGDS at IPC 1 is prototype guidance alone, of the image and of the set.

// %%
const one = distiller.start({ classes: [p.className], ipc: 1, steps, seed: p.seed });
await one.finish();
Math.max(...one.records.map(({ bounds }) => Math.abs(bounds!.contextual.low[0])))

// %% [markdown]
// **2.** No. What is taken stays taken; only the steps to come follow the new settings. (`run.back` and a new step would use them too.)

// %%
const changed = distiller.start({ classes: [p.className], ipc, steps, seed: p.seed, label: "beta = 8 from t = 500" });
await changed.until(500);
const past = changed.records.length;
changed.change({ beta: 8 });
await changed.finish();
igds.table([{ "steps before the change": past, "of these equal to the first run": changed.records.slice(0, past).filter(({ x0 }, k) => x0.data.every((v, i) => v === run.records[k].x0.data[i])).length }])

// %% [markdown]
// **3.** Images grow strange, and the prototype bound gains nothing by it: at its usual weight it was near its ceiling already. The two contextual bounds part: the images differ more from each other (mixture), but they fall into fewer of the kinds that real ones come in (context). A lower bound with a fixed $q$ can also be pushed up where $q$ is wrong, which is why the weight is chosen by how well *other* networks learn from the images. [The failure gallery](../explore/failure-gallery.ipynb) has more of this kind.

// %%
const loud = distiller.start({ classes: [p.className], ipc, steps, seed: p.seed, weight: 5000, largestChange: 1, label: "weight 5000" });
await loud.finish();
await igds.show(loud.images, { columns: ipc, title: "Too much weight" });
igds.compare(run, loud).table()
