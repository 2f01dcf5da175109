// ---
// jupyter:
//   kernelspec:
//     display_name: TypeScript (IGDS)
//     language: typescript
//     name: igds
// ---

// %% [markdown]
// # Distill your own image folder
//
// **What you will see.** A folder of pictures, sorted by class as anybody might have it, becomes a distilled set: read it, train a small denoiser and a small classifier on it, draw a few images per class, check them, and score them. Nothing here is special to the data; put your own folder in its place.
//
// About fifteen minutes, of which one is training. The models are tiny on purpose; what to do in earnest is said at the end.

// %%
import * as igds from "igds";
import { mkdtemp } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick", folder: "", size: 16, ipc: 5, seed: 0 });

// %%
const test = p.profile === "test";
const work = await mkdtemp(path.join(os.tmpdir(), "igds-own-"));
const file = (name: string) => path.join(work, name);

// %% [markdown]
// ## A folder
//
// The folder has one folder per class with `.png`, `.jpg` or `.webp` files of any size:
//
//     my-pictures/
//       boots/    0.png  1.png  ...
//       shirts/   ...
//       bags/     ...
//
// Set the parameter `folder` to yours. If it is empty, this cell makes one from Fashion-MNIST, as real files.

// %%
let folder = p.folder;
if (folder === "") {
  folder = file("my-pictures");
  const source = await igds.loadDataset("fashion-mnist");
  const kinds = { boots: "Ankle boot", shirts: "T-shirt/top", bags: "Bag" };
  const perClass = test ? 100 : 500;
  const chosen = Object.values(kinds).flatMap((name) => {
    const label = source.classes.indexOf(name);
    return Array.from(source.train.labels.keys()).filter((i) => source.train.labels[i] === label).slice(0, perClass);
  });
  await igds.datasets.writeImages(folder, Object.keys(kinds), igds.datasets.gather(source.train, source.shape, chosen), chosen.map((_, i) => Math.floor(i / perClass)));
}

// %% [markdown]
// `folderDataset` reads it, brings every picture to one size, and keeps a sixth of each class for the final test. Diffusion in pixels is for small pictures (16 to 32 pixels on a processor); for larger ones see [tutorial 8](08-to-dit-xl-2.ipynb).

// %%
const dataset = await igds.folderDataset(folder, { size: p.size });
const count = dataset.classes.length;
const some = dataset.classes.flatMap((_, label) => Array.from(dataset.train.labels.keys()).filter((i) => dataset.train.labels[i] === label).slice(0, 10));
await igds.show(igds.datasets.gather(dataset.train, dataset.shape, some), { classes: dataset.classes, by: "rows", scale: 3, title: `${dataset.name}: ${dataset.train.count} pictures to learn from, ${dataset.test.count} to test on` });

// %% [markdown]
// ## A denoiser and a classifier of your own
//
// Both train in this cell and are saved as `.safetensors` files. A cell that is interrupted goes on from where it was when it is run again.

// %%
const space = { height: p.size, width: p.size, channels: dataset.shape[2], classes: count };
const train = async (what: string, events: AsyncIterable<{ step: number; steps: number; loss: number }>) => {
  let bar: igds.Progress | undefined;
  const losses: igds.plot.LossPoint[] = [];
  for await (const { step, steps, loss } of events) {
    bar ??= igds.progress(what, steps);
    bar.set(step, `loss ${loss.toFixed(3)}`);
    losses.push({ step, loss });
  }
  await bar?.finish();
  return losses;
};
const unet = igds.nn.unet({ ...igds.nn.unetDefaults, widths: [24, 48, 96], blocks: [1, 1, 1], ...space });
const losses = await train("denoiser", igds.diffusion.trainDenoiser(unet, dataset, { file: file("denoiser.safetensors"), steps: test ? 8 : 600, batch: 64, rate: 2e-3, average: 0.99 }));
const guide = igds.nn.timeClassifier({ ...igds.nn.timeClassifierDefaults, widths: [16, 32, 64], ...space });
await train("classifier", igds.diffusion.trainClassifier(guide, dataset, { file: file("classifier.safetensors"), steps: test ? 8 : 200, batch: 64 }));
igds.figure(igds.plot.lossCurve(losses, { title: "Training the denoiser" }))

// %% [markdown]
// `open` takes the dataset and the two files. From here on everything is as with the shipped models.

// %%
const distiller = await igds.open(dataset, { denoiser: file("denoiser.safetensors"), classifier: file("classifier.safetensors") });
const run = distiller.start({ ipc: p.ipc, seed: p.seed, steps: test ? 4 : 25 });
await run.finish();
igds.grid(run.images, { classes: dataset.classes, by: "rows", scale: 4, title: "IGDS, your pictures" })

// %% [markdown]
// ## A distilled set as files
//
// `distillInto` writes PNG files and a manifest with every setting, and goes on where it was stopped. `diffusion` draws the same noise without information guidance; `random` picks real pictures.

// %%
const methods = ["random", "diffusion", "igds"] as const;
const sets = new Map<string, Awaited<ReturnType<typeof igds.datasets.readImageFolder>>>();
for (const method of methods) {
  const sampling = method === "random" ? {} : { steps: test ? 4 : 25 };
  await igds.distillInto(file(method), distiller, { method, ipc: p.ipc, seed: p.seed, ...sampling, onProgress: igds.progressBars() });
  sets.set(method, await igds.datasets.readImageFolder(file(method), dataset));
}
for (const [method, set] of sets) await igds.show(set, { classes: dataset.classes, by: "rows", scale: 3, title: igds.plot.methodLabel(method) });
const { settings } = await igds.readManifest(file("igds"));
settings

// %% [markdown]
// ## Audit
//
// An audit asks what is in a set, without believing its maker: both bounds, how well it covers the real pictures, copies of training pictures, labels that a classifier doubts. Its judge is a separate classifier of the real pictures.

// %%
const reference = await igds.evaluate.trainReferenceClassifier(dataset, { steps: test ? 10 : 150, batch: 64, onProgress: igds.progressBars() });
const audits = [];
for (const [method, set] of sets) {
  const audit = await igds.auditSet(set, dataset, { reference, evaluation: null });
  audits.push({
    method,
    "prototype (nats)": audit.information.prototype[0].bound,
    "contextual, low (nats)": audit.information.contextual.mixture.low,
    coverage: audit.coverage.set.coverage,
    "near-copies": audit.copies.near,
    "doubtful labels": audit.suspicious.length,
  });
}
igds.table(audits, { caption: `Ceilings: prototype ln ${count} = ${Math.log(count).toFixed(2)}, contextual ln ${p.ipc} = ${Math.log(p.ipc).toFixed(2)} nats`, digits: 2 })

// %% [markdown]
// `random` has near-copies by construction: it *is* training pictures. A small denoiser that was trained long on few pictures begins to repeat them as well; this column is where you would see it. IGDS covers fewer of the real pictures (the share with a neighbour in the set): its images lie further from any single one, and from each other. What networks make of that is asked next.
//
// ## Score
//
// Networks trained from scratch on each set, tested on the pictures that were kept aside.

// %%
const scores = [];
for (const [method, set] of sets) {
  const { last } = await igds.evaluateSet(set, dataset, { seeds: test ? [0] : [0, 1, 2], steps: test ? 5 : 150, checkpoints: 1 });
  scores.push({ method: igds.plot.methodLabel(method), "accuracy (%)": last.mean, "± (95 %, networks only)": last.ci95 });
}
igds.table(scores, { digits: 1 })

// %% [markdown]
// One set per method says little about the method: its interval covers the networks, not the draw of the set. `distill` with several seeds and `igds.evaluate.evaluateSets` (or `igds evaluate out/set-[0-5]`) give intervals that contain both; [accuracy over IPC](../figures/accuracy-over-ipc.ipynb) has them for every method.
//
// ## To do it in earnest
//
// * **Train longer.** The shipped denoiser of Fashion-MNIST took 8,000 steps at 28 x 28 pixels; the loss curve above still falls.
// * **More pictures.** Some hundred per class teach a shape, not its variety.
// * **From the command line** the same steps are `igds train`, `igds distill`, `igds audit` and `igds evaluate`.
//
// ## Exercises
//
// 1. Break labels: swap those of one picture of the first class and one of the second. Does the audit find both?
// 2. How large is the whole set as files, against the folder?
//
// ## Answers
//
// **1.** Swap the labels of the first two classes' first pictures and ask for the least likely labels.

// %%
const real = sets.get("random")!;
const swapped = { ...real, labels: real.labels.slice() };
[swapped.labels[0], swapped.labels[p.ipc]] = [real.labels[p.ipc], real.labels[0]];
const found = await igds.auditSet(swapped, dataset, { reference, evaluation: null });
igds.table(found.suspicious.slice(0, 5).map(({ image, label, found, probability, probabilityOfLabel }) => ({ image, label, "looks like": found, "how sure": probability, "its label": probabilityOfLabel })), { digits: 2 })

// %% [markdown]
// **2.** Sum the sizes of the files.

// %%
import { readdir, stat } from "node:fs/promises";
const bytes = async (of: string) => {
  const names = await readdir(of, { recursive: true });
  const sizes = await Promise.all(names.filter((name) => name.endsWith(".png")).map(async (name) => (await stat(path.join(of, name))).size));
  return sizes.reduce((a, b) => a + b, 0);
};
igds.table([{ "folder (kB)": (await bytes(folder)) / 1000, "distilled set (kB)": (await bytes(file("igds"))) / 1000 }], { digits: 1 })
