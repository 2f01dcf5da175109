// ---
// jupyter:
//   kernelspec:
//     display_name: TypeScript (IGDS)
//     language: typescript
//     name: igds
// ---

// %% [markdown]
// # Diffusion from scratch, on points of the plane
//
// **What you will see.** A diffusion model with nothing hidden: points of the plane instead of images, so that every quantity can be drawn and the best possible denoiser is known exactly. You write the forward process, both samplers (DDPM and DDIM) and the training loop yourself, in a few dozen lines, and then check them against the library.
//
// About twelve minutes. You need to know what a normal distribution is.

// %%
import * as igds from "igds";
const { tf, Seed } = igds;
const { alphaBar } = igds.diffusion;

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick", seed: 0 });

// %% [markdown]
// The profile `quick` takes one to two minutes. `test` is for checks: the same code on few points.

// %%
const { count, steps, batches } = p.profile === "test" ? { count: 80, steps: 12, batches: 30 } : { count: 300, steps: 50, batches: 4000 };
const seed = new Seed(p.seed);

// %% [markdown]
// ## The data
//
// Two classes, each with four small clusters on a ring. A point is $x_0$; there are as many as we like.

// %%
const ring = (label: number) => [0, 1, 2, 3].map((k) => {
  const angle = (Math.PI / 4) * (2 * k + label);
  return { mean: [0.75 * Math.cos(angle), 0.75 * Math.sin(angle)], variance: 0.01 };
});
const mixture = new igds.information.GaussianMixture([ring(0), ring(1)]);
const data = mixture.sample(count, seed.child("data"));
const look = { groups: data.labels, names: ["class 0", "class 1"], range: 2.2 };
igds.figure(igds.plot.pointAnimation([{ label: "0", points: data.points }], { ...look, range: 1.2, title: "The data" }))

// %% [markdown]
// ## Forwards: noise
//
// Mix each point with a standard normal $\epsilon$:
//
// $$x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\;\epsilon .$$
//
// $\bar\alpha_t$ (`alphaBar[t]`) falls from almost 1 at $t = 0$ to almost 0 at $t = 999$. Nothing is learned here: this is the definition of the problem.

// %%
const noised = (x0: Float32Array, epsilon: Float32Array, t: number) =>
  x0.map((x, i) => Math.sqrt(alphaBar[t]) * x + Math.sqrt(1 - alphaBar[t]) * epsilon[i]);

// %% [markdown]
// Press play, or move the slider. One draw of $\epsilon$ for each point is used for all $t$.

// %%
const epsilon = seed.child("forward").normal(2 * count);
const levels = [0, 50, 100, 150, 200, 300, 400, 500, 600, 700, 800, 999];
igds.figure(igds.plot.pointAnimation(levels.map((t) => ({ label: String(t), points: noised(data.points, epsilon, t) })), { ...look, prefix: "t = ", first: 5, title: "The forward process" }))

// %% [markdown]
// At $t = 999$ the ring is gone, and all points follow the same normal distribution, whatever the data were. Sampling walks this road backwards, and to do so it must answer one question at every step.
//
// ## The question
//
// Given $x_t$, what was $x_0$? Many $x_0$ are possible; the answer with the smallest mean squared error is their mean,
//
// $$\hat x_0(x_t) = \mathrm{E}[x_0 \mid x_t].$$
//
// A network learns this from examples. For a Gaussian mixture it has a closed form: each component $z$ answers with its own linear regression, and the answers are averaged with the weights $p(z|x_t)$. `igds.information.denoiseMixture` computes that.

// %%
const exact = (xt: Float32Array, t: number) => igds.information.denoiseMixture(mixture, xt, alphaBar[t]);
igds.figure(igds.plot.pointAnimation(levels.map((t) => ({ label: String(t), points: exact(noised(data.points, epsilon, t), t) })), { ...look, range: 1.2, prefix: "t = ", first: 6, title: "x0hat: the best guess of where each noised point came from" }))

// %% [markdown]
// Compare $t = 50$, 200 and 999: with little noise the guess is right, with more it is an average of neighbouring clusters, and with nothing but noise it is the mean of all data, the centre. **An uncertain denoiser answers with an average**: this is why $\hat x_0$ of an image looks blurred at first.
//
// ### The same answer in three forms
//
// Solving the forward formula for $\epsilon$ turns $\hat x_0$ into the predicted noise, and Tweedie's formula turns it into the *score*, the direction in which the density of noised points grows fastest:
//
// $$\hat\epsilon = \frac{x_t - \sqrt{\bar\alpha_t}\,\hat x_0}{\sqrt{1-\bar\alpha_t}}, \qquad \nabla \log p_t(x_t) = -\frac{\hat\epsilon}{\sqrt{1-\bar\alpha_t}} .$$

// %%
const epsilonOf = (xt: Float32Array, x0: Float32Array, t: number) =>
  xt.map((x, i) => (x - Math.sqrt(alphaBar[t]) * x0[i]) / Math.sqrt(1 - alphaBar[t]));

// %% [markdown]
// Do not take the second formula on trust. The density of noised points is known too: a mixture again, with shrunk means and widened variances. Its slope by central differences must agree.

// %%
const t = 300;
const blurred = new igds.information.GaussianMixture([[...ring(0), ...ring(1)].map(({ mean, variance }) => ({
  mean: mean.map((m) => Math.sqrt(alphaBar[t]) * m),
  variance: alphaBar[t] * variance + 1 - alphaBar[t],
}))]);
const logDensity = (x: number, y: number) => blurred.labelLogits(Float32Array.of(x, y))[0];
igds.table([[0.3, 0.2], [-0.7, 0.1], [0, 1.1]].map(([x, y]) => {
  const xt = Float32Array.of(x, y);
  const score = epsilonOf(xt, exact(xt, t), t).map((e) => -e / Math.sqrt(1 - alphaBar[t]));
  const h = 1 / 64; // exact in float32
  return { x, y, "score, first": score[0], "slope, first": (logDensity(x + h, y) - logDensity(x - h, y)) / (2 * h), "score, second": score[1], "slope, second": (logDensity(x, y + h) - logDensity(x, y - h)) / (2 * h) };
}))

// %% [markdown]
// ## Backwards: DDPM
//
// From $t$ we step to the next smaller time $t'$. If $x_0$ were known, the law of $x_{t'}$ given $x_t$ would be normal, with a known mean and variance. DDPM puts $\hat x_0$ in its place:
//
// $$x_{t'} = \frac{\sqrt{\bar\alpha_{t'}}\,\beta}{1-\bar\alpha_t}\,\hat x_0 + \frac{\sqrt{1-\beta}\,(1-\bar\alpha_{t'})}{1-\bar\alpha_t}\,x_t + \sqrt{\frac{\beta\,(1-\bar\alpha_{t'})}{1-\bar\alpha_t}}\;z, \qquad \beta = 1-\frac{\bar\alpha_t}{\bar\alpha_{t'}},\quad z \sim \mathcal N(0, I).$$
//
// (This $\beta$ is DDPM's, not the weight $\beta(\mathrm{IPC})$ of IGDS.)

// %%
const ddpmStep = (xt: Float32Array, x0: Float32Array, t: number, next: number, z: Float32Array) => {
  const [a, b] = [alphaBar[t], alphaBar[next]];
  const beta = 1 - a / b;
  return xt.map((x, i) =>
    (Math.sqrt(b) * beta) / (1 - a) * x0[i] + (Math.sqrt(1 - beta) * (1 - b)) / (1 - a) * x + Math.sqrt((beta * (1 - b)) / (1 - a)) * z[i]);
};

// %% [markdown]
// ## Backwards: DDIM
//
// DDIM adds no noise. It takes the predicted image and the predicted noise apart and mixes them again at the level of $t'$:
//
// $$x_{t'} = \sqrt{\bar\alpha_{t'}}\,\hat x_0 + \sqrt{1-\bar\alpha_{t'}}\;\hat\epsilon .$$

// %%
const ddimStep = (xt: Float32Array, x0: Float32Array, t: number, next: number) => {
  const e = epsilonOf(xt, x0, t);
  return x0.map((x, i) => Math.sqrt(alphaBar[next]) * x + Math.sqrt(1 - alphaBar[next]) * e[i]);
};

// %% [markdown]
// The loop is the same for both. `igds.diffusion.timeSteps` picks evenly spaced times from 999 down to 0; the last step returns $\hat x_0$ itself.

// %%
type Denoise = (xt: Float32Array, t: number) => Float32Array;
const walk = (denoise: Denoise, kind: "ddpm" | "ddim", steps: number, n = count) => {
  const times = igds.diffusion.timeSteps(steps);
  let xt = seed.child("start").normal(2 * n); // the same start for every walk
  return times.map((t, k) => {
    const here = { label: String(t), points: xt };
    const x0 = denoise(xt, t);
    if (k === steps - 1) return { ...here, points: x0 };
    xt = kind === "ddpm" ? ddpmStep(xt, x0, t, times[k + 1], seed.child("step", t).normal(2 * n)) : ddimStep(xt, x0, t, times[k + 1]);
    return here;
  });
};
const thin = <T,>(frames: T[], most = 13) => frames.filter((_, k) => k % Math.ceil((frames.length - 1) / (most - 1)) === 0 || k === frames.length - 1);

// %%
const byDdpm = walk(exact, "ddpm", steps);
igds.figure(igds.plot.pointAnimation(thin(byDdpm), { range: 2.2, background: data.points, prefix: "t = ", title: "DDPM, exact denoiser" }))

// %%
const byDdim = walk(exact, "ddim", steps);
igds.figure(igds.plot.pointAnimation(thin(byDdim), { range: 2.2, background: data.points, prefix: "t = ", title: "DDIM, exact denoiser, same start" }))

// %% [markdown]
// Play both. DDPM's points jitter, since each step adds fresh noise; DDIM's glide along smooth curves, and where a point ends is decided by where it starts. Both fill the ring.
//
// Against the library, the same step must come out:

// %%
const [before, after] = igds.diffusion.timeSteps(steps).slice(0, 2);
const start = seed.child("start").normal(2 * count);
const guess = exact(start, before);
const z = seed.child("step", before).normal(2 * count);
const input = { t: before, next: after, x: start, x0: guess, epsilon: epsilonOf(start, guess, before), noise: () => z };
const largest = (a: Float32Array, b: Float32Array) => a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);
igds.table([
  { sampler: "DDPM", "largest difference to the library": largest(igds.diffusion.ddpm().step(input), ddpmStep(start, guess, before, after, z)) },
  { sampler: "DDIM", "largest difference to the library": largest(igds.diffusion.ddim().step(input), ddimStep(start, guess, before, after)) },
])

// %% [markdown]
// ## Learning the denoiser
//
// Real data come without a formula. A network $\epsilon_\theta(x_t, t)$ is trained to name the noise that was added:
//
// $$\min_\theta\; \mathrm{E}\,\big\|\epsilon_\theta(x_t, t) - \epsilon\big\|^2 .$$
//
// Here it is a perceptron of four layers, and training takes up to a minute. It sees the point and the noise level; sines of the level let it behave differently at different $t$.

// %%
const weights = new igds.nn.Parameters();
const width = 128;
const layers = [7, width, width, width].map((from, k) => igds.nn.dense<igds.Tensor2D>(weights, `layer ${k}`, from, k === 3 ? 2 : width));
const network = (w: igds.nn.Weights, xt: igds.Tensor2D, t: igds.Tensor2D) => {
  const u = tf.div(t, igds.diffusion.T);
  const angle = tf.mul(u, Math.PI);
  const inputs = tf.concat([xt, u, ...[1, 2, 4, 8].map((f) => tf.sin(tf.mul(angle, f)))], 1) as igds.Tensor2D;
  return layers.reduce((h, layer, k) => (k === 3 ? layer(w, h) : tf.elu(layer(w, h))) as igds.Tensor2D, inputs);
};

// %% [markdown]
// An `igds.nn.Trainer` takes the loss as a function of weights and batch, compiles one step of Adam, and keeps a moving average of the weights.

// %%
const trainer = new igds.nn.Trainer(
  weights,
  (w, xt: igds.Tensor2D, t: igds.Tensor2D, e: igds.Tensor2D) => tf.mean(tf.squaredDifference(network(w, xt, t), e)) as igds.Scalar,
  { seed: seed.child("weights"), steps: batches, rate: 3e-3, average: 0.995 },
);

// %% [markdown]
// The whole training: fresh data, fresh noise, random times.

// %%
const batch = 512;
const losses: igds.plot.LossPoint[] = [];
const bar = igds.progress("training", batches);
for (let step = 1; step <= batches; step++) {
  const draw = seed.child("train", step);
  const x0 = mixture.sample(batch, draw).points;
  const e = draw.child("epsilon").normal(2 * batch);
  const times = draw.child("t").integers(batch, igds.diffusion.T);
  const xt = x0.map((x, i) => Math.sqrt(alphaBar[times[i >> 1]]) * x + Math.sqrt(1 - alphaBar[times[i >> 1]]) * e[i]);
  const loss = trainer.step(tf.tensor2d(xt, [batch, 2]), tf.tensor2d(times, [batch, 1], "float32"), tf.tensor2d(e, [batch, 2]));
  if (step % 5 === 0) losses.push({ step, loss });
  bar.set(step, `loss ${loss.toFixed(3)}`);
  if (step % 25 === 0) await igds.tensor.pause(); // interrupts and the bar get their turn
}
await bar.finish();
igds.figure(igds.plot.lossCurve(losses, { title: "Training the denoiser" }))

// %% [markdown]
// The loss cannot reach zero: what the noise was is uncertain, and the exact denoiser has a loss as well. No network can beat that floor in the mean.

// %%
const trained = trainer.weights();
const learned: Denoise = (xt, t) => {
  const n = xt.length / 2;
  const e = tf.tidy(() => network(trained, tf.tensor2d(xt, [n, 2]), tf.fill([n, 1], t) as igds.Tensor2D).dataSync() as Float32Array);
  return xt.map((x, i) => (x - Math.sqrt(1 - alphaBar[t]) * e[i]) / Math.sqrt(alphaBar[t]));
};
const meanSquare = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + (x - b[i]) ** 2, 0) / a.length;
igds.table([20, 100, 200, 300, 400, 600, 800].map((t) => {
  const fresh = mixture.sample(2000, seed.child("test", t)).points;
  const e = seed.child("test epsilon", t).normal(fresh.length);
  const xt = noised(fresh, e, t);
  return { t, "loss, exact": meanSquare(epsilonOf(xt, exact(xt, t), t), e), "loss, learned": meanSquare(epsilonOf(xt, learned(xt, t), t), e) };
}))

// %%
const byNetwork = walk(learned, "ddpm", steps);
igds.figure(igds.plot.pointAnimation(thin(byNetwork), { range: 2.2, background: data.points, prefix: "t = ", title: "DDPM, learned denoiser" }))

// %% [markdown]
// The learned samples are less crisp than the exact ones: at low noise the true answer bends sharply from cluster to cluster, and a small network trained for seconds rounds it off. The table above says the same at $t = 20$.
//
// ## How many steps?
//
// A sample is *on the data* if it lies within three standard deviations of a cluster (98.9 % of real points do). The table gives that share in percent.

// %%
const onData = (points: Float32Array) => {
  const means = [...ring(0), ...ring(1)].map(({ mean }) => mean);
  let hits = 0;
  for (let i = 0; i < points.length; i += 2)
    if (means.some(([x, y]) => Math.hypot(points[i] - x, points[i + 1] - y) < 3 * Math.sqrt(0.01))) hits++;
  return (200 * hits) / points.length;
};
const last = (frames: { points: Float32Array }[]) => frames[frames.length - 1].points;
igds.table(
  (p.profile === "test" ? [3, 6] : [3, 5, 10, 20, 50, 100]).map((n) => ({
    steps: n,
    "DDPM, exact (%)": onData(last(walk(exact, "ddpm", n))),
    "DDIM, exact (%)": onData(last(walk(exact, "ddim", n))),
    "DDPM, learned (%)": onData(last(walk(learned, "ddpm", n))),
    "DDIM, learned (%)": onData(last(walk(learned, "ddim", n))),
  })),
  { digits: 1 },
)

// %% [markdown]
// At ten steps DDIM is ahead; with three or five neither is of use. From twenty on, more of them help the exact denoiser little and the learned one not at all: what is left is the error of the network.
//
// ## Exercises
//
// 1. The denoiser above knows nothing of classes. `igds.information.denoiseMixture` takes the labels as its last argument. Sample class 1 only.
// 2. **Classifier-free guidance** moves the prediction away from the one without class: $\hat x_0 = \hat x_0^{\varnothing} + s\,(\hat x_0^{y} - \hat x_0^{\varnothing})$. What does $s = 3$ do to the clusters of class 1?
// 3. How far does DDIM's answer depend on the start? Move every start by 0.01 and measure how far the ends move.
//
// ## Answers
//
// **1.** Only the four clusters of class 1 are left.

// %%
const ofClass = (label: number): Denoise => (xt, t) => igds.information.denoiseMixture(mixture, xt, alphaBar[t], new Int32Array(xt.length / 2).fill(label));
igds.figure(igds.plot.pointAnimation(walk(ofClass(1), "ddim", steps).slice(-1), { range: 2.2, background: data.points, title: "Class 1 only" }))

// %% [markdown]
// **2.** The clusters turn into narrow streaks along the radius, the line that is as far as can be from the neighbours of the other class on both sides: they lose variety along the ring and keep it along the radius. Guidance does not sample from $p(x|y)$; it trades variety for certainty of the class, which is the very thing that IGDS sets out to balance.

// %%
const guided = (scale: number): Denoise => (xt, t) => {
  const [free, told] = [exact(xt, t), ofClass(1)(xt, t)];
  return free.map((x, i) => x + scale * (told[i] - x));
};
igds.figure(igds.plot.pointAnimation(walk(guided(3), "ddim", steps).slice(-1), { range: 2.2, background: data.points, title: "Class 1, guidance scale 3" }))

// %% [markdown]
// **3.** The median end moves by less than its start did, since a cluster draws its points together. Points that start near the border between two clusters are torn apart: they move several times as far, and with the larger shift some of them change sides.

// %%
const ends = (shift: number) => {
  const times = igds.diffusion.timeSteps(steps);
  let xt: Float32Array = seed.child("start").normal(2 * count).map((x) => x + shift);
  times.forEach((t, k) => { const x0 = exact(xt, t); xt = k === steps - 1 ? x0 : ddimStep(xt, x0, t, times[k + 1]); });
  return xt;
};
igds.table([0.01, 0.1].map((shift) => {
  const [here, there] = [ends(0), ends(shift)];
  const moves = Array.from({ length: count }, (_, i) => Math.hypot(there[2 * i] - here[2 * i], there[2 * i + 1] - here[2 * i + 1])).sort((a, b) => a - b);
  return { "starts moved by": Math.hypot(shift, shift), "end, median": moves[count >> 1], "end, 95th percentile": moves[Math.floor(0.95 * count)], "end, most": moves[count - 1] };
}))
