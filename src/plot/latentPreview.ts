// Latents at a glance, without the decoder: a linear guess of the colours that each would decode to.
import type { ImageBatch } from "../tensor/batch";

/**
 * Red, green and blue from the four channels of Stable Diffusion's latents: coefficients that are in common use for previews
 * of Stable Diffusion 1 (the SD15 latent format of ComfyUI).
 */
const factors = [
  [0.3512, 0.2297, 0.3227],
  [0.325, 0.4974, 0.235],
  [-0.2829, 0.1762, 0.2721],
  [-0.212, -0.2616, -0.7177],
] as const;

/**
 * Batches of four channels as three, by a linear guess, an eighth as high and wide as the pictures; others as they are. To see
 * the pictures themselves decode them (Autoencoder).
 * @example igds.plot.latentPreview({ data: new Float32Array(4 * 64), shape: [1, 8, 8, 4] }).shape; // [1, 8, 8, 3]
 */
export function latentPreview(images: ImageBatch): ImageBatch {
  const [n, height, width, channels] = images.shape;
  if (channels !== 4) return images;
  const pixels = n * height * width;
  const data = new Float32Array(3 * pixels);
  for (let i = 0; i < pixels; i++)
    for (let colour = 0; colour < 3; colour++) {
      let sum = 0;
      for (let c = 0; c < 4; c++) sum += factors[c]![colour]! * images.data[4 * i + c]!;
      data[3 * i + colour] = sum;
    }
  return { data, shape: [n, height, width, 3] };
}
