// ---
// jupyter:
//   kernelspec:
//     display_name: TypeScript (IGDS)
//     language: typescript
//     name: igds
// ---

// %% [markdown]
// # The bounds: why they hold, and where they are loose
//
// **What you will see.** Neither $I(X;Y)$ nor $H(X|Y)$ of images can be computed. IGDS raises numbers that are *never above them in the mean*. You derive them in a few lines (one half is quoted), watch them beside the truth on a problem where the truth is known, and then break them: a classifier that is too sure of itself, a bandwidth that is too small, a sample that is too small.
//
// About twelve minutes. [Tutorial 3](03-what-information-is.ipynb) says what the two quantities mean.

// %%
import * as igds from "igds";
const { tf, Seed } = igds;

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick", seed: 0 });

// %%
const test = p.profile === "test";
const seed = new Seed(p.seed);
const line = (y: number, text: string, yref = "y") => ({
  shape: { type: "line" as const, xref: "paper" as const, yref: yref as "y", x0: 0, x1: 1, y0: y, y1: y, line: { dash: "dash" as const, width: 1.2, color: "#787c85" } },
  annotation: { xref: "paper" as const, yref: yref as "y", x: 1, y, text, showarrow: false, xanchor: "right" as const, yanchor: "bottom" as const, font: { size: 12 } },
});

// %% [markdown]
// ## Prototype: a classifier gives a bound
//
// For the true posterior $p$ and any classifier $q$,
//
// $$I(X;Y) = \ln C + \mathrm{E}\log p(Y|X) = \underbrace{\ln C + \mathrm{E}\log q(Y|X)}_{\text{the bound}} + \underbrace{\mathrm{E}\,\mathrm{KL}\big(p(\cdot|X)\,\|\,q(\cdot|X)\big)}_{\ge\, 0}.$$
//
// The last term is never negative, so the first is never above $I(X;Y)$, **whatever $q$ is**. It is tight if $q = p$: a good classifier is not one that is right, but one whose probabilities are right.
//
// A mixture with four classes in 8 dimensions, whose $p$ is known. We spoil $p$ by a temperature, $q \propto p^{1/\tau}$: below 1 it is too sure, above 1 too timid.

// %%
const mixture = igds.information.drawMixture({ dimension: 8, classes: 4, separation: 2.5 }, seed.child("mixture"));
const truth = mixture.prototypeInformation(seed.child("truth"), { tolerance: test ? 0.1 : 0.02 });
const sample = mixture.sample(test ? 300 : 4000, seed.child("sample"));
const logits = Float32Array.from(mixture.labelLogits(sample.points));
const temperatures = [0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 0.85, 1, 1.2, 1.5, 2, 3, 5, 8];
const boundAt = (scores: Float32Array, labels: ArrayLike<number>) => temperatures.map((tau) => igds.information.prototypeInformationOf(scores, labels, tau));
const overTemperature = (title: string, bounds: { bound: number; standardError: number }[], lines: ReturnType<typeof line>[], fitted: number) => igds.figure({
  data: [
    { type: "scatter", mode: "lines+markers", name: "ln C + E log q", x: temperatures, y: bounds.map(({ bound }) => bound), error_y: { type: "data", array: bounds.map(({ standardError }) => 1.96 * standardError) }, line: { color: igds.plot.methodColour("prototype") } },
    { type: "scatter", mode: "lines", name: `fitted temperature ${fitted.toFixed(2)}`, x: [fitted, fitted], y: [Math.min(0, ...bounds.map(({ bound }) => bound)), Math.max(...bounds.map(({ bound }) => bound))], line: { color: "#787c85", dash: "dot" } },
  ],
  layout: igds.plot.layout(title, { xaxis: igds.plot.axis("temperature of the classifier", undefined, { type: "log", tickvals: [0.2, 0.5, 1, 2, 5], ticktext: ["0.2", "0.5", "1", "2", "5"] }), yaxis: igds.plot.axis("bound on I(X;Y)", "nats"), shapes: lines.map(({ shape }) => shape), annotations: lines.map(({ annotation }) => annotation) }),
});
const fit = igds.information.fitTemperature(logits, sample.labels);
overTemperature("The bound is highest where the classifier is right", boundAt(logits, sample.labels), [line(truth.value, `truth ${truth.value.toFixed(3)} nats`)], fit.temperature)

// %% [markdown]
// The curve touches the truth at $\tau = 1$ and lies below it everywhere else. Being too sure costs more than being too timid: one confident mistake costs $-\log q(y|x)$ without limit. `igds.information.fitTemperature` finds the maximum on held-out data; it moves no decision, only the probabilities.
//
// ### The same with a real classifier
//
// Fashion-MNIST has no known truth, but the bound still tells good probabilities from bad ones. The classifier below was trained on 55,000 images and is asked about 5,000 that it never saw.

// %%
const dataset = await igds.loadDataset("fashion-mnist");
const reference = await igds.evaluate.loadReferenceClassifier(dataset);
const held = igds.datasets.developmentSplit(dataset).heldOut.slice(0, test ? 200 : 5000);
const real = reference.logits(igds.datasets.gather(dataset.train, dataset.shape, held));
const realLabels = igds.datasets.gatherLabels(dataset.train, held);
const realFit = igds.information.fitTemperature(real, realLabels);
await igds.show(overTemperature("A classifier of real images", boundAt(real, realLabels), [line(Math.log(10), "ceiling ln 10")], realFit.temperature));
igds.table([
  { temperature: 1, "bound (nats)": Math.log(10) - realFit.nllBefore, "calibration error": realFit.eceBefore },
  { temperature: realFit.temperature, "bound (nats)": Math.log(10) - realFit.nllAfter, "calibration error": realFit.eceAfter },
])

// %% [markdown]
// What this does **not** say: the gap to the truth stays unknown, and the bound holds for images from the distribution over which the mean is taken. Guidance moves images to where this very $q$ is high; there the "bound" of a single image is only what $q$ believes. This is why distilled sets are judged by other networks.
//
// ## Contextual: distances give a bound
//
// Blur the $N$ images of a class by noise of variance $s^2$. How much does a blurred image tell about which one it was? Kolchinsky and Tracey enclose that by pairwise distances:
//
// $$-\frac1N\sum_i \ln\frac1N\sum_j e^{-\|x_i-x_j\|^2/(8s^2)} \;\le\; I(X;i) \;\le\; -\frac1N\sum_i \ln\frac1N\sum_j e^{-\|x_i-x_j\|^2/(2s^2)} \;\le\; \ln N .$$
//
// Why this is about $H(X|Y)$: the entropy of the blurred class is $\tfrac d2 \ln(2\pi e s^2) + I(X;i)$. The first part is the blur's alone; only the second can be gained by choosing images. Why the right side is an upper bound: $-I(X;i)$ is the mean of $\ln \frac1N\sum_j p_j(x)/p_i(x)$ over $x \sim p_i$. Log-sum-exp is convex, so by Jensen's inequality it does not grow when the exponents are averaged first, and they become $-\mathrm{KL}(p_i\|p_j) = -\|x_i-x_j\|^2/(2s^2)$. The left side has the Bhattacharyya distance, $\|x_i-x_j\|^2/(8s^2)$, in its place; its proof is in Kolchinsky and Tracey (2017).
//
// Eight real sneakers, with $s$ from far too small to far too large; the truth is computed by sampling the blurred set. Below, the length of the gradient by which the lower bound would guide.

// %%
const label = dataset.classes.indexOf("Sneaker");
const indices = Array.from(dataset.train.labels.keys()).filter((i) => dataset.train.labels[i] === label).slice(0, 8);
const sneakers = igds.datasets.gather(dataset.train, dataset.shape, indices);
await igds.show(sneakers, { title: "Eight sneakers" });
const [n, dimension] = [8, 784];
const median = igds.information.medianBandwidthOf(sneakers.data, dimension);
const factors = test ? [0.1, 1, 10] : [0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1, 1.5, 2.5, 4, 8, 20, 50];
const rows = factors.map((factor) => {
  const s2 = factor * median;
  const inside = igds.information.GaussianMixture.aroundPoints(sneakers.data, dimension, s2).contextInformation(seed.child("blur"), { tolerance: 0.05, maxSamples: test ? 500 : 4000 });
  const gradient = tf.tidy(() => {
    const by = tf.grad((x: igds.Tensor) => igds.information.mixtureInformation(x, s2).low)(tf.tensor2d(sneakers.data, [n, dimension]));
    return tf.norm(by).dataSync()[0];
  });
  return { factor, ...igds.information.mixtureInformationOf(sneakers.data, dimension, s2), inside, gradient };
});
const xs = rows.map(({ factor }) => factor);
const ceiling = line(Math.log(n), `ln N = ${Math.log(n).toFixed(2)}`);
const green = igds.plot.methodColour("mixture");
igds.figure({
  data: [
    { type: "scatter", mode: "lines", name: "lower bound", x: xs, y: rows.map(({ low }) => low), line: { color: green } },
    { type: "scatter", mode: "lines", name: "upper bound", x: xs, y: rows.map(({ high }) => high), line: { color: green, width: 1 }, fill: "tonexty" },
    { type: "scatter", mode: "markers", name: "truth", x: xs, y: rows.map(({ inside }) => inside.value), error_y: { type: "data", array: rows.map(({ inside }) => 1.96 * inside.standardError) }, marker: { color: "#787c85", size: 7 } },
    { type: "scatter", mode: "lines+markers", name: "gradient of the lower bound", x: xs, y: rows.map(({ gradient }) => gradient), xaxis: "x", yaxis: "y2", line: { color: green, dash: "dash" } },
  ],
  layout: igds.plot.layout("The sandwich over the bandwidth", {
    height: 600,
    xaxis: igds.plot.axis("s² as a multiple of the median rule", undefined, { type: "log", anchor: "y2", tickvals: [0.02, 0.1, 1, 10, 50], ticktext: ["0.02", "0.1", "1", "10", "50"] }),
    yaxis: igds.plot.axis("information of the set", "nats", { domain: [0.42, 1], range: [0, 2.4] }),
    yaxis2: igds.plot.axis("gradient norm", undefined, { domain: [0, 0.32] }),
    shapes: [ceiling.shape], annotations: [ceiling.annotation],
  }),
})

// %% [markdown]
// Three regions:
//
// * **$s$ too small: saturation.** All images are told apart, the bounds stick to $\ln N$, and the gradient dies. The set looks perfect and cannot be improved.
// * **$s$ too large.** All images are one blur; the value goes to zero.
// * **Between**, the truth lies inside the band and the gradient is alive. The *median rule*, $s^2 = \mathrm{median}\,\|x_i-x_j\|^2 / (8\ln N)$, sits there (at 1).
//
// The library takes the median from **real** images of the class, not from the set itself: a set that has collapsed would get a small $s$ and look varied.
//
// ## All bounds beside the truth
//
// `igds.information.compareBounds` draws a sample, fits every bound to it by cross-fitting (no point is judged by a model that has seen it), and sets the results beside the truth.

// %%
const comparison = igds.information.compareBounds(igds.information.drawMixture({ dimension: 16, classes: 4, separation: 3 }, seed.child("compare")), { samples: test ? 240 : 1500 }, seed.child("fits"));
igds.figure(igds.plot.boundComparison(comparison, { title: "16 dimensions, 4 classes, 1,500 points" }))

// %% [markdown]
// `infonce`, `nwj`, `dv` and `smile` train a network to tell pairs of point and label that belong together from others; `src/information/README.md` has a line and the source for every name.
//
// Triangles pointing right are lower bounds: they lie left of the dashed truth, up to their interval. What is no bound (circles) may fall on either side, and must not guide. One entry deserves a warning: a denoiser's loss gives an **upper** bound on $H(X|Y)$. To raise it would be to raise the denoiser's error, not the variety of the images.
//
// ## Where they are loose

// %%
const cases = (test ? [[8, 240]] : [[2, 600], [8, 600], [32, 600], [32, 2400]]).map(([dimension, samples]) => {
  const { truth, bounds } = igds.information.compareBounds(igds.information.drawMixture({ dimension, classes: 4, separation: 3 }, seed.child("case", dimension)), { samples, guidingOnly: true }, seed.child("case fits", dimension));
  const share = (name: string) => { const b = bounds.find((bound) => bound.name === name)!; return b.value / truth[b.quantity].value; };
  return { dimension, points: samples, "barber-agakov / truth": share("barber-agakov"), "context / truth": share("context"), "cmi / truth": share("cmi"), "mixture / truth": share("mixture") };
});
igds.table(cases, { digits: 2 })

// %% [markdown]
// * **barber-agakov** and **context** lose what their fit gets wrong: more dimensions need more points.
// * **cmi** asks only for the class that an image is taken for, and never sees contexts that the classifier does not confuse: it is a bound, but far below.
// * **mixture** needs no fit; its looseness is that of the pairwise formula, whatever the sample.
//
// ## Exercises
//
// 1. Can a bad classifier push the bound *above* the truth? Try twenty random ones.
// 2. What are the bounds of a set of one image?
// 3. Take 240 points in 32 dimensions. On which side does the fitted bound err?
//
// ## Answers
//
// **1.** No. The gap is a Kullback-Leibler divergence, so in the mean over the data every $q$ stays below; a finite sample can exceed it by its standard error.

// %%
const random = Array.from({ length: 20 }, (_, k) => {
  const noise = seed.child("bad", k).normal(logits.length);
  return igds.information.prototypeInformationOf(logits.map((z, i) => z + 2 * noise[i]), sample.labels).bound;
});
igds.table([{ "highest of 20 (nats)": Math.max(...random), "lowest of 20 (nats)": Math.min(...random), "truth (nats)": truth.value }])

// %% [markdown]
// **2.** Exactly zero, both: $\ln 1 = 0$. At IPC 1 only prototype information guides, by default. (`cmi`, which compares an image with the mean of its class, is the one contextual term that a single image has.)

// %%
igds.table([igds.information.mixtureInformationOf(sneakers.data.slice(0, dimension), dimension, median)].map(({ low, high }) => ({ low, high })))

// %% [markdown]
// **3.** Below. An overfitted $q$ is a worse $q$, and cross-fitting shows it: each point is judged by a $q$ that has not seen it. Judged on its own points it would err above.

// %%
const few = igds.information.compareBounds(igds.information.drawMixture({ dimension: 32, classes: 4, separation: 3 }, seed.child("few")), { samples: 240, guidingOnly: true }, seed.child("few fits"));
igds.table(few.bounds.filter(({ quantity }) => quantity !== "set").map(({ name, quantity, value, truth }) => ({ name, quantity, value, truth, "below the truth": value < truth })))
