// ---
// jupyter:
//   kernelspec:
//     display_name: TypeScript (IGDS)
//     language: typescript
//     name: igds
// ---

// %% [markdown]
// # Write your own guidance term
//
// **What you will see.** A guidance term is one function: images in, one number per image out. You write one that spreads the images of a class from dark to bright, test its gradient by finite differences, catch a wrong one, choose its weight, and add it to plain diffusion and to IGDS.
//
// About ten minutes. [Tutorial 5](05-guidance-by-hand.ipynb) shows what the library does with a term's gradient.

// %%
import * as igds from "igds";
const { tf, Seed } = igds;

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick", className: "Sneaker", ipc: 6, seed: 0 });

// %%
const steps = p.profile === "test" ? 4 : 20;
const distiller = await igds.open("fashion-mnist");
const { dataset } = distiller;
const label = dataset.classes.indexOf(p.className);
const n = p.ipc;

// %% [markdown]
// ## A quantity of real images
//
// How much light is in an image? With pixels in $[-1, 1]$, take
//
// $$\ell(x) = \frac1d \sum_c \Big(\frac{x_c + 1}{2}\Big)^2 .$$
//
// The square leaves a black background alone: its gradient is zero there. Real images of the class differ widely in $\ell$.

// %%
const light = (images: igds.ImageBatch) => {
  const size = images.data.length / images.shape[0];
  return Array.from({ length: images.shape[0] }, (_, i) => images.data.subarray(i * size, (i + 1) * size).reduce((sum, v) => sum + ((v + 1) / 2) ** 2, 0) / size);
};
const real = distiller.classContext.realImages(label, "light", 400);
const ordered = light(real).map((value, i) => ({ value, i })).sort((a, b) => a.value - b.value);
const quantile = (share: number) => ordered[Math.floor(share * ordered.length)];
const picks = Array.from({ length: n }, (_, i) => quantile((i + 0.5) / n));
const targets = picks.map(({ value }) => value);
igds.grid(igds.tensor.concatBatches(picks.map(({ i }) => igds.tensor.sliceBatch(real, i, i + 1))), { columns: n, labels: targets.map((v) => v.toFixed(2)), title: "Real images from dark to bright, with their light" })

// %% [markdown]
// ## The term
//
// A set of $n$ images should cover that range, so image $i$ gets a target of its own, the quantile $m_i$:
//
// $$v_i = -\frac{\big(\ell(\hat x_i) - m_i\big)^2}{2\tau^2} .$$
//
// This is a log-likelihood up to a constant, hence in nats, like the other terms: missing the target by $\tau$ costs half a nat.
//
// An `igds.guidance.Term` has a name; `by`, which says whether it looks at $\hat x_0$ or $x_t$; `tensors` that stay in the engine; and `value`, which must be a pure function of tensors because it is compiled.

// %%
const tau = 0.02;
const spreadLight: igds.guidance.Term = {
  name: "light",
  by: "x0",
  tensors: { targets: tf.tensor1d(targets) },
  value(tensors, x0) {
    const level = tf.mean(tf.square(tf.div(tf.add(x0, 1), 2)), [1, 2, 3]);
    return tf.div(tf.squaredDifference(level, tensors.targets), -2 * tau ** 2) as igds.Tensor1D;
  },
};

// %% [markdown]
// ## Test it by finite differences
//
// Guidance trusts the gradient blindly, so check it. Along any direction $u$,
//
// $$\frac{U(x + hu) - U(x - hu)}{2h} \approx \langle \nabla U(x), u\rangle, \qquad U = \sum_i v_i .$$
//
// `igds.guidance.evaluateTerm` gives value and gradient of a term at any images.

// %%
const labels = new Int32Array(n).fill(label);
const at = distiller.classContext.realImages(label, "finite differences", n);
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);
const check = (term: igds.guidance.Term) => [0, 1, 2].map((k) => {
  const u = new Seed(p.seed).child("direction", k).normal(at.data.length);
  const h = 1e-2;
  const U = (sign: number) => sum(igds.guidance.evaluateTerm(term, { ...at, data: at.data.map((x, i) => x + sign * h * u[i]) }, { labels }).value);
  const { gradient } = igds.guidance.evaluateTerm(term, at, { labels });
  return { term: term.name, direction: k, "finite difference": (U(1) - U(-1)) / (2 * h), "gradient · direction": sum(gradient.data.map((g, i) => g * u[i])) };
});
igds.table(check(spreadLight))

// %% [markdown]
// ### A term that fails
//
// The same idea with a threshold: the share of pixels that are lit. Its value is fine, and TensorFlow does not complain, but a step has no slope: the gradient is zero everywhere, and the term would guide nothing. The test says so.

// %%
const litPixels: igds.guidance.Term = {
  ...spreadLight,
  name: "lit pixels",
  value(tensors, x0) {
    const level = tf.mean(tf.round(tf.div(tf.add(x0, 1), 2)), [1, 2, 3]);
    return tf.div(tf.squaredDifference(level, tensors.targets), -2 * tau ** 2) as igds.Tensor1D;
  },
};
igds.table(check(litPixels))

// %% [markdown]
// ## Add it to a run
//
// `igds.guidance.makeGuide` compiles terms with weights. Alone, on plain diffusion, with three weights; the seed, and so the noise, is the same.

// %%
const common = { classes: [p.className], ipc: n, seed: p.seed, steps } as const;
const plain = distiller.start({ ...common, method: "diffusion" });
await plain.finish();
await igds.show(plain.images, { columns: n, labels: light(plain.images).map((v) => v.toFixed(2)), title: "Plain diffusion, light below" });
const rows: igds.TableRow[] = [];
for (const weight of [0.3, 3, 30]) {
  const guide = igds.guidance.makeGuide({ labels, shape: dataset.shape, imageVariance: 0.25, terms: [{ term: spreadLight, weight }] });
  const run = new igds.Run(distiller.denoiser, { ...plain.options, guide }, `light x ${weight}`);
  await run.finish();
  guide.dispose();
  const reached = light(run.images);
  await igds.show(run.images, { columns: n, labels: reached.map((v) => v.toFixed(2)), title: `Weight ${weight}` });
  rows.push({ weight, "mean miss of the target": sum(reached.map((v, i) => Math.abs(v - targets[i]))) / n });
}
rows.unshift({ weight: 0, "mean miss of the target": sum(light(plain.images).map((v, i) => Math.abs(v - targets[i]))) / n });
igds.table(rows)

// %% [markdown]
// A weight of 3 is too little: half of the miss is left. 30 meets the targets, and the images are still shoes. Of the weights that do, take the smallest.
//
// ## Beside the terms of IGDS
//
// `terms` adds your own to any method; the bounds are recorded as always, so you see what your term costs.

// %%
const igdsRun = distiller.start({ ...common });
const both = distiller.start({ ...common, terms: [{ term: spreadLight, weight: 30 }], label: "igds + light" });
await igdsRun.finish();
await both.finish();
await igds.show(igdsRun.images, { columns: n, labels: light(igdsRun.images).map((v) => v.toFixed(2)), title: "IGDS" });
await igds.show(both.images, { columns: n, labels: light(both.images).map((v) => v.toFixed(2)), title: "IGDS + light" });
igds.figure(igds.plot.boundsOverSteps([igdsRun, both, plain]))

// %% [markdown]
// What the term costs: the prototype bound is the same, of the contextual bound IGDS gives up 0.06 nats (1.35 to 1.29; plain diffusion has 0.77), of the context bound 0.10 (1.24 to 1.14).
//
// And what each step and each term gave the last, brightest image, in nats:

// %%
igds.figure(igds.plot.ledgerFigure(both.records, n - 1))

// %% [markdown]
// ## Exercises
//
// 1. Use the term only while the image is still a guess: `window: [500, 999]`. Is the target reached?
// 2. Write a term that makes bags mirror images of themselves: $v_i = -\|x - \mathrm{flip}(x)\|^2 / (2 d \tau^2)$.
// 3. Swap the sign of the term. What does the finite-difference test say?
//
// ## Answers
//
// **1.** In part: the mean miss is 0.03, between 0.05 (plain) and 0.001 (all steps). Early steps decide roughly how much light there is, image 5 even ends beyond its target, and later ones are free to go elsewhere.

// %%
const early = distiller.start({ ...common, method: "diffusion", terms: [{ term: spreadLight, weight: 30, window: [500, 999] }], label: "early" });
await early.finish();
igds.grid(early.images, { columns: n, labels: light(early.images).map((v) => v.toFixed(2)), title: `Early only; targets ${targets.map((v) => v.toFixed(2)).join("  ")}` })

// %% [markdown]
// **2.** `tf.reverse` along the width flips; its gradient is another flip, and TensorFlow knows that.

// %%
const mirror: igds.guidance.Term = {
  name: "mirror",
  by: "x0",
  tensors: {},
  value: (_, x0) => tf.div(tf.mean(tf.squaredDifference(x0, tf.reverse(x0, 2)), [1, 2, 3]), -2 * 0.1 ** 2) as igds.Tensor1D,
};
const bags = { ...common, method: "diffusion", classes: ["Bag"] } as const;
const [free, mirrored] = [distiller.start(bags), distiller.start({ ...bags, terms: [{ term: mirror, weight: 30 }], label: "mirror" })];
await free.finish();
await mirrored.finish();
await igds.show(free.images, { columns: n, title: "Bags, plain" });
await igds.show(mirrored.images, { columns: n, title: "Bags, mirrored" });
igds.table(check(mirror))

// %% [markdown]
// **3.** Nothing: value and gradient change sign together. The test finds a gradient that is not that of the value; whether the value is what you want, only the images and an evaluation can tell.

// %%
igds.table(check({ ...spreadLight, name: "minus light", value: (tensors, x0, context) => tf.neg(spreadLight.value(tensors, x0, context)) as igds.Tensor1D }))
