// The whole way with models that others have published: pictures to latents, a classifier of latents, a DiT guided there, and
// its latents decoded to a distilled set of pictures.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gather } from "../../src/datasets/batches";
import { classList } from "../../src/datasets/classLists";
import type { Dataset, Split } from "../../src/datasets/dataset";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import { type Autoencoder, loadAutoencoder } from "../../src/diffusion/autoencoder";
import type { Denoiser } from "../../src/diffusion/denoiser";
import { latentDataset } from "../../src/diffusion/latentDataset";
import { isLatent, type LatentDataset } from "../../src/diffusion/latents";
import { loadDenoiser } from "../../src/diffusion/loadDenoiser";
import { publishedDenoiser } from "../../src/diffusion/publishedDenoiser";
import { alphaBar } from "../../src/diffusion/schedule";
import { selectClasses } from "../../src/diffusion/selectClasses";
import { trainClassifier } from "../../src/diffusion/trainClassifier";
import { distill, distillInto } from "../../src/distill/distill";
import { Distiller } from "../../src/distill/distiller";
import { open, openDataset } from "../../src/distill/open";
import { guidanceOf } from "../../src/distill/settings";
import { evaluateTerm } from "../../src/guidance/evaluateTerm";
import { loadClassifier } from "../../src/guidance/loadClassifier";
import { prototype } from "../../src/guidance/prototype";
import { throughDecoder } from "../../src/guidance/throughDecoder";
import { timeClassifier, timeClassifierDefaults } from "../../src/nn/timeClassifier";
import { sliceBatch } from "../../src/tensor/batch";
import type { ProgressEvent } from "../../src/tensor/progress";
import { Seed } from "../../src/tensor/random";
import { writeImageNet } from "../datasets/pictures";

const fixture = path.join(__dirname, "..", "fixtures", "dit-small");

/** The procedural pictures in three channels. */
function pictures(): Dataset {
  const grey = proceduralDataset(procedural({ noise: 0.2 }), 40, new Seed(0));
  const [height, width] = grey.shape;
  const coloured = (split: Split): Split => ({
    ...split,
    images: Uint8Array.from({ length: 3 * split.images.length }, (_, i) => split.images[Math.floor(i / 3)]!),
  });
  return {
    ...grey,
    name: "coloured-shapes",
    shape: [height, width, 3],
    train: coloured(grey.train),
    test: coloured(grey.test),
  };
}

describe("a latent diffusion model that others have published", () => {
  const dataset = pictures();
  let autoencoder: Autoencoder;
  let latents: LatentDataset;
  let denoiser: Denoiser;
  let folder: string;
  let distiller: Distiller;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "latent-"));
    autoencoder = await loadAutoencoder(path.join(fixture, "diffusers", "vae"));
    latents = await latentDataset(dataset, autoencoder);
    // The four classes of the data stand for four of the denoiser's ten.
    denoiser = await publishedDenoiser(path.join(fixture, "dit.pt"), { classes: [7, 1, 4, 2] });
    const [height, width, channels] = latents.shape;
    const network = timeClassifier({
      ...timeClassifierDefaults,
      widths: [16, 32],
      height,
      width,
      channels,
      classes: 4,
    });
    const file = path.join(folder, "classifier.safetensors");
    for await (const _ of trainClassifier(network, latents, { file, steps: 60, batch: 32, rate: 3e-3 }));
    distiller = new Distiller(latents, denoiser, await loadClassifier(file));
  }, 120_000);
  afterAll(async () => {
    distiller?.dispose();
    autoencoder?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  it("is told apart from a dataset of pictures, and has its pictures at hand", () => {
    expect(isLatent(latents)).toBe(true);
    expect(isLatent(dataset)).toBe(false);
    expect(latents.pictures).toBe(dataset);
    expect(latents.shape).toEqual([8, 8, 4]);
    expect(latents.train.values).toHaveLength(dataset.train.count * 8 * 8 * 4);
  });

  it("gives pictures where real ones are selected", async () => {
    const { images } = await distill(distiller, { method: "random", ipc: 1 });
    expect(images.shape).toEqual([4, ...dataset.shape]);
    expect(images.data).toEqual((await distill(dataset, { method: "random", ipc: 1 })).images.data);
  });

  it("encodes as many at once as fit, the same as one by one", async () => {
    const data = new Seed("x").normal(3 * 32 * 32 * 3);
    const images = { data, shape: [3, 32, 32, 3] as const };
    const together = autoencoder.encode(images);
    const alone = autoencoder.encode(sliceBatch(images, 2, 3)).data;
    together.data.slice(2 * alone.length).forEach((value, i) => {
      expect(Math.abs(value - alone[i]!)).toBeLessThan(1e-5);
    });
    expect(() => autoencoder.decode(images)).toThrow(/decodes 4 channels; found 3/);
    const odd = { ...dataset, shape: [31, 33, 3] as const };
    await expect(latentDataset(odd, autoencoder)).rejects.toThrow(/sides divisible by 2.*found 31 x 33/);
  });

  it("answers for the chosen classes as for those of the whole", async () => {
    const whole = await loadDenoiser(path.join(fixture, "dit.pt"));
    const x = { data: new Seed("x").normal(2 * 256), shape: [2, 8, 8, 4] as const };
    const ask = (of: Denoiser, labels: number[]) =>
      of.epsilon(x, { t: 400, labels: Int32Array.from(labels), guidanceScale: 3 });
    const [few, all] = [ask(denoiser, [0, 3]), ask(whole, [7, 2])];
    expect(Math.max(...few.map((value, i) => Math.abs(value - all[i]!)))).toBeLessThan(1e-5);
    whole.dispose();
  });

  it("is guided on latents, and makes a set of pictures that says what it was made of", async () => {
    const out = path.join(folder, "set");
    const options = {
      method: "igds",
      ipc: 2,
      steps: 8,
      sampler: "ddpm-learned",
      guidedChannels: 3,
      weight: 20,
    } as const;
    const manifest = await distillInto(out, distiller, options);
    expect(manifest.images).toHaveLength(8);
    expect(manifest.settings).toMatchObject({
      sampling: { sampler: "ddpm-learned", guidedChannels: 3 },
      autoencoder: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(manifest.checkpoint).toMatchObject({ file: "dit.pt", as: { classes: [7, 1, 4, 2] } });
    const picture = await sharp(await readFile(path.join(out, manifest.images[0]!.file))).metadata();
    expect([picture.width, picture.height]).toEqual([16, 16]);

    // Untrained, this denoiser draws nothing that could be recognised: steering shows on latents of real pictures.
    const labels = [0, 0, 1, 1];
    const guide = distiller.guide(labels, guidanceOf("igds", { weight: 5, beta: 0, setWeight: 0 }));
    const others = Array.from({ length: latents.train.count }, (_, i) => i).filter(
      (i) => latents.train.labels[i] === 2,
    );
    const real = gather(latents.train, latents.shape, others.slice(0, 4));
    const at = {
      t: 300,
      alphaBar: alphaBar[300]!,
      x: real.data,
      x0: real.data,
      epsilon: real.data.map(() => 0),
      bounds: null,
    };
    const { change } = guide.at(at);
    const worth = (data: Float32Array) =>
      evaluateTerm(prototype(distiller.classifier), { ...real, data }, { labels }).value;
    const [before, after] = [worth(real.data), worth(real.data.map((value, i) => value + change![i]!))];
    for (const [i, value] of after.entries()) expect(value).toBeGreaterThan(before[i]!);
  }, 120_000);

  it("is guided by a classifier of pictures through the decoder", async () => {
    const [height, width, channels] = dataset.shape;
    const network = timeClassifier({
      ...timeClassifierDefaults,
      widths: [8, 16],
      height,
      width,
      channels,
      classes: 4,
    });
    const file = path.join(folder, "pictures.safetensors");
    for await (const _ of trainClassifier(network, dataset, { file, steps: 5, batch: 16 }));
    const ofPictures = await loadClassifier(file);
    const term = throughDecoder(prototype(ofPictures), autoencoder);
    const labels = [0, 1];
    const run = distiller.start({
      method: "diffusion",
      classes: labels,
      steps: 4,
      terms: [{ term, weight: 5 }],
    });
    await run.finish();
    expect(run.last.guidance.terms.map(({ name }) => name)).toContain("prototype, decoded");
    // The term of the latent is that of its picture.
    const { x0 } = run.last;
    const decoded = evaluateTerm(term, x0, { labels });
    const seen = evaluateTerm(prototype(ofPictures), autoencoder.decode(x0), { labels });
    decoded.value.forEach((value, i) => {
      expect(value).toBeCloseTo(seen.value[i]!, 4);
    });
    expect(() => throughDecoder(prototype(ofPictures, "xt"), autoencoder)).toThrow(
      /expected a term of x0hat/,
    );
  }, 120_000);

  it("is opened by the names of its files, for a subset of ImageNet in its own folders", async () => {
    const root = path.join(folder, "nette");
    const classes = classList("imagenette").map(({ wnid }) => wnid);
    await writeImageNet(root, classes, { train: 3, val: 3 });
    const events: number[] = [];
    const options = {
      folder: root,
      size: 16,
      vae: path.join(fixture, "diffusers", "vae"),
      latents: path.join(folder, "latents"),
      denoiser: path.join(fixture, "dit.pt"),
      onProgress: ({ label, done }: ProgressEvent) => {
        if (label.includes("latents")) events.push(done);
      },
    };
    const encoded = await openDataset("imagenette", options);
    expect(encoded).toMatchObject({ classes, shape: [8, 8, 4] });
    expect(events.at(-1)).toBe(30);
    const [height, width, channels] = encoded.shape;
    const config = { ...timeClassifierDefaults, widths: [8], height, width, channels, classes: 10 };
    const classifier = path.join(folder, "nette-classifier.safetensors");
    for await (const _ of trainClassifier(timeClassifier(config), encoded, {
      file: classifier,
      steps: 2,
      batch: 4,
    }));
    events.length = 0;
    const opened = await open("imagenette", { ...options, classifier });
    expect(events).toEqual([]); // the latents were there
    const run = opened.start({ classes: ["n03888257"], steps: 3 });
    expect(opened.pictures(await run.finish()).shape).toEqual([1, 16, 16, 3]);
    opened.dispose();
    await expect(
      open(dataset, { ...options, classifier, size: undefined, latents: path.join(folder, "other") }),
    ).rejects.toThrow(/denoiser knows 10 classes, but the dataset has 4/);
  }, 120_000);

  it("says what is wrong with what it is given", async () => {
    await expect(publishedDenoiser(path.join(fixture, "diffusers", "vae"))).rejects.toThrow(
      /expected a DiT .* or a UNet2DModel/,
    );
    await expect(loadAutoencoder(fixture)).rejects.toThrow(/Expected|expected|lacks|not/);
    await expect(loadAutoencoder(folder)).rejects.toThrow(/found no config\.json/);
    const weights = denoiser.weights();
    expect(() => selectClasses(denoiser.network, weights, [0, 4])).toThrow(
      /4 is not a class: this denoiser knows 0\.\.3/,
    );
    expect(() => selectClasses(denoiser.network, weights, [1, 1])).toThrow(/named twice/);
    expect(() => new Distiller(dataset, denoiser, distiller.classifier)).toThrow(/denoiser is for 8 x 8 x 4/);
  });
});
