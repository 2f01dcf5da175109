// The steps of a training that survives being killed: its state is saved from time to time, and it goes on from there
// with the same batches and the same numbers as an unbroken one.
import { pause } from "../tensor/pause";
import { LossCurve } from "./lossCurve";
import type { PlainTensor } from "./trainer";
import type { TrainingState } from "./trainingState";

/** What a training reports after each step. */
export interface TrainingEvent {
  /** Steps taken so far, those before a break among them: 1 after the first. */
  readonly step: number;
  /** Steps in all. */
  readonly steps: number;
  /** Of the step's batch before the step; the training says in which unit. */
  readonly loss: number;
}

/** What is trained. */
export interface Trainee {
  /** Steps taken so far. */
  readonly steps: number;
  /** Everything that is needed to go on later. */
  snapshot(): Map<string, PlainTensor>;
  restore(snapshot: ReadonlyMap<string, PlainTensor>, steps: number): void;
}

/** What a training took, the time before a break among it. */
export interface TrainingTook {
  /** Mean loss of stretches of steps: [last step of the stretch, loss]. */
  readonly losses: [number, number][];
  readonly seconds: number;
  /** What took the steps before a break, where it was another engine that handed its state back. */
  readonly engine?: string;
}

/**
 * Trains to the end, yielding after each step.
 *
 * @param step takes the step of this number, which all it does must depend on alone, and gives the loss
 * @param state to go on from and to save to; null for a training that may be lost
 * @throws if the state is damaged or that of other settings
 */
export async function* trainingSteps(
  trainee: Trainee,
  steps: number,
  step: (index: number) => number,
  state: TrainingState | null,
): AsyncGenerator<TrainingEvent, TrainingTook, undefined> {
  const curve = new LossCurve();
  let before = 0;
  let engine: string | undefined;
  const saved = await state?.read();
  if (saved) {
    trainee.restore(saved.tensors, Number(saved.values.step));
    curve.restore(saved.values);
    before = Number(saved.values.seconds);
    engine = saved.values.engine;
  }
  const start = performance.now();
  const seconds = () => before + (performance.now() - start) / 1000;
  while (trainee.steps < steps) {
    const loss = step(trainee.steps);
    curve.add(trainee.steps, loss, trainee.steps === steps);
    if (state?.due && trainee.steps < steps)
      await state.save(trainee.snapshot(), {
        step: `${trainee.steps}`,
        seconds: `${seconds()}`,
        ...curve.values(),
        ...(engine ? { engine } : {}),
      });
    yield { step: trainee.steps, steps, loss };
    // Lets interrupts and other work in: a step itself blocks the event loop.
    await pause();
  }
  return { losses: curve.points, seconds: seconds(), ...(engine ? { engine } : {}) };
}
