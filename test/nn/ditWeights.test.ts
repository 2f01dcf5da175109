import { readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Denoiser } from "../../src/diffusion/denoiser";
import { readDiT } from "../../src/nn/ditWeights";
import type { TorchTensors } from "../../src/nn/torchWeights";
import { openWeights, type WeightFile } from "../../src/nn/weightFile";
import { type Tensor, type Tensor1D, type Tensor4D, tf } from "../../src/tensor/engine";

const folder = path.join(__dirname, "..", "fixtures", "dit-small");
const json = (...names: string[]) => JSON.parse(readFileSync(path.join(folder, ...names), "utf8"));
const opened: WeightFile[] = [];
const openIn = async (...names: string[]) => {
  const file = await openWeights(path.join(folder, ...names));
  opened.push(file);
  return file;
};
afterEach(async () => {
  for (const file of opened.splice(0)) await file.close();
});
const original = () => openIn("dit.safetensors");
const diffusers = () => openIn("diffusers", "transformer", "diffusion_pytorch_model.safetensors");

async function expected() {
  const file = await openIn("expected.safetensors");
  const images = async (name: string) =>
    tf.transpose(
      tf.tensor(await file.read(name), file.entries.get(name)!.shape as Tensor4D["shape"]),
      [0, 2, 3, 1],
    ) as Tensor4D;
  const indices = async (name: string) => tf.tensor1d(await file.read(name), "int32") as Tensor1D;
  return { x: await images("x"), t: await indices("t"), y: await indices("y"), images };
}

const difference = (a: Tensor, b: Tensor) => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;

/** The file with some tensors replaced, added, or (null) taken away. */
function changed(
  file: TorchTensors,
  changes: Record<string, { shape: number[]; values: Float32Array } | null>,
): TorchTensors {
  const entries = new Map(file.entries);
  for (const [name, change] of Object.entries(changes)) {
    if (change) entries.set(name, { shape: change.shape });
    else entries.delete(name);
  }
  return {
    file: "weights",
    entries,
    read: async (name) => changes[name]?.values ?? file.read(name),
  };
}

describe("a DiT written by PyTorch", () => {
  it.each([
    ["original", original, () => json("config.json"), "forward"],
    ["diffusers", diffusers, () => json("diffusers", "transformer", "config.json"), "forward_diffusers"],
  ])("answers as there, epsilon and variance, in the layout of %s", async (layout, file, config, name) => {
    const loaded = await readDiT(await file(), config());
    expect(loaded.layout).toBe(layout);
    expect(loaded.network.config).toMatchObject({ height: 8, patch: 2, dim: 72, depth: 3, classes: 10 });
    const { x, t, y, images } = await expected();
    const wanted = await images(name);
    expect(difference(loaded.network.applyWithVariance!(loaded.weights, x, t, y), wanted)).toBeLessThan(1e-5);
    const epsilon = tf.split(wanted, 2, 3)[0]!;
    expect(difference(loaded.network.apply(loaded.weights, x, t, y), epsilon)).toBeLessThan(1e-5);
  });

  it("is a denoiser like any other: compiled, guided, with a gradient", async () => {
    const { network, weights } = await readDiT(await original(), json("config.json"));
    const { x, images } = await expected();
    const denoiser = new Denoiser(network, weights);
    const batch = { data: x.dataSync() as Float32Array, shape: x.shape };
    const labels = Int32Array.of(0, 9, 10);
    const condition = { t: 417, labels, guidanceScale: 1 };
    const epsilon = denoiser.epsilon(batch, condition);
    const wanted = tf.split(await images("forward"), 2, 3)[0]!.dataSync();
    // Image 1 of the fixture is at t = 417.
    for (let i = 256; i < 512; i++) expect(epsilon[i]).toBeCloseTo(wanted[i]!, 4);
    const back = denoiser.pullback(batch, { ...condition, guidanceScale: 2 }, new Float32Array(768).fill(1));
    expect(back.every(Number.isFinite)).toBe(true);
    denoiser.dispose();
  });

  it("needs no config in the published sizes, and says when the heads cannot be told", async () => {
    await expect(readDiT(await original(), null)).rejects.toThrow(
      /heads cannot be told.*width 72.*num_heads/,
    );
    await expect(readDiT(await diffusers(), null)).rejects.toThrow(/needs its config.json/);
  });

  it("refuses weights that are not those of the config, naming the first", async () => {
    const file = await original();
    const config = json("config.json");
    const cases: [TorchTensors, object, RegExp][] = [
      [file, { ...config, depth: 4 }, /config says depth 4, but the weights are of 3/],
      [file, { ...config, num_classes: 1000 }, /num_classes 1000, but the weights are of 10/],
      [file, { ...config, num_heads: "4" }, /config of .*not that of a DiT(.|\n)*num_heads/],
      [file, { ...config, num_heads: 5 }, /width 72 .* heads that divides it; found 5/],
      [
        changed(file, { "blocks.1.attn.qkv.bias": null }),
        config,
        /weights lacks the tensor "blocks.1.attn.qkv.bias": expected it with shape 216/,
      ],
      [
        changed(file, { "blocks.2.mlp.fc1.weight": { shape: [72, 288], values: new Float32Array(20736) } }),
        config,
        /"blocks.2.mlp.fc1.weight" is 72 x 288, expected 288 x 72/,
      ],
      [
        changed(file, { odd: { shape: [2], values: new Float32Array(2) } }),
        config,
        /tensor "odd" \(2\) that this network does not know.*found 43/,
      ],
      [
        changed(file, { "x_embedder.proj.weight": null }),
        config,
        /lacks the tensor "x_embedder.proj.weight"/,
      ],
    ];
    for (const [weights, of, message] of cases) await expect(readDiT(weights, of)).rejects.toThrow(message);
  });

  it("says how to open a training checkpoint", async () => {
    const file = await original();
    const entries = new Map(
      ["model", "ema"].flatMap((part) =>
        [...file.entries].map(([name, entry]) => [`${part}.${name}`, entry] as const),
      ),
    );
    await expect(
      readDiT({ file: "0050000.pt", entries, read: file.read }, json("config.json")),
    ).rejects.toThrow(
      /0050000\.pt: .*training checkpoint with "ema" and "model"\. Open it with openWeights\(file, \{ part: "ema" \}\)/,
    );
  });

  it("refuses diffusers' copies of the embeddings when they are not equal", async () => {
    const file = await diffusers();
    const name = "transformer_blocks.2.norm1.emb.timestep_embedder.linear_2.bias";
    const values = (await file.read(name)).slice();
    values[7] = 100;
    await expect(
      readDiT(
        changed(file, { [name]: { shape: [72], values } }),
        json("diffusers", "transformer", "config.json"),
      ),
    ).rejects.toThrow(/linear_2.bias" must be a copy of "transformer_blocks.0.*value 7 is 100/);
  });
});
