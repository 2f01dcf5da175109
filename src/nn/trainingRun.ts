// A training from its first step to its checkpoint, which goes on where it was killed.
import path from "node:path";
import { engineInfo, type Tensor, tf } from "../tensor/engine";
import type { Recipe } from "./checkpoint";
import { saveCheckpoint } from "./checkpointFile";
import { plainWeights, type Trainer } from "./trainer";
import { TrainingState } from "./trainingState";
import { type TrainingEvent, trainingSteps } from "./trainingSteps";

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
 * @param makeTrainer is asked when the first event is; what it makes is freed at the end, however that comes
 * @param batch makes the inputs of a step; must depend on the step number alone
 * @throws if another process is at the same training, or the state is damaged or that of other settings
 */
export async function* trainingRun<I extends readonly Tensor[]>(
  makeTrainer: () => Trainer<I>,
  batch: (step: number) => I,
  options: TrainingRunOptions,
): AsyncGenerator<TrainingEvent, void, undefined> {
  const state = await openState(options);
  try {
    const trainer = makeTrainer();
    try {
      yield* train(trainer, batch, options, state);
    } finally {
      trainer.dispose();
    }
    await state.remove();
  } finally {
    await state.close();
  }
}

/** What every recipe says before the first step, in the order by which saved states know it. */
export function recipeOf(
  dataset: { readonly name: string },
  set: Pick<Recipe, "steps" | "batch" | "rate" | "average"> & {
    readonly seed: number | string;
    readonly weightDecay: number;
  },
) {
  const { seed, steps, batch, rate, average, weightDecay } = set;
  return { dataset: dataset.name, seed: `${seed}`, steps, batch, rate, average, weightDecay };
}

/** What was saved of a training, in the hands of this process. @throws if another process has it */
export function openState({ file, config, recipe, saveEvery }: TrainingRunOptions): Promise<TrainingState> {
  return TrainingState.openAlone(stateFileOf(file), JSON.stringify({ config, recipe }), saveEvery);
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
  const step = (index: number) => trainer.step(...batch(index));
  const { losses, seconds, engine = engineName() } = yield* trainingSteps(trainer, recipe.steps, step, state);
  const weights = trainer.weights();
  try {
    const extra = (await finish?.(weights)) ?? {};
    await saveCheckpoint(
      file,
      config,
      { ...recipe, seconds: Math.round(seconds), engine, losses, extra },
      plainWeights(weights),
    );
  } finally {
    tf.dispose(weights as Record<string, Tensor>);
  }
}

/** The engine as recipes name it. */
export function engineName(): string {
  return `${engineInfo.backend} ${engineInfo.tensorflow ?? ""} ${engineInfo.device}`;
}
