// What a run that has begun keeps, whatever its settings become: images, noise levels and start.
import { type SampleOptions, type StepStart, timesOfRun } from "./sample";

/** The images of a run that has begun must stay what they are, and its noise levels unless `stepsFree`. @throws RangeError */
export function expectSame(wanted: SampleOptions, has: SampleOptions, stepsFree: boolean): void {
  const [a, b] = [Array.from(wanted.labels), Array.from(has.labels)];
  if (a.join() !== b.join())
    throw new RangeError(
      `A run that has begun keeps its images: expected the same classes and IPC, ${b.length} images, found ` +
        `${a.length}${a.length === b.length ? " of other classes" : ""}. Start another run.`,
    );
  if (stepsFree) return;
  if (wanted.steps !== has.steps)
    throw new RangeError(
      `A run that has begun keeps its noise levels: expected ${has.steps} steps, found ${wanted.steps}. Fork it at ` +
        "step 0, or start another run.",
    );
  const [times, own] = [timesOfRun(wanted), timesOfRun(has)];
  if (times.join() !== own.join())
    throw new RangeError(
      `A run that has begun keeps its noise levels: expected a sampler that goes from t = ${own.slice(0, 3).join(", ")} ` +
        `on, found one that goes from ${times.slice(0, 3).join(", ")} on. Fork it at step 0, or start another run.`,
    );
}

/** Whether settings begin by themselves, such as at noised images, and not where those of before do. */
export function startsAnew({ from }: SampleOptions, before: StepStart | null): boolean {
  return from !== undefined && from.index !== before?.index;
}

/**
 * @param before where the settings of before begin; null for noise
 * @param first record of the run
 * @throws RangeError if settings begin elsewhere
 */
export function expectStart(
  wanted: SampleOptions,
  before: StepStart | null,
  { index }: { readonly index: number },
): void {
  if (!startsAnew(wanted, before)) return;
  const inWords = (start?: StepStart | null) => (start ? `images noised for step ${start.index}` : "noise");
  throw new RangeError(
    `A run that has begun keeps its start: expected ${inWords(before)}, found ${inWords(wanted.from)}. Fork it at its first ` +
      `step, { at: ${index} }, or start another run with the same seed.`,
  );
}
