// A progress bar that is a notebook output updated in place, or a bar in the terminal where there is no notebook.
import { SingleBar } from "cli-progress";
import { inNotebook } from "./channel";
import { escapeHtml, jupyterDisplay, type MimeBundle } from "./mime";
import { type DisplayHandle, show } from "./show";

/** Updates closer together than this are left out: each one is a message to the browser, ms. */
const shortest = 100;

/** A running progress bar. */
export interface Progress {
  /**
   * Moves to `done` (of total), with an optional remark such as the current loss. Where the bar begins with it, the rate
   * is counted from there on: so much may have been done before.
   */
  set(done: number, remark?: string): void;
  /** Moves on by `count`, one unless told. */
  advance(count?: number, remark?: string): void;
  /** Ends it at the current place; after this nothing changes any more. */
  finish(remark?: string): Promise<void>;
}

/**
 * A progress bar with rate and remaining time.
 * @param total number of things to do
 * @example
 * const bar = igds.progress("waiting", 10);
 * for (let step = 0; step < 10; step++) { await igds.tensor.pause(); bar.advance(); }
 * await bar.finish();
 */
export function progress(label: string, total: number): Progress {
  if (!Number.isFinite(total) || total <= 0) {
    throw new RangeError(`progress("${label}"): expected a total above 0, found ${total}.`);
  }
  return inNotebook() ? new NotebookBar(label, total) : new TerminalBar(label, total);
}

/**
 * Passes a sequence through and shows how far it is; ends the bar when the sequence ends, fails or is left.
 * @param total number of items; the sequence's length unless told
 * @example for await (const record of igds.progress.over(sampler, 50)) { ... }
 */
progress.over = async function* over<T>(
  items: AsyncIterable<T> | Iterable<T>,
  total?: number,
  label = "working",
): AsyncGenerator<T> {
  const length = total ?? (items as { length?: number }).length;
  if (length === undefined) {
    throw new RangeError(
      `progress.over("${label}"): the sequence has no length; give the total as second argument.`,
    );
  }
  const bar = length > 0 ? progress(label, length) : undefined;
  try {
    for await (const item of items) {
      yield item;
      bar?.advance();
    }
  } finally {
    await bar?.finish();
  }
};

/** Where a bar stands: what is shown, apart from how. */
export class ProgressState {
  private readonly started: number;
  /** From where and when on the rate is counted. */
  private from: { readonly done: number; readonly at: number };
  done = 0;
  remark = "";

  constructor(
    readonly label: string,
    readonly total: number,
    private readonly now: () => number = Date.now,
  ) {
    this.started = now();
    this.from = { done: 0, at: this.started };
  }

  /** So many were done before: the rate is that of what follows. */
  goOnFrom(done: number): void {
    this.from = { done, at: this.now() };
  }

  /** Things per second; 0 while none is known. */
  get rate(): number {
    const seconds = (this.now() - this.from.at) / 1000;
    return seconds > 0 ? (this.done - this.from.done) / seconds : 0;
  }

  /** Seconds since the start. */
  get elapsed(): number {
    return (this.now() - this.started) / 1000;
  }

  /** Such as "12 / 50 · 3.1 per s · 12 s left". */
  describe(finished: boolean): string {
    const parts = [`${this.done} / ${this.total}`];
    const { rate } = this;
    if (rate > 0) parts.push(rate >= 1 ? `${short(rate)} per s` : `${secondsEach(1 / rate)} each`);
    if (finished) parts.push(`took ${duration(this.elapsed)}`);
    else if (rate > 0) parts.push(`${duration((this.total - this.done) / rate)} left`);
    if (this.remark) parts.push(this.remark);
    return parts.join(" · ");
  }

  bundle(finished: boolean): MimeBundle {
    const text = `${this.label}: ${this.describe(finished)}`;
    const bar =
      `<div style="display: flex; gap: 0.8em; align-items: center; flex-wrap: wrap"><span>${escapeHtml(this.label)}</span>` +
      `<progress max="${this.total}" value="${this.done}" style="flex: 0 1 16em; accent-color: #3182bd"></progress>` +
      `<span style="opacity: 0.75">${escapeHtml(this.describe(finished))}</span></div>`;
    return { "text/html": bar, "text/plain": text };
  }
}

/** Three digits: "3.14", "314", "31.4 k", "3.14 M". */
function short(value: number): string {
  const rounded = Number(value.toPrecision(3));
  const power = Math.min(4, Math.max(0, Math.floor(Math.log10(rounded) / 3)));
  return `${(rounded / 1000 ** power).toPrecision(3)}${["", " k", " M", " G", " T"][power]}`;
}

function secondsEach(seconds: number): string {
  return seconds < 60 ? `${seconds.toPrecision(3)} s` : duration(seconds);
}

/** Seconds as people say them: "8 s", "2 min 05 s", "1 h 20 min". */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

abstract class Bar implements Progress {
  protected finished = false;
  private told = false;

  protected constructor(protected readonly state: ProgressState) {}

  protected abstract draw(): void;
  protected abstract end(): Promise<void>;

  set(done: number, remark?: string): void {
    // What is said first may have been done before: work that is gone on with.
    if (!this.told) this.state.goOnFrom(done);
    this.move(done, remark);
  }

  advance(count = 1, remark?: string): void {
    this.move(this.state.done + count, remark);
  }

  private move(done: number, remark?: string): void {
    if (this.finished) return;
    this.told = true;
    this.state.done = Math.min(done, this.state.total);
    if (remark !== undefined) this.state.remark = remark;
    this.draw();
  }

  async finish(remark?: string): Promise<void> {
    if (this.finished) return;
    if (remark !== undefined) this.state.remark = remark;
    this.finished = true;
    await this.end();
  }
}

class NotebookBar extends Bar {
  private drawn = 0;
  // Messages must arrive in the order in which they were made.
  private sent: Promise<unknown>;
  private handle: DisplayHandle | undefined;

  constructor(label: string, total: number) {
    super(new ProgressState(label, total));
    this.sent = show(this.view()).then((handle) => {
      this.handle = handle;
    });
  }

  protected draw(): void {
    const now = Date.now();
    if (now - this.drawn < shortest) return;
    this.drawn = now;
    this.send();
  }

  protected async end(): Promise<void> {
    this.send();
    await this.sent;
  }

  private send(): void {
    const view = this.view();
    this.sent = this.sent.then(() => this.handle?.update(view));
  }

  private view() {
    const bundle = this.state.bundle(this.finished);
    return { [jupyterDisplay]: () => bundle };
  }
}

/** Bars on the terminal that have not ended: they hide the cursor, and the timer that redraws them keeps a program alive. */
const running = new Set<TerminalBar>();
let guarded = false;

/** Ends all bars on the terminal where they stand, so that what went wrong is said below them and the program ends. */
export function endBars(): void {
  for (const bar of running) bar.close();
}

/** The reader's shell gets its cursor back however the program ends. */
function guardTerminal(): void {
  if (guarded || !process.stderr.isTTY) return;
  guarded = true;
  process.once("exit", endBars);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // First of all listeners: one that is called once is gone afterwards, and would not be counted.
    process.prependOnceListener(signal, () => {
      endBars();
      // Whoever else listens, such as a worker that finishes its job first, decides about the end.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  }
}

class TerminalBar extends Bar {
  private readonly bar: SingleBar;

  constructor(label: string, total: number) {
    super(new ProgressState(label, total));
    this.bar = new SingleBar({
      format: `${label} {bar} {said}`,
      barsize: 24,
      hideCursor: true,
      noTTYOutput: false,
    });
    guardTerminal();
    running.add(this);
    this.bar.start(total, 0, { said: this.state.describe(false) });
  }

  close(): void {
    this.finished = true;
    running.delete(this);
    this.bar.stop();
  }

  protected draw(): void {
    this.bar.update(this.state.done, { said: this.state.describe(false) });
  }

  protected async end(): Promise<void> {
    this.bar.update(this.state.done, { said: this.state.describe(true) });
    this.close();
  }
}
