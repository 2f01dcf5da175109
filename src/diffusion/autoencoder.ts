// An autoencoder with its weights, between images and the latents that a latent diffusion model works on (Rombach et al.
// 2022, arXiv 2112.10752): compiled, on plain arrays, a few images at a time.
import path from "node:path";
import type { Weights } from "../nn/parameters";
import type { Vae } from "../nn/vae";
import { readVae } from "../nn/vaeWeights";
import { openWeights } from "../nn/weightFile";
import { hashOfFiles } from "../nn/weightHash";
import type { ImageBatch } from "../tensor/batch";
import { type CompiledWithState, compileWith } from "../tensor/compile";
import { engineReady, type Tensor, type Tensor4D, tf } from "../tensor/engine";
import { numbersOf } from "../tensor/numbersOf";
import { readJsonIfThere } from "../tensor/textFile";
import { originInMemory, type WeightOrigin } from "./weightOrigin";

/** Pixels of the images that are worked on at once: one of 256 x 256. More would only cost memory. */
const PIXELS_AT_ONCE = 256 * 256;

type Direction = "encode" | "decode";

/**
 * Images to latents and back.
 * @example
 * const small = igds.nn.vae({ ...igds.nn.vaeDefaults, widths: [8, 16], groups: 4 });
 * const untrained = new igds.diffusion.Autoencoder(small, small.parameters.initialise(0));
 * untrained.decode({ data: new Float32Array(64), shape: [1, 4, 4, 4] }).shape; // [1, 8, 8, 3]
 */
export class Autoencoder {
  private readonly compiled: Readonly<
    Record<Direction, CompiledWithState<Weights, readonly [Tensor4D], Tensor4D>>
  >;
  private known: WeightOrigin | null;

  /**
   * @param weights copied; the caller keeps its own
   * @param origin where they come from, for the manifest
   */
  constructor(
    readonly vae: Vae,
    weights: Weights,
    readonly origin: { readonly file: string; readonly sha256: string } | null = null,
  ) {
    this.known = origin;
    // Both directions share one copy of the weights.
    const shared = { resident: false };
    this.compiled = {
      encode: compileWith(weights, (w, x: Tensor4D) => vae.scale(vae.encode(w, x).mean), shared),
      decode: compileWith(weights, (w, z: Tensor4D) => vae.decode(w, vae.unscale(z)), shared),
    };
  }

  /** How many times higher and wider an image is than its latent. */
  get factor(): number {
    return 2 ** (this.vae.config.widths.length - 1);
  }

  /** Shape of the latents of images. */
  latentShape([height, width]: readonly number[]): [height: number, width: number, channels: number] {
    return [height! / this.factor, width! / this.factor, this.vae.config.latentChannels];
  }

  /**
   * The latents of images as a diffusion model takes them: the mean of their Gaussian, scaled.
   * @param images values in [-1, 1], sides divisible by `factor`
   */
  encode(images: ImageBatch): ImageBatch {
    return this.run("encode", images, this.latentShape(images.shape.slice(1)));
  }

  /** @param latents as a diffusion model has them @returns images; values may leave [-1, 1] a little */
  decode(latents: ImageBatch): ImageBatch {
    const [, height, width] = latents.shape;
    const { factor } = this;
    return this.run("decode", latents, [height * factor, width * factor, this.vae.config.imageChannels]);
  }

  /** Copies of the weights, for terms that look through the decoder; the caller disposes of them. */
  weights(): Weights {
    return this.compiled.decode.state();
  }

  /** What tells it from other autoencoders: its origin; without one, the hash of what it is. @throws after `dispose` */
  identity(): WeightOrigin {
    this.known ??= originInMemory(this.vae.config, () => this.weights());
    return this.known;
  }

  /** Frees what the engine holds. */
  dispose(): void {
    this.compiled.encode.dispose();
    this.compiled.decode.dispose();
  }

  private run(
    direction: Direction,
    { data, shape }: ImageBatch,
    [height, width, channels]: readonly [number, number, number],
  ): ImageBatch {
    const [count, fromHeight, fromWidth, fromChannels] = shape;
    const { imageChannels, latentChannels } = this.vae.config;
    const wanted = direction === "encode" ? imageChannels : latentChannels;
    if (fromChannels !== wanted)
      throw new RangeError(
        `This autoencoder ${direction}s ${wanted} channels; found ${fromChannels} (${shape.join(" x ")}).`,
      );
    const pixels = Math.max(height * width, fromHeight * fromWidth);
    const atOnce = Math.max(1, Math.floor(PIXELS_AT_ONCE / pixels));
    const [size, fromSize] = [height * width * channels, fromHeight * fromWidth * fromChannels];
    const result = new Float32Array(count * size);
    for (let from = 0; from < count; from += atOnce) {
      const to = Math.min(count, from + atOnce);
      const part = numbersOf(() => {
        const values = data.slice(from * fromSize, to * fromSize);
        const x = tf.tensor4d(values, [to - from, fromHeight, fromWidth, fromChannels]);
        return this.compiled[direction](x);
      });
      result.set(part, from * size);
    }
    return { data: result, shape: [count, height, width, channels] };
  }
}

/**
 * Loads an autoencoder as diffusers lays it out, such as sd-vae-ft-mse.
 *
 * @param folder with config.json and the weights
 * @returns the autoencoder; its `dispose` frees the weights that it holds in the engine
 * @throws naming what is missing or not as expected
 * @example
 * const autoencoder = await igds.diffusion.loadAutoencoder("dit-small/diffusers/vae");
 * const latents = autoencoder.encode({ data: new Float32Array(32 * 32 * 3), shape: [1, 32, 32, 3] });
 * autoencoder.decode(latents).shape; // [1, 32, 32, 3]
 */
export async function loadAutoencoder(folder: string): Promise<Autoencoder> {
  await engineReady();
  const config = await readJsonIfThere(path.join(folder, "config.json"));
  if (config === null)
    throw new Error(
      `${folder}: expected the folder of a VAE with config.json and its weights (such as that of sd-vae-ft-mse), found ` +
        "no config.json.",
    );
  const file = await openWeights(folder);
  try {
    const { vae, weights } = await readVae(file, config);
    const autoencoder = new Autoencoder(vae, weights, {
      file: file.file,
      sha256: await hashOfFiles(file.file),
    });
    tf.dispose(weights as Record<string, Tensor>);
    return autoencoder;
  } finally {
    await file.close();
  }
}
