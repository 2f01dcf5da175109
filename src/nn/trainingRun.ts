// A training run that survives being killed: it saves its state from time to time and goes on from there,
// with the same batches and the same numbers as an unbroken run.
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { engineInfo, type Tensor, tf } from "../tensor/engine";
import { pause } from "../tensor/pause";
import type { Recipe } from "./checkpoint";
import { saveCheckpoint } from "./checkpointFile";
import { readSafetensors, writeSafetensors } from "./safetensors";
import { type PlainTensor, plainWeights, type Trainer } from "./trainer";

/** What a training run reports after each step. */
export interface TrainingEvent {
  /** Steps taken so far. */
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
}

export interface TrainingRunOptions {
  /** Where the checkpoint goes: a .safetensors file. */
  readonly file: string;
  readonly config: { readonly kind: string };
  readonly recipe: Omit<Recipe, "seconds" | "engine" | "losses" | "extra">;
  /** Adds to the recipe at the end, for example a calibration; gets the trained weights. */
  readonly finish?: (weights: Readonly<Record<string, Tensor>>) => Promise<Record<string, unknown>>;
  /** Seconds between two saved states. Default 60. */
  readonly saveEvery?: number;
}

/** Steps per point of the loss curve. */
const STRETCH = 50;

/**
 * Trains to the end, yielding after each step; a state file beside the checkpoint allows to go on after a
 * break and is removed at the end.
 *
 * @param batch makes the inputs of a step; must depend on the step number alone
 */
export async function* trainingRun<I extends readonly Tensor[]>(
  trainer: Trainer<I>,
  batch: (step: number) => I,
  options: TrainingRunOptions,
): AsyncGenerator<TrainingEvent, void, undefined> {
  const { file, recipe, saveEvery = 60 } = options;
  const stateFile = path.join(path.dirname(file), `${path.basename(file, ".safetensors")}.state.safetensors`);
  const identity = JSON.stringify({ config: options.config, recipe });
  const losses: [number, number][] = [];
  let before = 0;
  if (existsSync(stateFile)) {
    const { tensors, metadata } = await readSafetensors(stateFile);
    if (metadata.identity !== identity)
      throw new Error(
        `${stateFile} is the state of a training run with other settings. Delete it to start anew, or use the same ` +
          `settings to go on. It was made with: ${metadata.identity}`,
      );
    trainer.restore(tensors as ReadonlyMap<string, PlainTensor>, Number(metadata.step));
    losses.push(...(JSON.parse(metadata.losses) as [number, number][]));
    before = Number(metadata.seconds);
  }
  const start = performance.now();
  const seconds = () => before + (performance.now() - start) / 1000;
  const save = (): Promise<void> =>
    writeSafetensors(stateFile, trainer.snapshot(), {
      metadata: {
        identity,
        step: `${trainer.steps}`,
        seconds: `${seconds()}`,
        losses: JSON.stringify(losses),
      },
    });

  let saved = performance.now();
  let sum = 0;
  let count = 0;
  while (trainer.steps < recipe.steps) {
    const loss = trainer.step(...batch(trainer.steps));
    sum += loss;
    count++;
    if (trainer.steps % STRETCH === 0 || trainer.steps === recipe.steps) {
      losses.push([trainer.steps, Number((sum / count).toFixed(5))]);
      sum = 0;
      count = 0;
      // Saved at the end of a stretch, so that the curve of a resumed run is that of an unbroken one.
      if (performance.now() - saved > saveEvery * 1000 && trainer.steps < recipe.steps) {
        await save();
        saved = performance.now();
      }
    }
    yield { step: trainer.steps, steps: recipe.steps, loss };
    // Lets interrupts and other work in: a step itself blocks the event loop.
    await pause();
  }
  const weights = trainer.weights();
  const extra = (await options.finish?.(weights)) ?? {};
  const engine = `${engineInfo.backend} ${engineInfo.tensorflow ?? ""} ${engineInfo.device}`;
  await saveCheckpoint(
    file,
    options.config,
    { ...recipe, seconds: Math.round(seconds()), engine, losses, extra },
    plainWeights(weights),
  );
  tf.dispose(weights as Record<string, Tensor>);
  await rm(stateFile, { force: true });
}
