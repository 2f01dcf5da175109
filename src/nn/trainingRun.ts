// A training run that survives being killed: it saves its state from time to time and goes on from there,
// with the same batches and the same numbers as an unbroken run.
import path from "node:path";
import { engineInfo, type Tensor, tf } from "../tensor/engine";
import { pause } from "../tensor/pause";
import type { Recipe } from "./checkpoint";
import { saveCheckpoint } from "./checkpointFile";
import { LossCurve } from "./lossCurve";
import { plainWeights, type Trainer } from "./trainer";
import { TrainingState } from "./trainingState";

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

/**
 * Trains to the end, yielding after each step; a state file beside the checkpoint allows to go on after a
 * break and is removed at the end.
 *
 * @param batch makes the inputs of a step; must depend on the step number alone
 * @throws if another process is at the same training, or the state is damaged or that of other settings
 */
export async function* trainingRun<I extends readonly Tensor[]>(
  trainer: Trainer<I>,
  batch: (step: number) => I,
  options: TrainingRunOptions,
): AsyncGenerator<TrainingEvent, void, undefined> {
  const { file, recipe } = options;
  const identity = JSON.stringify({ config: options.config, recipe });
  const state = await TrainingState.openAlone(stateFileOf(file), identity, options.saveEvery);
  try {
    yield* train(trainer, batch, options, state);
    await state.remove();
  } finally {
    await state.close();
  }
}

/** The file from which a killed training goes on, beside its checkpoint. */
export function stateFileOf(file: string): string {
  return path.join(path.dirname(file), `${path.basename(file, ".safetensors")}.state.safetensors`);
}

async function* train<I extends readonly Tensor[]>(
  trainer: Trainer<I>,
  batch: (step: number) => I,
  { file, recipe, config, finish }: TrainingRunOptions,
  state: TrainingState,
): AsyncGenerator<TrainingEvent, void, undefined> {
  const curve = new LossCurve();
  let before = 0;
  const saved = await state.read();
  if (saved) {
    trainer.restore(saved.tensors, Number(saved.values.step));
    curve.restore(saved.values);
    before = Number(saved.values.seconds);
  }
  const start = performance.now();
  const seconds = () => before + (performance.now() - start) / 1000;
  while (trainer.steps < recipe.steps) {
    const loss = trainer.step(...batch(trainer.steps));
    curve.add(trainer.steps, loss, trainer.steps === recipe.steps);
    if (state.due && trainer.steps < recipe.steps)
      await state.save(trainer.snapshot(), {
        step: `${trainer.steps}`,
        seconds: `${seconds()}`,
        ...curve.values(),
      });
    yield { step: trainer.steps, steps: recipe.steps, loss };
    // Lets interrupts and other work in: a step itself blocks the event loop.
    await pause();
  }
  const weights = trainer.weights();
  const extra = (await finish?.(weights)) ?? {};
  const engine = `${engineInfo.backend} ${engineInfo.tensorflow ?? ""} ${engineInfo.device}`;
  await saveCheckpoint(
    file,
    config,
    { ...recipe, seconds: Math.round(seconds()), engine, losses: curve.points, extra },
    plainWeights(weights),
  );
  tf.dispose(weights as Record<string, Tensor>);
}
