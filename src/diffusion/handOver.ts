// A training of a denoiser for another engine: one file with everything it needs, from which PyTorch takes the steps
// (src/bench/torch/train_denoiser.py), and what comes back is the state of a killed run, which trainDenoiser ends.
import { gatherLabels } from "../datasets/batches";
import type { Dataset } from "../datasets/dataset";
import type { DenoiserNetwork } from "../nn/denoiserNetwork";
import { LossCurve } from "../nn/lossCurve";
import { writeSafetensors } from "../nn/safetensors";
import type { PlainTensorData } from "../nn/safetensorsBytes";
import { openState } from "../nn/trainingRun";
import { alphaBar } from "./schedule";
import { type DenoiserTraining, denoiserTraining, type TrainDenoiserOptions } from "./trainDenoiser";

/**
 * Writes what a training of a denoiser needs, from its first step or from where it was saved: weights, moments, moving
 * average, the images and labels to fit on as bytes, the noise schedule.
 *
 * @param to file to write, a .safetensors file
 * @returns steps that were taken before
 * @throws if the network predicts something else than the noise, the dataset holds latents, or another process is at
 *   work on this training
 * @example
 * const shapes = igds.datasets.proceduralDataset(igds.datasets.procedural({ noise: 0.3 }), 60, 0);
 * const network = igds.nn.unet({
 *   ...igds.nn.unetDefaults,
 *   height: 16,
 *   width: 16,
 *   channels: 1,
 *   classes: 4,
 *   widths: [8, 16],
 *   blocks: [1, 1],
 * });
 * await handOverTraining("training.safetensors", network, shapes, {
 *   file: "unet.safetensors",
 *   steps: 5,
 *   batch: 16,
 * });
 */
export async function handOverTraining(
  to: string,
  network: DenoiserNetwork,
  dataset: Dataset,
  options: TrainDenoiserOptions,
): Promise<number> {
  const { prediction } = network.config as { prediction?: { kind: string } };
  if (prediction)
    throw new Error(
      `Expected a network that predicts the noise (epsilon), found "${prediction.kind}": train it here.`,
    );
  if (dataset.train.values)
    throw new Error("Expected images as bytes, found latents: train on them here (leave out --hand-over).");
  const { makeTrainer, run, fit } = denoiserTraining(network, dataset, options);
  const state = await openState(run);
  try {
    const saved = await state.read();
    const { images } = dataset.train;
    const pixels = dataset.shape.reduce((a, b) => a * b, 1);
    const chosen = new Uint8Array(fit.length * pixels);
    fit.forEach((index, i) => {
      chosen.set(images.subarray(index * pixels, (index + 1) * pixels), i * pixels);
    });
    const tensors = new Map<string, PlainTensorData>(saved?.tensors ?? beginningOf(makeTrainer));
    tensors.set("data images", { shape: [fit.length, ...dataset.shape], data: chosen });
    tensors.set("data labels", { shape: [fit.length], data: gatherLabels(dataset.train, fit) });
    tensors.set("data alphaBar", { shape: [alphaBar.length], data: Float32Array.from(alphaBar) });
    const values = saved?.values ?? { step: "0", seconds: "0", ...new LossCurve().values() };
    await writeSafetensors(to, tensors, {
      metadata: {
        ...values,
        identity: state.identity,
        config: JSON.stringify(network.config),
        recipe: JSON.stringify(run.recipe),
      },
    });
    return Number(values.step);
  } finally {
    await state.close();
  }
}

function beginningOf(makeTrainer: DenoiserTraining["makeTrainer"]): Map<string, PlainTensorData> {
  const trainer = makeTrainer();
  try {
    return trainer.snapshot();
  } finally {
    trainer.dispose();
  }
}
