// DiT in the two layouts that its weights are published in: that of the original code (facebookresearch/DiT) and that of
// diffusers (DiTTransformer2DModel). They differ in names, in what is stored once or in every block, and in two
// numbers of the computation (DiTConfig's frequencyShift and mlpNormEpsilon).
import type { DenoiserNetwork } from "./denoiserNetwork";
import { type DiTConfig, dit } from "./dit";
import { ofDiffusers, ofOriginal } from "./ditConfigs";
import { diffusersSources, originalSources, sinCosPositions } from "./ditLayouts";
import type { Weights } from "./parameters";
import { readTorchWeights, type TorchTensors } from "./torchWeights";

/** A DiT from its file. */
export interface LoadedDiT {
  /** As its tensors and config say. */
  readonly network: DenoiserNetwork & { readonly config: DiTConfig };
  /** The caller's to dispose of. */
  readonly weights: Weights;
  /** Which of the two the file was in. */
  readonly layout: "original" | "diffusers";
}

/**
 * Reads a DiT of any size, in whichever of the two layouts it is.
 *
 * @param file `openWeights` gives it, of a training checkpoint with `{ part: "ema" }`; the caller closes it
 * @param config of diffusers: transformer/config.json; of the original: an object with `num_heads` and, to be checked,
 *   any of `input_size`, `hidden_size`, `depth`, `num_classes`, `patch_size`, `in_channels`; null for the published
 *   sizes of the original, whose heads follow from the width
 * @throws naming the first number, tensor or shape that is not as expected
 * @example
 * const file = await igds.nn.openWeights("dit-small/dit.pt"); // or DiT-XL-2-256x256.pt, whose config may be null
 * const { network, weights } = await igds.nn.readDiT(file, { num_heads: 4 });
 * await file.close();
 * const dit = new igds.diffusion.Denoiser(network, weights);
 * const sampler = igds.diffusion.ddpm({ variance: "learned" });
 * const options = { steps: 5, guidanceScale: 4, guidedChannels: 3, clip: false, sampler };
 * const latents = (await igds.sample(dit, { labels: [3, 5], seed: 0, ...options })).images;
 */
export async function readDiT(file: TorchTensors, config: unknown): Promise<LoadedDiT> {
  // What training writes: the averaged weights are the ones to sample from.
  const parts = ["ema", "model", "state_dict"].filter((part) =>
    file.entries.has(`${part}.x_embedder.proj.weight`),
  );
  if (parts.length > 0)
    throw new Error(
      `${file.file}: expected the weights of a DiT, found a training checkpoint with ${parts.map((part) => `"${part}"`).join(" and ")}. ` +
        `Open it with openWeights(file, { part: "${parts[0]}" }).`,
    );
  const layout = file.entries.has("pos_embed.proj.weight") ? "diffusers" : "original";
  const ours = layout === "diffusers" ? ofDiffusers(file, config) : ofOriginal(file, config);
  const network = dit(ours) as LoadedDiT["network"];
  const sources = layout === "diffusers" ? diffusersSources(ours) : originalSources(ours);
  const weights = await readTorchWeights(
    file,
    network.parameters,
    (path, shape) => sources(path, shape) ?? sinCosPositions(ours),
  );
  return { network, weights, layout };
}
