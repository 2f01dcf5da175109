// A sampling run that is stepped by hand: forwards, back, and into branches that share its noise.
import type { ImageBatch } from "../tensor/batch";
import { pause } from "../tensor/pause";
import { changesInWords } from "./changesInWords";
import type { Denoiser } from "./denoiser";
import { expectSame, expectStart, startsAnew } from "./keptOfRun";
import { type SampleOptions, type SamplingLoop, type StepStart, samplingLoop, timesOfRun } from "./sample";
import type { StepRecord } from "./stepRecord";

/** How settings of any kind, such as those of a method, become options of the sampling loop. */
export interface RunPlan<S extends object> {
  /** What settings mean to the sampling loop. Called at the start and after every change. */
  options(settings: S): SampleOptions;
  /** Settings with some of them changed. Default: the changes replace what they name. */
  changed?(settings: S, changes: Partial<S>): S;
}

/** Where a fork leaves its run. */
export interface ForkOptions {
  /** Index of the step from which the fork differs: it is taken again. Default: the newest one. */
  readonly at?: number;
}

/**
 * A run that is stepped by hand.
 * @example
 * const run = distiller.start({ classes: ["Sneaker"], ipc: 2, steps: 10 });
 * await run.until(500);
 * const twin = run.fork({ beta: 0 });
 * await run.finish();
 * await twin.finish();
 */
export class Run<S extends object = object> {
  private readonly plan: RunPlan<S>;
  private readonly taken: StepRecord[];
  /** Steps that were taken back, the earliest first: taken again they would come out the same. */
  private ahead: StepRecord[] = [];
  /** How many of the records were taken with other settings than those of now. */
  private older: number;
  /** Where a step starts if that is known from a record that is no more, or from the run that this one forked from. */
  private given: StepStart | null;
  private loop: SamplingLoop;
  private now: { readonly settings: S; readonly options: SampleOptions };
  /** Where the settings of now begin by themselves, such as at noised images; null for noise. */
  private planned: StepStart | null;
  private readonly watchers = new Set<() => void>();

  /** @param label name of the run in figures */
  constructor(denoiser: Denoiser, options: S & SampleOptions, label: string);
  /**
   * @param plan makes options of the settings
   * @param past records to begin with, as `fork` passes them
   */
  constructor(
    denoiser: Denoiser,
    settings: S,
    label: string,
    plan: RunPlan<S>,
    past?: readonly StepRecord[],
    options?: SampleOptions,
    from?: StepStart,
  );
  constructor(
    private readonly denoiser: Denoiser,
    settings: S,
    readonly label: string,
    plan: RunPlan<S> = { options: (given) => given as unknown as SampleOptions },
    past: readonly StepRecord[] = [],
    options: SampleOptions = plan.options(settings),
    from: StepStart | undefined = options.from,
  ) {
    this.plan = plan;
    this.taken = [...past];
    this.now = { settings, options: { ...options, ...(from ? { from } : {}) } };
    this.planned = options.from ?? null;
    this.older = past.length;
    this.given = from ?? null;
    this.loop = samplingLoop(denoiser, this.now.options);
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

  /** The settings that the next step will be taken with. */
  get settings(): S {
    return this.now.settings;
  }

  /** The same as options of the sampling loop. */
  get options(): SampleOptions {
    return this.now.options;
  }

  /** Images per class, of the class that has most. */
  get ipc(): number {
    const counts = new Map<number, number>();
    for (const label of Array.from(this.options.labels)) counts.set(label, (counts.get(label) ?? 0) + 1);
    return Math.max(...counts.values());
  }

  /** Number of classes that the denoiser knows. */
  get classes(): number {
    return this.denoiser.space.classes;
  }

  /** Height, width and channels of an image. */
  get imageShape(): readonly [height: number, width: number, channels: number] {
    const { height, width, channels } = this.denoiser.space;
    return [height, width, channels];
  }

  /**
   * Takes some steps, fewer if the run ends before.
   * @returns the newest record
   * @throws RangeError unless `count` is a whole number >= 0
   */
  async step(count = 1): Promise<StepRecord> {
    if (!(Number.isInteger(count) && count >= 0))
      throw new RangeError(
        `step: expected a whole number of steps, found ${count}. Take run.back() to go back, run.finish() to the end.`,
      );
    let left = count;
    await this.advance(() => left-- > 0);
    return this.last;
  }

  /** Steps until the noise level is at or below time step t. */
  async until(t: number): Promise<StepRecord> {
    await this.advance(() => this.taken.length === 0 || this.last.t > t);
    return this.last;
  }

  /** Takes all steps that are left; `onStep` sees each. */
  async finish(onStep?: (record: StepRecord) => void | Promise<void>): Promise<ImageBatch> {
    await this.advance(() => true, onStep);
    return this.images;
  }

  /**
   * Goes back by some steps, exactly: stepping forwards again with the same settings gives the same numbers, and at
   * once, since what is taken back is kept until the settings change.
   */
  back(count = 1): this {
    if (!(count >= 1) || this.taken.length === 0) return this;
    this.ahead.unshift(...this.taken.splice(Math.max(0, this.taken.length - Math.floor(count))));
    if (this.taken.length < this.older) this.forget();
    this.tell();
    return this;
  }

  /**
   * Changes settings from the next step on; the steps that are taken stay as they are. A run that started from noised images,
   * as those of method `d4m` do, keeps that start where the new settings have none.
   * @throws if the images, the number of steps, or the start would be others
   */
  change(changes: Partial<S>): this {
    const next = this.changed(changes);
    const [first] = [...this.taken, ...this.ahead];
    const begun = first !== undefined;
    if (begun) {
      expectSame(next.options, this.options, false);
      expectStart(next.options, this.planned, first);
    }
    this.loop = samplingLoop(this.denoiser, next.options);
    this.now = next;
    this.planned = next.options.from ?? null;
    if (!begun) this.given = next.options.from ?? null;
    this.forget();
    this.tell();
    return this;
  }

  /**
   * A second run that shares this one's past and noise, and differs from one of its steps on. That step is taken
   * again with the new settings, since it is what they may change. A run that started from noised images, as those of method
   * `d4m` do, shares that start with a fork whose settings have none; one that they have is taken at the first step alone.
   *
   * @param changes what is different, and the fork's label. Default label: the changes, such as "beta = 0"
   * @throws if there is no such step, or the images, the number of steps, or the start would be others
   */
  fork(changes: Partial<S> & { readonly label?: string } = {}, { at }: ForkOptions = {}): Run<S> {
    const { label = changesInWords(changes) || `${this.label}, again`, ...rest } = changes;
    const { settings, options } = this.changed(rest as unknown as Partial<S>);
    const place =
      at === undefined ? this.taken.length - 1 : this.taken.findIndex(({ index }) => index === at);
    const record = this.taken[place];
    if (!record) {
      if (at !== undefined)
        throw new RangeError(
          `fork: expected the index of a step that is taken, found ${at}; ${this.span()}.`,
        );
      return new Run(this.denoiser, settings, label, this.plan, [], options);
    }
    expectSame(options, this.options, record.index === 0);
    const past = this.taken.slice(0, place);
    if (place > 0) expectStart(options, this.planned, this.taken[0]);
    const from = startsAnew(options, this.planned) ? options.from : startOf(record);
    return new Run(this.denoiser, settings, label, this.plan, past, options, from);
  }

  /**
   * The steps that are left, one after another: `for await (const record of run)`. Left early, the run stays where it is.
   * Steps that another cell takes meanwhile are its own.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<StepRecord, void, undefined> {
    while (!this.done) {
      const taken: StepRecord[] = [];
      await this.advance(
        () => taken.length === 0,
        (record) => void taken.push(record),
      );
      yield* taken;
    }
  }

  /** In a cell and on a console: where it stands, not all of its numbers. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    const { length } = this.options.labels;
    const head = `Run ${this.label}: ${length} ${length === 1 ? "image" : "images"}`;
    if (this.taken.length === 0)
      return `${head}, not begun of ${timesOfRun(this.options).length} steps; begin with await run.step() or run.finish()`;
    const { index, count, t } = this.last;
    const next = this.done ? "run.images has its images" : "go on with await run.step() or run.finish()";
    return `${head}, step ${index + 1} of ${count}, t = ${t}; ${next}`;
  }

  /** Calls back whenever the run has stepped, gone back or changed. @returns a function that ends it */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  private changed(changes: Partial<S>) {
    const settings = this.plan.changed?.(this.settings, changes) ?? { ...this.settings, ...changes };
    return { settings, options: this.plan.options(settings) };
  }

  /**
   * Steps while there is more to do. Between two steps others get their turn, and an interrupted cell ends; what is
   * taken stays. A step is taken in one go, so that cells may step one run at the same time.
   */
  private async advance(
    more: () => boolean,
    onStep?: (record: StepRecord) => void | Promise<void>,
  ): Promise<void> {
    while (!this.done) {
      await pause();
      if (this.ahead.length === 0) await this.loop.prepare();
      // Asked after the pause: another cell may have taken steps meanwhile.
      if (this.done || !more()) return;
      const record = this.take();
      await onStep?.(record);
    }
  }

  private take(): StepRecord {
    let record = this.ahead.shift();
    if (!record) {
      const start = this.start();
      if (!start) throw new Error("This run is at its end.");
      record = this.loop.take(start);
    }
    this.taken.push(record);
    this.tell();
    return record;
  }

  /** Drops the steps that were taken back: they, or the records, are not of the settings of now. */
  private forget(): void {
    const [first] = this.ahead;
    if (first) this.given = startOf(first);
    this.ahead = [];
    this.older = this.taken.length;
  }

  private start(): StepStart | null {
    const { given } = this;
    if (this.taken.length === 0) return given ?? this.loop.begin();
    return given?.index === this.last.index + 1 ? given : this.loop.after(this.last);
  }

  private span(): string {
    const [first] = this.taken;
    return first ? `this run has taken steps ${first.index} to ${this.last.index}` : "this run has not begun";
  }

  private tell(): void {
    for (const watcher of this.watchers) watcher();
  }
}

/** Where the step of a record started. */
function startOf({ index, x, previous }: StepRecord): StepStart {
  return { index, x, ...(previous ? { previous } : {}) };
}
