// A sampling run that is stepped by hand: forwards, back, and into branches that share its noise.
import type { ImageBatch } from "../tensor/batch";
import type { Denoiser } from "./denoiser";
import { type SampleOptions, steps } from "./sample";
import type { StepRecord } from "./stepRecord";

export class Run {
  private readonly taken: StepRecord[];
  private generator: AsyncGenerator<StepRecord, void, undefined>;
  private pending: Promise<unknown> = Promise.resolve();

  /**
   * @param label name of the run in figures
   * @param past records to begin with, as `fork` passes them
   */
  constructor(
    private readonly denoiser: Denoiser,
    readonly options: SampleOptions,
    readonly label: string,
    past: readonly StepRecord[] = [],
  ) {
    this.taken = [...past];
    this.generator = steps(denoiser, options);
  }

  /** What has happened so far, first step first; a run that starts from noised images begins later than step 0. */
  get records(): readonly StepRecord[] {
    return this.taken;
  }

  /** The newest record. @throws before the first step */
  get last(): StepRecord {
    const record = this.taken[this.taken.length - 1];
    if (!record) throw new Error("This run has not begun: await run.step() first.");
    return record;
  }

  /** Whether all steps are taken. */
  get done(): boolean {
    return this.taken.length > 0 && this.last.index === this.last.count - 1;
  }

  /** The finished images. @throws before the last step */
  get images(): ImageBatch {
    if (!this.done)
      throw new Error(`This run is at step ${this.taken.length}: await run.finish() for its images.`);
    return this.last.x0;
  }

  /**
   * Takes some steps, fewer if the run ends before.
   * @returns the newest record
   */
  async step(count = 1): Promise<StepRecord> {
    for (let i = 0; i < count && !this.done; i++) await this.one();
    return this.last;
  }

  /** Steps until the noise level is at or below time step t. */
  async until(t: number): Promise<StepRecord> {
    while (!this.done && (this.taken.length === 0 || this.last.t > t)) await this.one();
    return this.last;
  }

  /** Takes all steps that are left; `onStep` sees each. */
  async finish(onStep?: (record: StepRecord) => void | Promise<void>): Promise<ImageBatch> {
    while (!this.done) {
      const record = await this.one();
      await onStep?.(record);
    }
    return this.images;
  }

  /** Goes back by some steps, exactly: stepping again gives the same numbers. */
  back(count = 1): this {
    if (count < 1) return this;
    const dropped = this.taken.splice(Math.max(0, this.taken.length - count));
    if (dropped.length > 0)
      this.generator = steps(this.denoiser, {
        ...this.options,
        from: { index: dropped[0].index, x: dropped[0].x },
      });
    return this;
  }

  /**
   * A second run that shares this one's past and noise, and differs from its newest step on.
   *
   * The newest step is taken again with the new options, since it is what they may change.
   *
   * @param options what is different; for the settings of a method use `Distiller.fork`
   */
  fork(options: Partial<SampleOptions>, label: string): Run {
    if (this.taken.length === 0) return new Run(this.denoiser, { ...this.options, ...options }, label);
    const { index, x } = this.last;
    return new Run(
      this.denoiser,
      { ...this.options, ...options, from: { index, x } },
      label,
      this.taken.slice(0, -1),
    );
  }

  /** One step at a time, even if cells ask for several at once; a step that fails leaves the run as it was. */
  private one(): Promise<StepRecord> {
    const step = this.pending
      .catch(() => undefined)
      .then(async () => {
        try {
          const { value, done } = await this.generator.next();
          if (done) throw new Error("This run is at its end.");
          this.taken.push(value);
          return value;
        } catch (error) {
          // A generator that has thrown is over: begin again where the records end.
          this.generator = this.continued();
          throw error;
        }
      });
    this.pending = step;
    return step;
  }

  private async *continued(): AsyncGenerator<StepRecord, void, undefined> {
    const record = this.taken[this.taken.length - 1];
    if (!record) {
      yield* steps(this.denoiser, this.options);
      return;
    }
    const again = steps(this.denoiser, { ...this.options, from: { index: record.index, x: record.x } });
    await again.next();
    yield* again;
  }
}
