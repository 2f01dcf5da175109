// A distiller in miniature: procedural images of 8 x 8, and networks that have learned nothing. What they draw means nothing;
// the way is that of the shipped models, in a fraction of a second.
import type { Dataset } from "../../src/datasets/dataset";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import { Denoiser } from "../../src/diffusion/denoiser";
import { Distiller } from "../../src/distill/distiller";
import type { Checkpoint } from "../../src/nn/checkpoint";
import { timeClassifier, timeClassifierDefaults } from "../../src/nn/timeClassifier";
import { unet, unetDefaults } from "../../src/nn/unet";
import { Seed } from "../../src/tensor/random";

/** Four shapes, so many images of each in each split. */
export function smallDataset(perClass: number): Dataset {
  return proceduralDataset(procedural({ size: 8, noise: 0.3 }), perClass, new Seed("small"));
}

export function smallDistiller(dataset: Dataset = smallDataset(40)): Distiller {
  const [height, width, channels] = dataset.shape;
  const space = { height, width, channels, classes: dataset.classes.length };
  const network = unet({ ...unetDefaults, ...space, widths: [8, 8], blocks: [1, 1] });
  const judge = timeClassifier({ ...timeClassifierDefaults, ...space, widths: [8, 8] });
  return new Distiller(dataset, new Denoiser(network, network.parameters.initialise(0)), {
    network: judge,
    weights: judge.parameters.initialise(1),
    temperatures: [{ t: 0, temperature: 1 }],
    checkpoint: {
      file: "(in memory)",
      sha256: "0".repeat(64),
      config: judge.config,
      recipe: { steps: 0, extra: {} },
      weights: new Map(),
    } as unknown as Checkpoint,
  });
}
