// ---
// jupyter:
//   kernelspec:
//     display_name: TypeScript (IGDS)
//     language: typescript
//     name: igds
// ---

// %% [markdown]
// # From the small model to DiT-XL/2
//
// **What you will see.** The paper works at the scale of ImageNet with DiT-XL/2, a diffusion transformer of 675 million weights in the latent space of an autoencoder. This notebook takes the same architecture at a size that trains here in a minute, counts what changes on the way up, and says plainly what this library does not ship.
//
// About ten minutes. All numbers below are computed by the cells.

// %%
import * as igds from "igds";
import { mkdtemp } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
const { tf, Seed } = igds;

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick", seed: 0 });

// %%
const test = p.profile === "test";
const seed = new Seed(p.seed);

// %% [markdown]
// | | here | DiT-XL/2 at 256 x 256 |
// |---|---|---|
// | what is denoised | pixels, 28 x 28 x 1 | latents of an autoencoder (VAE), 32 x 32 x 4 |
// | network | U-Net, 1.2 million weights | transformer, 675 million weights |
// | classes | 10 | 1,000 |
// | classifier-free guidance scale | 1.5 | 1.5 to 4 |
// | $\hat x_0$ kept in $[-1, 1]$ | yes | no: latents have no such range |
// | classifier $q(y \mid x)$ | sees pixels | must see latents, or decoded images |
//
// ## A diffusion transformer, small
//
// A DiT cuts the image into patches, treats each as a token, and tells every block the time step and the class by scaling and shifting its activations. This one has 16 tokens and learns procedural shapes.

// %%
const law = igds.datasets.procedural({ noise: 0.1, contexts: 6 });
const dataset = igds.datasets.proceduralDataset(law, test ? 40 : 600, seed.child("data"));
const space = { height: 16, width: 16, channels: 1, classes: 4 };
const small = igds.nn.dit({ ...igds.nn.ditDefaults, ...space, patch: 4, dim: 96, depth: 3, heads: 3 });
const file = path.join(await mkdtemp(path.join(os.tmpdir(), "igds-dit-")), "dit.safetensors");
const total = test ? 6 : 700;
const bar = igds.progress(`DiT, ${(small.parameters.count / 1000).toFixed(0)} thousand weights`, total);
const losses: igds.plot.LossPoint[] = [];
for await (const { step, loss } of igds.diffusion.trainDenoiser(small, dataset, { file, steps: total, batch: 64, rate: 2e-3, average: 0.99, seed: p.seed })) {
  losses.push({ step, loss });
  bar.set(step, `loss ${loss.toFixed(3)}`);
}
await bar.finish();
igds.figure(igds.plot.lossCurve(losses, { title: "Training a small DiT" }))

// %%
const denoiser = await igds.diffusion.loadDenoiser(file);
const labels = Int32Array.from({ length: 24 }, (_, i) => Math.floor(i / 6));
const sampled = async (guidanceScale: number) => (await igds.sample(denoiser, { labels, seed: seed.child("sample"), steps: test ? 4 : 40, guidanceScale, sampler: igds.diffusion.ddpm() })).images;
const shown = await sampled(1.5);
await igds.show(igds.datasets.gather(dataset.train, dataset.shape, Array.from({ length: 6 }, (_, i) => i)), { columns: 6, title: "Training images" });
igds.grid(shown, { classes: dataset.classes, by: "rows", title: "Drawn by the DiT, scale 1.5" })

// %% [markdown]
// The pieces are right, strokes for crosses and blocks for squares, but within a minute the tokens have not learned to agree on one shape. Transformers need longer for that than convolutions, which look at their neighbours from the start; a DiT that was trained for three quarters of an hour comes with the library (`igds.open("fashion-mnist", { denoiser: "dit" })`). This one is enough for what follows, which is about structure and cost.
//
// Everything else in this library takes this model as it takes the U-Net: `sample`, `Run`, guidance terms, `igds.guidance.makeGuide`. The network is one function of weights, $x_t$, $t$ and $y$.
//
// ## Counting weights
//
// `dit` only *describes* a network; no memory is used before weights are made. So the large ones can be counted. A block of width $d$ has $18 d^2$ weights: 3 for queries, keys and values, 1 for the projection, 8 for the perceptron, and 6 for the modulation by $t$ and $y$.

// %%
const sizes = { "DiT-S/2": [384, 12, 6], "DiT-B/2": [768, 12, 12], "DiT-L/2": [1024, 24, 16], "DiT-XL/2": [1152, 28, 16] } as const;
const published = { "DiT-S/2": 33, "DiT-B/2": 130, "DiT-L/2": 458, "DiT-XL/2": 675 };
const counted = Object.entries(sizes).map(([name, [dim, depth, heads]]) => {
  const { parameters } = igds.nn.dit({ ...igds.nn.ditDefaults, patch: 2, dim, depth, heads, height: 32, width: 32, channels: 4, classes: 1000 });
  return { name, dim, depth, weights: parameters.count };
});
igds.table(counted.map(({ name, dim, depth, weights }) => ({ model: name, width: dim, blocks: depth, "weights, counted (millions)": weights / 1e6, "published (millions)": published[name as keyof typeof published], "float32 (GB)": (4 * weights) / 1e9, "float16 (GB)": (2 * weights) / 1e9 })), { digits: 2 })

// %% [markdown]
// The small differences are the last layer (the published models also predict a variance) and the position embedding, which is fixed there and learned here.
//
// ## Counting work
//
// Per image and pass, with $L$ tokens, the blocks take $L\,(12 d^2 + 2 L d)$ multiplications each: the products with weights and the two of attention. One pass of this machine's engine is measured on transformers that fit, and the last row is scaled up from the fastest. (On a busy machine these times are too long.)

// %%
const tokens = (side: number, patch: number) => (side / patch) ** 2;
const work = (dim: number, depth: number, L: number) => depth * L * (12 * dim ** 2 + 2 * L * dim);
const speeds: { dim: number; depth: number; L: number; seconds: number }[] = [];
for (const [dim, depth, batch] of test ? [[32, 1, 2]] : [[96, 3, 8], [192, 6, 4], [384, 6, 2]]) {
  const network = igds.nn.dit({ ...igds.nn.ditDefaults, patch: 2, dim, depth, heads: dim / 32, height: 32, width: 32, channels: 4, classes: 10 });
  const weights = network.parameters.initialise(seed.child("speed", dim));
  const forward = igds.tensor.compileWith(weights, (w: igds.nn.Weights, x: igds.Tensor4D, t: igds.Tensor1D, y: igds.Tensor1D) => network.apply(w, x, t, y));
  const inputs = [tf.zeros([batch, 32, 32, 4]), tf.fill([batch], 500, "int32"), tf.zeros([batch], "int32")] as [igds.Tensor4D, igds.Tensor1D, igds.Tensor1D];
  const times: number[] = [];
  for (let k = 0; k < 4; k++) {
    const begun = performance.now();
    forward(...inputs).dataSync();
    if (k > 0) times.push((performance.now() - begun) / 1000);
  }
  speeds.push({ dim, depth, L: tokens(32, 2), seconds: Math.min(...times) / batch });
  forward.dispose();
  tf.dispose([weights, inputs] as never);
}
const rate = Math.max(...speeds.map(({ dim, depth, L, seconds }) => work(dim, depth, L) / seconds));
const xl = work(1152, 28, tokens(32, 2));
igds.table([
  ...speeds.map(({ dim, depth, L, seconds }) => ({ model: `width ${dim}, ${depth} blocks`, "billion multiplications": work(dim, depth, L) / 1e9, "seconds per image and pass": seconds, how: "measured" })),
  { model: "DiT-XL/2", "billion multiplications": xl / 1e9, "seconds per image and pass": xl / rate, how: "scaled" },
])

// %% [markdown]
// The published figure for DiT-XL/2 is 118.6 billion. Now a whole distilled set. Each image takes 50 steps, each step two passes because of classifier-free guidance; guidance by formula adds the classifier, guidance through the denoiser (`gradient: "exact"`) about two passes more.

// %%
const hours = (images: number, passes: number) => (images * 50 * passes * xl) / rate / 3600;
const gpu = 150e12; // multiplications per second that a present data-centre GPU sustains in bfloat16, roughly
igds.table([[10, 1], [10, 10], [10, 50], [1000, 10]].map(([classes, ipc]) => ({
  set: `${classes} classes, IPC ${ipc}`,
  images: classes * ipc,
  "this machine, formula (hours)": hours(classes * ipc, 2),
  "this machine, exact (hours)": hours(classes * ipc, 4),
  "one GPU, formula (seconds, a rough guess)": (classes * ipc * 50 * 2 * xl) / gpu,
})), { digits: 1 })

// %% [markdown]
// ## Latents
//
// DiT-XL/2 never sees a pixel. The encoder of a VAE turns 256 x 256 x 3 numbers into 32 x 32 x 4, 48 times fewer, and a decoder turns them back. Three things follow for information guidance.
//
// **Distances.** The `mixture` bound needs only distances, so it works on latents unchanged; but its bandwidth must be taken from *latents of real images*. To see why, take a stand-in for the VAE whose inverse is exact: the Haar transform, which turns each 2 x 2 block of pixels into one mean and three differences. It keeps distances, so the bound does not change at all; scale the latents by 2, and the bound with the old bandwidth is wrong.

// %%
const haar = (images: igds.ImageBatch, back = false): igds.ImageBatch => {
  const [n, h, w, c] = images.shape;
  const [rows, columns] = back ? [h, w] : [h / 2, w / 2];
  const data = new Float32Array(images.data.length);
  const signs = [[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]];
  for (let i = 0; i < n; i++) for (let r = 0; r < rows; r++) for (let s = 0; s < columns; s++) {
    const pixel = (k: number) => ((i * rows * 2 + 2 * r + (k >> 1)) * columns * 2 + 2 * s + (k & 1));
    const latent = (k: number) => ((i * rows + r) * columns + s) * 4 + k;
    for (let k = 0; k < 4; k++) for (let m = 0; m < 4; m++) {
      if (back) data[pixel(m)] += 0.5 * signs[k][m] * images.data[latent(k)];
      else data[latent(k)] += 0.5 * signs[k][m] * images.data[pixel(m)];
    }
  }
  return { data, shape: back ? [n, 2 * h, 2 * w, c / 4] : [n, h / 2, w / 2, 4 * c] };
};
const six = igds.datasets.gather(dataset.train, dataset.shape, Array.from({ length: 6 }, (_, i) => 4 * i));
const latents = haar(six);
const again = haar(latents, true);
await igds.show(six, { columns: 6, title: `Six discs: ${six.shape.slice(1).join(" x ")}` });
const channel = (k: number): igds.ImageBatch => ({ data: latents.data.filter((_, i) => i % 4 === k), shape: [6, 8, 8, 1] });
await igds.show(igds.tensor.concatBatches([0, 1, 2, 3].map(channel)), { columns: 6, labels: ["mean", "across", "down", "diagonal"], range: [-2, 2], scale: 7, title: `Their Haar latents: ${latents.shape.slice(1).join(" x ")}` });
const s2 = igds.information.medianBandwidthOf(six.data, 256);
const doubled = latents.data.map((v) => 2 * v);
await igds.show(igds.table([
  { of: "pixels", "lower bound (nats)": igds.information.mixtureInformationOf(six.data, 256, s2).low },
  { of: "Haar latents, same bandwidth", "lower bound (nats)": igds.information.mixtureInformationOf(latents.data, 256, s2).low },
  { of: "latents doubled, same bandwidth", "lower bound (nats)": igds.information.mixtureInformationOf(doubled, 256, s2).low },
  { of: "latents doubled, bandwidth of latents", "lower bound (nats)": igds.information.mixtureInformationOf(doubled, 256, igds.information.medianBandwidthOf(doubled, 256)).low },
], { digits: 4 }));
igds.table([{ "round trip, largest error (pixels of [-1, 1])": again.data.reduce((most, v, i) => Math.max(most, Math.abs(v - six.data[i])), 0) }], { digits: 8 })

// %% [markdown]
// **The classifier.** Trained on latents (cheap, and `igds.nn.timeClassifier({ channels: 4, ... })` is the network for it), or on decoded images, which puts the decoder into every gradient (`igds.guidance.throughDecoder`).
//
// **Range.** `sample({ clip: false })`: latents are not confined to $[-1, 1]$.
//
// ## What is not here
//
// * **The weights of DiT-XL/2** are not shipped. They are published by Meta under **CC BY-NC 4.0: not for commercial use**. If you have the file `DiT-XL-2-256x256.pt`, give its name to `igds.open` as `denoiser`; the layout of diffusers is read as well.
// * **The VAE** of Stable Diffusion (`sd-vae-ft-mse`, MIT licence) is not shipped either; its folder is the `vae` of `igds.open`, and everything is then done on latents.
// * **ImageNet and Tiny ImageNet** are for non-commercial research and are not shipped.
// * **A GPU** is needed for sets of useful size: see the table of hours. The engine has run on one, an H100, where PyTorch was faster (`docs/speed.md`); set-up itself has not been run on such a machine (`environment.md`).
//
// So no number of the paper at that scale is reproduced here. What carries over is the code that you have seen: schedule, samplers, bounds and guidance do not know the size of the network. `npx igds miniature` writes generated pictures and random weights in the same files, and names the command that goes from them to scores; `docs/models-and-datasets.md` says how it goes with the real ones.
//
// ## Exercises
//
// 1. Why is XL/4 about four times cheaper than XL/2?
// 2. Put classifier-free guidance of the small DiT up to 4. What happens to class and variety?
// 3. How much memory do the activations take that `gradient: "exact"` has to keep, for one image?
//
// ## Answers
//
// **1.** Patches of 4 x 4 instead of 2 x 2: a quarter of the tokens.

// %%
igds.table([2, 4, 8].map((patch) => ({ model: `XL/${patch}`, tokens: tokens(32, patch), "billion multiplications": work(1152, 28, tokens(32, patch)) / 1e9 })), { digits: 1 })

// %% [markdown]
// **2.** The class gets surer, measured with the true posterior of the shapes; it is far below zero because unfinished shapes are taken for others. Guidance usually pays for that with variety (tutorial 2, exercise 2); this network is too unfinished to have variety to lose, and the mixture bound shows no loss.

// %%
const mixture = new igds.information.GaussianMixture(igds.datasets.procedural({ noise: 1 }).components);
const measure = (images: igds.ImageBatch) => {
  const logits = Float32Array.from(mixture.labelLogits(images.data));
  const low = [0, 1, 2, 3].map((y) => igds.information.mixtureInformationOf(images.data.subarray(y * 6 * 256, (y + 1) * 6 * 256), 256, 4 * s2).low);
  return { "prototype (nats)": igds.information.prototypeInformationOf(logits, labels).bound, "contextual, low (nats)": low.reduce((a, b) => a + b, 0) / 4 };
};
const strong = await sampled(4);
await igds.show(strong, { classes: dataset.classes, by: "rows", title: "Scale 4" });
igds.table([{ scale: 1.5, ...measure(shown) }, { scale: 4, ...measure(strong) }])

// %% [markdown]
// **3.** Each block keeps its inputs and inner results, about $L\,(18 d) + h\,L^2$ numbers with $h$ heads: queries, keys, values, the perceptron's $4d$ before and after its nonlinearity, the normalised inputs, and the attention weights.

// %%
const kept = (d: number, depth: number, h: number, L: number) => depth * (18 * L * d + h * L * L);
igds.table([{ model: "DiT-XL/2", "activations of one image, float32 (GB)": (4 * kept(1152, 28, 16, 256)) / 1e9, "with classifier-free guidance (GB)": (8 * kept(1152, 28, 16, 256)) / 1e9 }], { digits: 2 })
