// ---
// jupyter:
//   kernelspec:
//     display_name: TypeScript (IGDS)
//     language: typescript
//     name: igds
// ---

// %% [markdown]
// # What information is: prototype and context
//
// **What you will see.** Small pictures of shapes that are computed, not photographed. Because their law is known, both kinds of information that a distilled set should keep are known as well, and you can see what each of them means: for one image, for a whole dataset, and for a set of six images that is to stand for a class.
//
// About twelve minutes.

// %%
import * as igds from "igds";
const { Seed } = igds;

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick", noise: 1.2, seed: 0 });

// %%
const { precision, perClass, trainingSteps } = p.profile === "test"
  ? { precision: { tolerance: 0.2, maxSamples: 2048 }, perClass: 60, trainingSteps: 6 }
  : { precision: { tolerance: 0.02, maxSamples: 12288 }, perClass: 250, trainingSteps: 120 };
const seed = new Seed(p.seed);

// %% [markdown]
// ## Known factors
//
// The class $Y$ is a shape. The **context** $Z$ is where the shape lies: six places. Class and context give a clean picture, and an image $X$ is that picture plus normal noise.

// %%
const law = igds.datasets.procedural({ noise: p.noise });
const [classes, contexts] = [law.classes.length, law.components[0].length];
const pictures = (all: ArrayLike<number>[]): igds.ImageBatch => ({ data: Float32Array.from(all.flatMap((x) => Array.from(x))), shape: [all.length, ...law.shape] });
const clean = pictures(law.components.flatMap((own) => own.map(({ mean }) => mean)));
await igds.show(clean, { columns: contexts, labels: [...law.classes], scale: 4, title: "Clean pictures: one row per class, one column per context" });
const drawn = law.sample(24, seed.child("look"));
await igds.show({ data: drawn.images, shape: [24, ...law.shape] }, { columns: 8, scale: 4, labels: Array.from(drawn.labels, (y) => law.classes[y]), title: `Images: clean picture + noise of standard deviation ${p.noise}`, range: [-3, 3] });

// %% [markdown]
// ## Prototype information: how surely does an image tell its class?
//
// Somebody shows you an image. Before, all $C = 4$ shapes were equally likely: your doubt was the entropy $H(Y) = \ln 4 = 1.39$ nats. After, by Bayes' rule, they have the probabilities $p(y|x)$, and your doubt is the entropy of these. The information is what the doubt has lost, on average:
//
// $$I(X;Y) = H(Y) - H(Y|X) = \ln C + \mathrm{E}\log p(Y|X) .$$
//
// An image that is drawn from known Gaussians has a known $p(y|x)$. Here are six of the images above.

// %%
const mixture = new igds.information.GaussianMixture(law.components);
const softmax = (scores: Float64Array) => {
  const top = Math.max(...scores);
  const all = scores.map((s) => Math.exp(s - top));
  const sum = all.reduce((a, b) => a + b, 0);
  return all.map((x) => x / sum);
};
const entropy = (shares: Float64Array) => shares.reduce((sum, q) => sum - (q > 0 ? q * Math.log(q) : 0), 0);
igds.table(Array.from({ length: 6 }, (_, i) => {
  const shares = softmax(mixture.labelLogits(drawn.images.slice(i * 256, (i + 1) * 256)));
  return { "it is a": law.classes[drawn.labels[i]], ...Object.fromEntries(law.classes.map((name, y) => [`p(${name}|x)`, shares[y]])), "doubt left (nats)": entropy(shares), "information (nats)": Math.log(classes) - entropy(shares) };
}), { digits: 2 })

// %% [markdown]
// ## Contextual information: how much of the class's variety is there?
//
// $H(X|Y)$ is the entropy of the images of one class. Noise alone has entropy as well, the same for every image, so the part worth talking about is the rest: what the images of a class tell about their context,
//
// $$H(X|Y) = \underbrace{\tfrac d2 \ln(2\pi e\,\sigma^2)}_{\text{noise}} + \underbrace{I(X;Z|Y)}_{\text{contexts}}, \qquad 0 \le I(X;Z|Y) \le H(Z|Y) = \ln 6 = 1.79 \text{ nats}.$$
//
// Both informations over the strength of the noise, by averaging exact posteriors over many draws:

// %%
const levels = p.profile === "test" ? [0.6, 1.6] : [0.2, 0.6, 0.9, 1.2, 1.6, 2.2, 3, 4.5, 7];
const curves = levels.map((noise) => {
  const of = new igds.information.GaussianMixture(igds.datasets.procedural({ noise }).components);
  return { noise, prototype: of.prototypeInformation(seed.child("truth"), precision), context: of.contextInformation(seed.child("truth"), precision) };
});
const curve = (name: string, key: "prototype" | "context", colour: string) => ({
  type: "scatter" as const, mode: "lines+markers" as const, name, x: curves.map(({ noise }) => noise), y: curves.map((c) => c[key].value),
  error_y: { type: "data" as const, array: curves.map((c) => 1.96 * c[key].standardError), color: colour }, line: { color: colour }, marker: { color: colour, size: 8 },
});
igds.figure({
  data: [curve("prototype, I(X;Y)", "prototype", igds.plot.methodColour("prototype")), curve("context, I(X;Z|Y)", "context", igds.plot.methodColour("context"))],
  layout: igds.plot.layout("Noise drowns both kinds of information", {
    xaxis: igds.plot.axis("standard deviation of the noise", "pixel values", { type: "log", tickvals: levels, ticktext: levels.map(String) }),
    yaxis: igds.plot.axis("information", "nats", { range: [0, 2] }),
    shapes: [classes, contexts].map(Math.log).map((y) => ({ type: "line" as const, xref: "paper" as const, x0: 0, x1: 1, y0: y, y1: y, line: { dash: "dash" as const, width: 1, color: "#787c85" } })),
    annotations: [classes, contexts].map((n) => ({ xref: "paper" as const, yref: "y" as const, x: 1, y: Math.log(n), text: `ln ${n}`, showarrow: false, xanchor: "right" as const, yanchor: "bottom" as const, font: { size: 12 } })),
  }),
})

// %% [markdown]
// The dashed lines are the ceilings $\ln 4$ and $\ln 6$. With little noise an image tells everything; with much noise, nothing. Here the place survives longer than the shape: a shape that has moved differs from itself in more pixels than a disc differs from a ring.
//
// ## A set of six images per class
//
// A distilled set keeps a few images of each class. Five ways to choose six of them:
//
// | set | images of a class |
// |---|---|
// | drawn | six noisy images, as they come |
// | copies | one clean picture, six times |
// | average | the mean of the six pictures, six times |
// | mixed up | the six contexts, but each picture half its own shape, half the next class's |
// | one of each | the six clean pictures |

// %%
const ipc = contexts;
const labels = Int32Array.from({ length: classes * ipc }, (_, i) => Math.floor(i / ipc));
const meanOf = (...all: Float32Array[]) => all[0].map((_, i) => all.reduce((sum, x) => sum + x[i], 0) / all.length);
const means = law.components.map((own) => own.map(({ mean }) => mean));
const six = (make: (y: number, z: number) => Float32Array) => pictures(Array.from(labels, (y, i) => make(y, i % ipc)));
const noise = seed.child("set").normal(labels.length * 256);
const sets: Record<string, igds.ImageBatch> = {
  drawn: six((y, z) => means[y][z].map((v, i) => v + p.noise * noise[(y * ipc + z) * 256 + i])),
  copies: six((y) => means[y][4]),
  average: six((y) => meanOf(...means[y])),
  "mixed up": six((y, z) => meanOf(means[y][z], means[(y + 1) % classes][z])),
  "one of each": six((y, z) => means[y][z]),
};
for (const [name, images] of Object.entries(sets)) await igds.show(igds.tensor.sliceBatch(images, 0, 12), { columns: 12, scale: 3, title: `${name}: discs, then squares`, range: name === "drawn" ? [-3, 3] : [-1, 1] });

// %% [markdown]
// **Prototype information of a set** is the mean over its images of $\ln C + \log p(y|x)$, with the true posterior. Of chosen images that mean can be negative: 0 is a guess, and below 0 the posterior is sure of a wrong class. Only over images drawn from the law itself is it $I(X;Y)$, which is never negative.
//
// **Contextual information of a set** is how many different things its images are. Ask which image of its class a noisy copy came from: if all are equal, nobody can tell, and the answer holds 0 nats; if all differ clearly, it holds $\ln 6$. The `mixture` bounds enclose that number. The noisy copies are blurred by $s = 5$, at which clean pictures can just about be confused.

// %%
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const informationOf = (images: igds.ImageBatch) => {
  const scores = mixture.labelLogits(images.data);
  const prototype = mean(Array.from(labels, (y, i) => Math.log(classes) + Math.log(softmax(scores.slice(i * classes, (i + 1) * classes))[y])));
  const bounds = law.classes.map((_, y) => igds.information.mixtureInformationOf(images.data.slice(y * ipc * 256, (y + 1) * ipc * 256), 256, 5 ** 2));
  return { prototype, low: mean(bounds.map(({ low }) => low)), high: mean(bounds.map(({ high }) => high)) };
};
const measured = Object.entries(sets).map(([set, images]) => ({ set, ...informationOf(images) }));
igds.table(measured.map(({ set, prototype, low, high }) => ({ set, "prototype (nats)": prototype, "contextual, low (nats)": low, "contextual, high (nats)": high })), { digits: 2 })

// %%
const colours = igds.plot.seriesColours(measured.map(({ set }) => set));
igds.figure({
  data: measured.map(({ set, prototype, low, high }) => ({
    type: "scatter" as const, mode: "text+markers" as const, name: set, text: [set], textposition: prototype > 1 ? "middle left" as const : "middle right" as const, x: [prototype], y: [(low + high) / 2], showlegend: false,
    error_y: { type: "data" as const, array: [(high - low) / 2], color: colours.get(set) }, marker: { size: 11, color: colours.get(set) },
  })),
  layout: igds.plot.layout("Two kinds of information: the sets in one plane", {
    hovermode: "closest",
    xaxis: igds.plot.axis("prototype information I(X;Y)", "nats", { range: [Math.min(-0.1, ...measured.map((m) => m.prototype - 0.3)), 1.6] }),
    yaxis: igds.plot.axis("contextual information of the set", "nats", { range: [-0.1, 2] }),
  }),
})

// %% [markdown]
// The vertical bars reach from the lower to the upper bound. *Copies* have one kind, *mixed up* has the second and less than half of the first, *one of each* has both: neither kind implies the other, and this is why IGDS maximises a sum of two terms. *Drawn* has by far the highest contextual value and the largest sum of all, and it shows what these numbers cannot tell: the noise makes six images different too, and a number that rewards difference rewards noise. A sum of the two is worth raising only while something else keeps the noise out. That is the diffusion model, which has learned what images look like.
//
// ## Does it matter?
//
// The test that counts: train a small network on each set alone and let it name fresh images, with noise 0.5.

// %%
const dataset = igds.datasets.proceduralDataset(igds.datasets.procedural({ noise: 0.5 }), perClass, seed.child("test set"));
const clipped = (images: igds.ImageBatch) => ({ ...images, data: images.data.map((x) => Math.max(-1, Math.min(1, x))) });
const scores = [];
for (const [set, images] of Object.entries(sets)) {
  const { last } = await igds.evaluateSet({ images: clipped(images), labels }, dataset, { seeds: [0], steps: trainingSteps, checkpoints: 1 });
  scores.push({ set, accuracy: last.mean });
}
igds.table(scores.map(({ set, accuracy }, i) => ({ set, "prototype (nats)": measured[i].prototype, "contextual, low (nats)": measured[i].low, "accuracy (%)": accuracy })), { digits: 2, sort: "-accuracy (%)" })

// %% [markdown]
// Only the set that has both kinds of information teaches the shapes; the four others, which lack one kind or owe it to noise, lie within a few points of each other (guessing: 25 %). (One training each: a demonstration, not a measurement of small differences.)
//
// ## Exercises
//
// 1. What are both informations at noise 0.2 and why can neither grow further?
// 2. Let one context be twenty times as frequent as another (`igds.datasets.procedural({ imbalance: 20 })`). What is the ceiling of the contextual information now?
// 3. At one image per class the contextual information of a set is exactly zero. Which single image has the most prototype information: a clean picture or the average?
//
// ## Answers
//
// **1.** They reach their ceilings: nobody can learn more about the class than its entropy $\ln 4$, or about the context than $\ln 6$.

// %%
const sharp = new igds.information.GaussianMixture(igds.datasets.procedural({ noise: 0.2 }).components);
igds.table([{ "I(X;Y)": sharp.prototypeInformation(seed, precision).value, "ln 4": Math.log(4), "I(X;Z|Y)": sharp.contextInformation(seed, precision).value, "ln 6": Math.log(6) }])

// %% [markdown]
// **2.** The entropy of the unequal weights, less than $\ln 6$. A set with one image of each context would claim more variety than the class has.

// %%
const uneven = igds.datasets.procedural({ imbalance: 20, noise: 0.2 });
igds.table([{ "H(Z|Y)": entropy(Float64Array.from(uneven.components[0], ({ weight }) => weight)), "I(X;Z|Y)": new igds.information.GaussianMixture(uneven.components).contextInformation(seed, precision).value, "ln 6": Math.log(6) }])

// %% [markdown]
// **3.** A clean picture. The average has less than nothing: over the six places every shape blurs into something that is most like a cross, so that the posterior names the wrong class for three of the four. Each class by itself:

// %%
const averages = mixture.labelLogits(sets.average.data);
igds.table(law.classes.map((name, y) => {
  const posterior = softmax(averages.slice(y * ipc * classes, (y * ipc + 1) * classes));
  return { "average of": name, ...Object.fromEntries(law.classes.map((other, z) => [`p(${other}|x)`, posterior[z]])), "prototype (nats)": Math.log(classes) + Math.log(posterior[y]) };
}))
