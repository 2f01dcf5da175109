import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TorchTensors } from "../../src/nn/torchWeights";
import { vae, vaeDefaults } from "../../src/nn/vae";
import { readVae, vaeConfig } from "../../src/nn/vaeWeights";
import { openWeights, type WeightFile } from "../../src/nn/weightFile";
import { compileWith } from "../../src/tensor/compile";
import { type Tensor, type Tensor4D, tf } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";

const folder = path.join(__dirname, "..", "fixtures", "dit-small");
const config = JSON.parse(readFileSync(path.join(folder, "diffusers", "vae", "config.json"), "utf8"));
const difference = (a: Tensor, b: Tensor) => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;

describe("the VAE of Stable Diffusion", () => {
  let file: WeightFile;
  let expected: WeightFile;
  beforeAll(async () => {
    file = await openWeights(path.join(folder, "diffusers", "vae", "diffusion_pytorch_model.safetensors"));
    expected = await openWeights(path.join(folder, "expected.safetensors"));
  });
  afterAll(async () => {
    await file.close();
    await expected.close();
  });
  const images = async (name: string) =>
    tf.transpose(
      tf.tensor(await expected.read(name), expected.entries.get(name)!.shape as Tensor4D["shape"]),
      [0, 2, 3, 1],
    ) as Tensor4D;

  it("encodes and decodes as diffusers does", async () => {
    const { vae: built, weights } = await readVae(file, config);
    const { mean, logvar } = built.encode(weights, await images("vae_image"));
    expect(difference(mean, await images("vae_mean"))).toBeLessThan(1e-5);
    expect(difference(logvar, await images("vae_logvar"))).toBeLessThan(1e-5);
    const decoded = built.decode(weights, await images("vae_z"));
    expect(difference(decoded, await images("vae_decode"))).toBeLessThan(3e-5);
  });

  it("runs compiled, with a gradient by the latents", async () => {
    const { vae: built, weights } = await readVae(file, config);
    const z = await images("vae_z");
    const decode = compileWith(weights, (w, latents: Tensor4D) => built.decode(w, latents));
    expect(difference(decode(z), built.decode(weights, z))).toBeLessThan(1e-5);
    decode.dispose();
    const gradient = tf.grad((latents: Tensor) => tf.sum(built.decode(weights, latents as Tensor4D)))(z);
    expect(gradient.shape).toEqual(z.shape);
    expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
  });

  it("knows the old names of the attention, as layers and as convolutions", async () => {
    const { vae: built, weights } = await readVae(file, config);
    const oldName = (name: string) =>
      name
        .replace("to_q", "query")
        .replace("to_k", "key")
        .replace("to_v", "value")
        .replace("to_out.0", "proj_attn");
    const newNames = new Map([...file.entries.keys()].map((name) => [oldName(name), name]));
    const old: TorchTensors = {
      file: "old",
      entries: new Map(
        [...file.entries].map(([name, { shape }]) => {
          const convolution = name.includes(".attentions.") && shape.length === 2;
          return [oldName(name), { shape: convolution ? [...shape, 1, 1] : shape }];
        }),
      ),
      read: (name) => file.read(newNames.get(name)!),
    };
    const again = await readVae(old, config);
    const z = await images("vae_z");
    expect(difference(again.vae.decode(again.weights, z), built.decode(weights, z))).toBe(0);
  });

  it("has as many weights as the published one", () => {
    const { parameters } = vae(vaeDefaults);
    expect(parameters.count).toBe(83_653_863);
    const counts = { encoder: 0, decoder: 0 };
    for (const [name, { shape }] of parameters.entries) {
      const part = name.split(".")[0]!;
      if (part in counts) counts[part as keyof typeof counts] += shape.reduce((a, b) => a * b, 1);
    }
    expect(counts).toEqual({ encoder: 34_163_592, decoder: 49_490_179 });
  });

  it("scales latents and undoes it", () => {
    const built = vae({ ...vaeDefaults, widths: [4, 8], groups: 2, shiftFactor: 0.5 });
    const z = tf.tensor4d(new Seed(0).normal(64), [1, 4, 4, 4]);
    expect(difference(built.unscale(built.scale(z)), z)).toBeLessThan(1e-5);
    expect(difference(built.scale(z), tf.mul(tf.sub(z, 0.5), 0.18215))).toBeLessThan(1e-6);
  });

  it("says what does not fit", async () => {
    const small = vae({ ...vaeDefaults, widths: [4, 8], groups: 2 });
    const weights = small.parameters.initialise(new Seed(0));
    expect(() => small.encode(weights, tf.zeros([1, 5, 4, 3]))).toThrow(/divisible by 2; found 5 x 4/);
    expect(() => vae({ ...vaeDefaults, widths: [30] })).toThrow(/32 groups .* found 30/);
    await expect(readVae(file, { ...config, layers_per_block: 3 })).rejects.toThrow(
      /lacks the tensor "encoder.down_blocks.0.resnets.2.norm1.weight".*shape 32/,
    );
    await expect(readVae(file, { ...config, latent_channels: 3 })).rejects.toThrow(
      /"encoder.conv_out.weight" is 8 x 64 x 3 x 3, expected 6 x 64 x 3 x 3/,
    );
    expect(() => vaeConfig({ block_out_channels: "many" }, "vae/config.json")).toThrow(
      /not the config of an AutoencoderKL(.|\n)*block_out_channels/,
    );
    expect(() => vaeConfig({ ...config, down_block_types: ["AttnDownEncoderBlock2D"] }, "c")).toThrow(
      /down_block_types/,
    );
  });
});
