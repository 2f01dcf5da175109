import path from "node:path";
import { describe, expect, it } from "vitest";
import { Autoencoder } from "../../src/diffusion/autoencoder";
import { Denoiser } from "../../src/diffusion/denoiser";
import { type Prediction, predicting } from "../../src/diffusion/prediction";
import { type PublishedOptions, publishedDenoiser } from "../../src/diffusion/publishedDenoiser";
import { unet, unetDefaults } from "../../src/nn/unet";
import { vae, vaeDefaults } from "../../src/nn/vae";
import { tf } from "../../src/tensor/engine";

describe("what tells a network from others", () => {
  it("is of weights in memory all that they are and what they are asked", () => {
    const size = { height: 8, width: 8, channels: 1, classes: 2 };
    const identity = (seed: number, prediction: Prediction = { kind: "epsilon" }) => {
      const network = predicting(unet({ ...unetDefaults, ...size, widths: [8], blocks: [1] }), prediction);
      const denoiser = new Denoiser(network, network.parameters.initialise(seed));
      const before = tf.memory().numTensors;
      const { sha256 } = denoiser.identity();
      expect(tf.memory().numTensors).toBe(before);
      denoiser.dispose();
      return sha256;
    };
    expect(identity(0)).toBe(identity(0));
    expect(new Set([identity(0), identity(1), identity(0, { kind: "v" })]).size).toBe(3);
    const autoencoder = (seed: number) => {
      const small = vae({ ...vaeDefaults, widths: [8, 16], groups: 4 });
      return new Autoencoder(small, small.parameters.initialise(seed)).identity().sha256;
    };
    expect(autoencoder(0)).toBe(autoencoder(0));
    expect(autoencoder(1)).not.toBe(autoencoder(0));
  });

  it("is of a file what was told of it besides, and nothing where nothing was", async () => {
    const file = path.join(__dirname, "..", "fixtures", "dit-small", "dit.pt");
    const identity = async (options: PublishedOptions) => {
      const denoiser = await publishedDenoiser(file, options);
      denoiser.dispose();
      return denoiser.identity();
    };
    const [whole, few, others] = [
      await identity({ classes: () => null }),
      await identity({ classes: [2, 0] }),
      await identity({ classes: () => [0, 2] }),
    ];
    expect(Object.keys(whole)).toEqual(["file", "sha256"]);
    expect(few).toEqual({ ...whole, as: { classes: [2, 0] } });
    expect(others).toEqual({ ...whole, as: { classes: [0, 2] } });
  });
});
