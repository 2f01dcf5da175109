import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { Denoiser, denoiserNetwork } from "../../src/diffusion/denoiser";
import { unet2d, unet2dDefaults } from "../../src/nn/unet2d";
import { readUNet2D, unet2dConfig } from "../../src/nn/unet2dWeights";
import { openWeights } from "../../src/nn/weightFile";
import { type Tensor4D, tf } from "../../src/tensor/engine";

const fixtures = path.join(__dirname, "..", "fixtures");
const configOf = (name: string) => JSON.parse(readFileSync(path.join(fixtures, name, "config.json"), "utf8"));

async function load(name: string, options = {}) {
  const file = await openWeights(path.join(fixtures, name, "diffusion_pytorch_model.safetensors"));
  try {
    return await readUNet2D(file, configOf(name), options);
  } finally {
    await file.close();
  }
}

describe.each([
  ["unet2d-small", {}],
  ["unet2d-ddpm", { classes: 6 }],
])("%s", (name, options) => {
  it("answers as diffusers does", async () => {
    const { network, weights } = await load(name, options);
    const expected = await openWeights(path.join(fixtures, name, "expected.safetensors"));
    const read = async (tensor: string) =>
      tf.tensor(await expected.read(tensor), expected.entries.get(tensor)!.shape as number[]);
    const nhwc = async (tensor: string) => tf.transpose(await read(tensor), [0, 2, 3, 1]) as Tensor4D;
    const t = (await read("t")).as1D();
    const y = (await read("y")).as1D().toInt();
    const answer = network.apply(weights, await nhwc("x"), t, y);
    const difference = tf.max(tf.abs(tf.sub(answer, await nhwc("epsilon")))).dataSync()[0]!;
    await expected.close();
    expect(difference).toBeLessThan(1e-5);
    // As a checkpoint keeps it, the config builds the same network.
    const again = denoiserNetwork(JSON.parse(JSON.stringify(network.config)));
    expect([...again.parameters.entries]).toEqual([...network.parameters.entries]);
  });

  it("is refused with a config that is not its own, and with what cannot be built", async () => {
    const config = configOf(name);
    const file = await openWeights(path.join(fixtures, name, "diffusion_pytorch_model.safetensors"));
    await expect(readUNet2D(file, { ...config, layers_per_block: 2 }, options)).rejects.toThrow(
      /lacks the tensor "down_blocks\.0\.resnets\.1\.norm1\.weight"/,
    );
    await expect(readUNet2D(file, { ...config, norm_num_groups: 8 }, options)).rejects.toThrow(
      /8 groups needs even widths that they divide; found 12/,
    );
    for (const other of [
      { act_fn: "gelu" },
      { class_embed_type: "timestep" },
      { down_block_types: ["SkipDownBlock2D", "DownBlock2D"] },
      { downsample_type: "resnet" },
    ])
      await expect(readUNet2D(file, { ...config, ...other }, options)).rejects.toThrow(
        new RegExp(`not the config of a UNet2DModel[^]*${Object.keys(other)[0]}`),
      );
    await file.close();
  });
});

describe("a UNet2DModel", () => {
  it("has as many weights as the published one for CIFAR-10", () => {
    const network = unet2d({ ...unet2dDefaults, height: 32, width: 32, channels: 3, classes: 10 });
    expect(network.parameters.count).toBe(35_746_307);
  });

  it("without a null class is sampled from without classifier-free guidance", async () => {
    const { network, weights } = await load("unet2d-ddpm", { classes: 2 });
    const denoiser = new Denoiser(network, weights);
    const x = { data: new Float32Array(2 * 192).fill(0.5), shape: [2, 8, 8, 3] as const };
    const condition = { t: 300, labels: Int32Array.of(0, 1), guidanceScale: 1 };
    const epsilon = denoiser.epsilon(x, condition);
    // It knows no classes.
    const apart = epsilon.slice(0, 192).map((value, i) => Math.abs(value - epsilon[192 + i]));
    expect(Math.max(...apart)).toBeLessThan(1e-5);
    expect(() => denoiser.epsilon(x, { ...condition, guidanceScale: 1.5 })).toThrow(
      /expected guidanceScale 1, found 1.5/,
    );
    denoiser.dispose();
  });

  it("with a null class, its last row, is guided", async () => {
    const { network, weights } = await load("unet2d-small", { classes: 5 });
    const denoiser = new Denoiser(network, weights);
    const x = {
      data: Float32Array.from({ length: 192 }, (_, i) => Math.sin(i)),
      shape: [1, 8, 8, 3] as const,
    };
    const at = (label: number, guidanceScale: number) =>
      denoiser.epsilon(x, { t: 300, labels: Int32Array.of(label), guidanceScale });
    const [withClass, without, guided] = [at(2, 1), at(5, 1), at(2, 3)];
    guided.forEach((value, i) => {
      expect(value).toBeCloseTo(without[i] + 3 * (withClass[i] - without[i]), 4);
    });
    expect(() => unet2dConfig(configOf("unet2d-ddpm"), "config.json")).toThrow(/Say how many the data has/);
    expect(() => unet2dConfig(configOf("unet2d-small"), "config.json", { classes: 3 })).not.toThrow();
    await expect(load("unet2d-small", { classes: 3 })).rejects.toThrow(
      /3 classes has 3 class embeddings.*found 6/,
    );
    denoiser.dispose();
  });
});
