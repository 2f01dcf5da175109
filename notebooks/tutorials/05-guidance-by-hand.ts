// ---
// jupyter:
//   kernelspec:
//     display_name: TypeScript (IGDS)
//     language: typescript
//     name: igds
// ---

// %% [markdown]
// # Guidance by hand, then with the library
//
// **What you will see.** How a gradient steers sampling. You write the two gradients of IGDS in TensorFlow, one that pulls an image towards its class and one that pushes the images of a class apart, turn them into movement, and run the whole sampler in a loop of a dozen lines. Then three lines of the library give the same images.
//
// About twelve minutes. [Tutorial 2](02-diffusion-from-scratch.ipynb) has the sampler, [tutorial 4](04-the-bounds.ipynb) the bounds.

// %%
import * as igds from "igds";
const { tf, Seed } = igds;
const { alphaBar } = igds.diffusion;

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick", className: "Sneaker", ipc: 6, seed: 0 });

// %%
const steps = p.profile === "test" ? 5 : 20;
const distiller = await igds.open("fashion-mnist");
const { dataset, denoiser, classifier } = distiller;
const label = dataset.classes.indexOf(p.className);
const [n, size] = [p.ipc, 28 * 28];
const labels = new Int32Array(n).fill(label);
const batch = (data: Float32Array): igds.ImageBatch => ({ data, shape: [n, 28, 28, 1] });

// %% [markdown]
// ## What is to be raised
//
// For the $n$ images of a class that are sampled together,
//
// $$U = w \sum_i \Big[ \log q(y|\hat x_i) + \beta\, h_i \Big], \qquad h_i = -\ln \frac1n \sum_j e^{-\|\hat x_i - \hat x_j\|^2/(8s^2)} .$$
//
// (The library's `igds` has a third term, the prototype information of the *set* as a whole, which is left out here by `setWeight: 0`.) Guidance needs $\nabla U$ at the expected images $\hat x_0$. Take the state of a plain run half way as an example.

// %%
const plain = distiller.start({ method: "diffusion", classes: [p.className], ipc: n, seed: p.seed, steps });
const half = await plain.until(450);
igds.grid(half.x0, { columns: n, title: `x0hat of plain diffusion at t = ${half.t}` })

// %% [markdown]
// ## The pull towards the class
//
// $q$ is the classifier, with its fitted temperature. TensorFlow differentiates through it: `tf.grad` of the sum gives the gradient of each image.

// %%
const temperature = classifier.temperatures[0].temperature; // at t = 0: it sees x0hat as a clean image
const images = (data: Float32Array) => tf.tensor4d(data, [n, 28, 28, 1]);
const logQ = (x: igds.Tensor4D) => {
  const logits = classifier.network.apply(classifier.weights, x, tf.zeros([n]) as igds.Tensor1D).div(temperature);
  return tf.logSoftmax(logits).mul(tf.oneHot(tf.tensor1d(labels, "int32"), 10)).sum();
};
const pull = (x0: Float32Array) => tf.tidy(() => tf.grad((x) => logQ(x as igds.Tensor4D))(images(x0)).dataSync() as Float32Array);
const towards = pull(half.x0.data);
const strength = (g: Float32Array) => Math.max(1e-9, ...g.map(Math.abs)); // a single image is not pushed at all
await igds.show(await igds.plot.overlayMap(half.x0, batch(towards), { columns: n, limit: strength(towards) / 3, words: "nats per unit of a pixel", title: "Gradient of log q(y|x0hat): orange = brighter, purple = darker" }));

// %% [markdown]
// Images whose class is clear are hardly pulled; a doubtful one is pulled hard.
//
// ## The push apart
//
// The gradient of $\sum_i h_i$ can be written down. With $k_{ij} = e^{-\|x_i-x_j\|^2/(8s^2)}$ and $p_{ij} = k_{ij}/\sum_l k_{il}$,
//
// $$\frac{\partial}{\partial x_i} \sum_l h_l = \frac{1}{4s^2}\sum_j (p_{ij} + p_{ji})\,(x_i - x_j) :$$
//
// each image is pushed away from the others, from near ones most. $s^2$ says what "near" means; the library takes it from real images of the class.

// %%
const s2 = distiller.classContext.bandwidth(label, n);
const push = (x0: Float32Array) => {
  const image = (i: number) => x0.subarray(i * size, (i + 1) * size);
  const k = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Math.exp(-image(i).reduce((sum, v, c) => sum + (v - image(j)[c]) ** 2, 0) / (8 * s2))));
  const sums = k.map((row) => row.reduce((a, b) => a + b, 0));
  const gradient = new Float32Array(n * size);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const pSum = k[i][j] / sums[i] + k[j][i] / sums[j]; // p_ij + p_ji
      for (let c = 0; c < size; c++) gradient[i * size + c] += (pSum * (image(i)[c] - image(j)[c])) / (4 * s2);
    }
  return gradient;
};
const apart = push(half.x0.data);
await igds.show(await igds.plot.overlayMap(half.x0, batch(apart), { columns: n, words: "nats per unit of a pixel", title: "Gradient of the contextual bound: orange = brighter, purple = darker" }));

// %% [markdown]
// Did we differentiate correctly? TensorFlow's own gradient of the library's bound must agree.

// %%
const largest = (a: Float32Array, b: Float32Array) => a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);
const digits = (value: number) => value.toPrecision(2); // of numbers that may be very small
const byTensorFlow = tf.tidy(() => tf.grad((x: igds.Tensor) => tf.sum(igds.information.mixtureInformationPerImage(tf.reshape(x, [n, size]), s2).low))(images(half.x0.data)).dataSync() as Float32Array);
igds.table([{ "largest entry of the gradient": digits(strength(apart)), "largest difference": digits(largest(apart, byTensorFlow)) }])

// %% [markdown]
// ## From gradient to movement
//
// How far may a gradient move $\hat x_0$? At high noise $\hat x_0$ is a guess, and much may change; near the end it is almost certain, and nothing should. With images of variance $\sigma^2$ per pixel and the step's noise level $s_t^2 = (1-\bar\alpha_t)/\bar\alpha_t$ (not the bandwidth $s^2$ above), the doubt about $x_0$ is
//
// $$r_t^2 = \frac{\sigma^2 s_t^2}{\sigma^2 + s_t^2}, \qquad \hat x_0 \leftarrow \hat x_0 + r_t^2\, \nabla U ,$$
//
// cut to at most 0.3 (root mean square) in one step, so that no gradient can tear an image apart. Why a variance: tilt the law of $x_0$ given $x_t$ by $e^U$, and its mean moves by its covariance times $\nabla U$, to first order; for images of variance $\sigma^2$ that covariance is $r_t^2$.

// %%
const imageVariance = 0.25;
const { weight } = igds.guidanceDefaults;
const beta = igds.betaOfIpc(n);
const move = (x0: Float32Array, t: number) => {
  const noise2 = (1 - alphaBar[t]) / alphaBar[t];
  const r2 = (imageVariance * noise2) / (imageVariance + noise2);
  const [a, b] = [pull(x0), push(x0)];
  const change = x0.map((_, i) => r2 * weight * (a[i] + beta * b[i]));
  for (let i = 0; i < n; i++) {
    const own = change.subarray(i * size, (i + 1) * size);
    const rms = Math.sqrt(own.reduce((sum, v) => sum + v * v, 0) / size);
    if (rms > 0.3) own.forEach((v, c) => { own[c] = (v * 0.3) / rms; });
  }
  return change;
};
igds.table([900, 600, 300, 100, 20].map((t) => ({ t, "noise level s_t": igds.diffusion.noiseLevel(t), "doubt r_t": Math.sqrt((imageVariance * igds.diffusion.noiseLevel(t) ** 2) / (imageVariance + igds.diffusion.noiseLevel(t) ** 2)) })))

// %% [markdown]
// ## The whole sampler
//
// Noise comes from named seeds: image $i$ of a class always gets the same noise, whatever else is drawn. The loop is that of tutorial 2 with one line more.

// %%
const noiseOf = (...path: (string | number)[]) => {
  const all = new Float32Array(n * size);
  for (let i = 0; i < n; i++) all.set(new Seed(p.seed).child("sample", "image", p.className, i, ...path).normal(size), i * size);
  return all;
};
const clip = (x: Float32Array) => x.map((v) => Math.min(1, Math.max(-1, v)));
const times = igds.diffusion.timeSteps(steps);
let x: Float32Array = noiseOf("start");
let byHand = x;
const bar = igds.progress("by hand", steps);
for (const [k, t] of times.entries()) {
  const [signal, noise] = [Math.sqrt(alphaBar[t]), Math.sqrt(1 - alphaBar[t])];
  const predicted = denoiser.epsilon(batch(x), { t, labels, guidanceScale: igds.samplingDefaults.guidanceScale });
  let x0 = clip(x.map((v, i) => (v - noise * predicted[i]) / signal));
  const change = move(x0, t); // the guidance
  x0 = clip(x0.map((v, i) => v + change[i]));
  const epsilon = x.map((v, i) => (v - signal * x0[i]) / noise);
  byHand = x0;
  x = igds.diffusion.ddpm().step({ t, next: times[k + 1] ?? -1, x, x0, epsilon, noise: () => noiseOf("step", t) });
  bar.advance();
  await igds.tensor.pause();
}
await bar.finish();
igds.grid(batch(byHand), { columns: n, title: "Guided by hand" })

// %% [markdown]
// ## With the library
//
// `igds.guidance.makeGuide` takes terms with weights. `prototype` and `mixture` are the two terms above, compiled into one graph.

// %%
const guide = igds.guidance.makeGuide({
  labels, shape: dataset.shape, imageVariance,
  terms: [
    { term: igds.guidance.prototype(classifier), weight },
    { term: igds.guidance.mixture([s2]), weight: weight * beta },
  ],
});
const run = new igds.Run(denoiser, { ...plain.options, guide }, "makeGuide");
await run.finish();
await igds.show(run.images, { columns: n, title: "makeGuide" });

// %% [markdown]
// And what notebooks usually write, one line, with the bounds recorded on the way:

// %%
const short = distiller.start({ method: "igds", setWeight: 0, classes: [p.className], ipc: n, seed: p.seed, steps });
await short.finish();
await plain.finish();
await igds.show(short.images, { columns: n, title: "distiller.start({ method: \"igds\", setWeight: 0 })" });
await igds.show(plain.images, { columns: n, title: "Plain diffusion, same noise" });
await igds.show(await igds.plot.differenceMap(short.images, plain.images, { columns: n, title: "What the guidance changed" }));
igds.table([
  { pair: "by hand, makeGuide", "largest difference of a pixel (range 2)": digits(largest(byHand, run.images.data)) },
  { pair: "makeGuide, distiller.start", "largest difference of a pixel (range 2)": digits(largest(run.images.data, short.images.data)) },
  { pair: "by hand, plain diffusion", "largest difference of a pixel (range 2)": digits(largest(byHand, plain.images.data)) },
])

// %% [markdown]
// The three guided sets agree up to rounding, which the steps carry along. What the guidance did to both bounds:

// %%
igds.figure(igds.plot.boundsOverSteps([short, plain]))

// %% [markdown]
// ## Exercises
//
// 1. Drop the pull and keep the push. Do the images stay sneakers?
// 2. The classifier can also look at the noisy $x_t$ instead of $\hat x_0$: `igds.guidance.prototype(classifier, "xt")`, which needs no guess of the image. Does it do as much for the prototype bound?
// 3. We held $\hat\epsilon$ constant and replaced the denoiser's Jacobian by $r_t^2$. `gradient: "exact"` goes back through the network. What does it cost?
//
// ## Answers
//
// **1.** The push knows nothing of sneakers: it makes images different in any way the denoiser lets it, and the prototype bound falls: five of the six still look like sneakers, the last one hardly, and their mean is 1.76 of 2.30 nats.

// %%
const bounds = (run: igds.Run) => {
  const mean = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / values.length;
  return { run: run.label, "prototype (nats)": mean(run.last.bounds!.prototype), "contextual, low (nats)": mean(run.last.bounds!.contextual.low) };
};
const common = { classes: [p.className], ipc: n, seed: p.seed, steps };
const pushOnly = distiller.start({ ...common, method: "diffusion", terms: [{ term: igds.guidance.mixture([s2]), weight: weight * beta }], label: "push only" });
await pushOnly.finish();
await igds.show(pushOnly.images, { columns: n, title: "Push only" });
igds.table([short, plain, pushOnly].map(bounds))

// %% [markdown]
// **2.** Compare the rows: by the bound at the end, which looks at the finished image, the two are close. The way differs. $x_t$ says little about the class while there is much noise, and this guidance does not look at $\hat x_0$; the push still does. The contextual bound ends lower.

// %%
const byXt = distiller.start({ ...common, setWeight: 0, prototypeBy: "xt", label: "q(y|x_t)" });
await byXt.finish();
await igds.show(byXt.images, { columns: n, title: "The classifier sees x_t" });
igds.table([short, byXt].map(bounds))

// %% [markdown]
// **3.** One pass back through the network for every step, and its first call compiles that pass. (On a busy machine, three steps are too few for a fair clock.)

// %%
const seconds = async (work: () => Promise<unknown>) => { const begun = performance.now(); await work(); return (performance.now() - begun) / 1000; };
const [fast, exact] = [distiller.start({ ...common, setWeight: 0, label: "formula" }), distiller.start({ ...common, setWeight: 0, gradient: "exact", label: "exact" })];
await fast.step();
await exact.step(); // compiled now
const took = [await seconds(() => fast.step(3)), await seconds(() => exact.step(3))];
await exact.finish();
await igds.show(exact.images, { columns: n, title: "Gradient through the denoiser" });
igds.table([{ gradient: "formula", "seconds for 3 steps": took[0] }, { gradient: "exact", "seconds for 3 steps": took[1] }], { digits: 2 })
