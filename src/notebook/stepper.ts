// A run under the reader's hands: play, step, back, and sliders that act on it in the kernel while it plays.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Run } from "../diffusion/run";
import type { StepRecord } from "../diffusion/stepRecord";
import { denoisingAnimation } from "../plot/animation";
import { imageBlocks } from "../plot/imageBlocks";
import { broadcast, redraw } from "./channel";
import { figureBundle } from "./figureBundle";
import { type Displayable, jupyterDisplay, type MimeBundle } from "./mime";
import { classNames, picturedInWords, runBundle, runText } from "./runView";
import { css, esm } from "./stepperPage";
import {
  firstState,
  imagesState,
  knobsOf,
  pictureState,
  placeState,
  type StepperState,
  stepsTaken,
} from "./stepperState";
import { type Widget, widgetMaker } from "./widget";

/** While playing, a step is shown for at least this long, ms. */
const shownFor = 80;
/** Pictures are no more often drawn than this while a slider is dragged, ms. */
const between = 60;
/** The output is drawn anew when the reader has asked for nothing for so long, ms: it takes the focus. */
const quiet = 1000;
/** Steps in the animation that stands for a stepper where no kernel runs. */
const frames = 12;

/**
 * A run with controls; what `stepper` gives.
 * @example const controls: igds.Stepper = igds.stepper(run);
 */
export class Stepper implements Displayable {
  private widget: Widget<StepperState> | undefined;
  private readonly place = randomBytes(12).toString("hex");
  /** Steps that shall have been taken; null while nothing is asked for. */
  private goal: number | null = null;
  private playing = false;
  private wanted: Record<string, number> | null = null;
  private moving = false;
  private drawing: Promise<void> = Promise.resolve();
  private stale = false;
  private lastDrawn = 0;
  /** Whether the reader holds a slider, which an output that is drawn anew would take out of the hand. */
  private held = false;
  private resting: NodeJS.Timeout | undefined;
  /** The newest record when the output was drawn. */
  private left: StepRecord | undefined;

  constructor(readonly run: Run) {}

  /** On a console: the run that it steps. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Stepper of ${runText(this.run)}`;
  }

  /** In a kernel with widgets, the stepper; elsewhere the steps so far as an animation. */
  async [jupyterDisplay](): Promise<MimeBundle> {
    const maker = widgetMaker();
    if (!maker) return this.still();
    if (!this.widget) {
      this.widget = maker({ esm, css, state: await firstState(this.run) });
      this.widget.onMessage((message) => this.receive(message as Message));
      this.run.watch(() => this.changedElsewhere());
    }
    this.left = this.run.records.at(-1);
    const content = { data: await this.bundle(), metadata: {}, transient: { display_id: this.place } };
    await broadcast("display_data", content);
    // It has been shown, in a place of its own that can be drawn anew.
    return {};
  }

  /** The steps so far without a kernel: an animation, or the run as it stands before there is one. */
  private async still(): Promise<MimeBundle> {
    const { records } = this.run;
    if (records.length < 2) return runBundle(this.run);
    const pictures = evenly(records, frames).map(async (record) => ({
      label: String(record.t),
      image: await imageBlocks(stillBlocks(record), classNames(this.run), this.stillScale(record)),
    }));
    const title = `${this.run.label}, step by step: ${picturedInWords(this.run)}`;
    const bundle = await figureBundle(denoisingAnimation(await Promise.all(pictures), { title }));
    return { ...bundle, "text/plain": runText(this.run) };
  }

  /** Small: the pictures lie in the notebook. */
  private stillScale({ x }: StepRecord): number {
    return Math.max(1, Math.floor(56 / x.shape[2]));
  }

  private async bundle(): Promise<MimeBundle> {
    return { ...(await this.widget?.[jupyterDisplay]()), ...(await this.still()) };
  }

  /** Draws a finished run for readers without a kernel, GitHub's among them; once for each end that it comes to. */
  private leave(): void {
    const { run } = this;
    if (!run.done || run.last === this.left) return;
    this.left = run.last;
    this.held = false;
    void redraw(this.place, () => this.bundle());
  }

  private rest(): void {
    clearTimeout(this.resting);
    if (this.held) return;
    this.resting = setTimeout(() => {
      if (!this.moving) this.leave();
    }, quiet);
  }

  private receive(message: Message): void {
    if (message.do === "hold" || message.do === "let go") {
      this.held = message.do === "hold";
      this.rest();
      return;
    }
    const at = stepsTaken(this.run);
    if (message.do === "play") this.playing = true;
    else this.playing &&= message.do === "set";
    if (message.do === "play") this.goal = Number.POSITIVE_INFINITY;
    else if (message.do === "step") this.goal = at + 1;
    else if (message.do === "back") this.goal = at - 1;
    else if (message.do === "pause") this.goal = null;
    else if (message.do === "go" && Number.isFinite(message.to)) this.goal = Number(message.to);
    else if (message.do === "set" && message.name && Number.isFinite(message.value))
      this.wanted = { ...this.wanted, [message.name]: Number(message.value) };
    this.widget?.set({ playing: this.playing, trouble: "" });
    void this.move();
  }

  /** Moves towards the goal, whatever it becomes on the way; only one such loop runs. */
  private async move(): Promise<void> {
    if (this.moving) return;
    this.moving = true;
    try {
      while (await this.moveOne());
    } catch (error) {
      this.tell(error);
      this.wanted = null;
    } finally {
      this.moving = false;
      this.playing = false;
      this.goal = null;
      await this.draw();
      this.rest();
    }
  }

  /** One move; false where there is nothing to do. */
  private async moveOne(): Promise<boolean> {
    const { run } = this;
    const began = performance.now();
    const at = stepsTaken(run);
    if (this.wanted) {
      const changes = this.wanted;
      this.wanted = null;
      // At rest, the newest step is taken again, so that the change can be seen.
      const again = !this.playing && this.goal === null && run.records.length > 0;
      if (again) run.back();
      try {
        run.change(changes);
      } finally {
        if (again) await run.step();
      }
    } else if (this.goal === null || this.goal === at || (this.goal > at && run.done)) return false;
    else if (this.goal < at) {
      run.back(at - Math.max(0, this.goal));
      if (stepsTaken(run) > this.goal) this.goal = null;
    } else await run.step();
    if (this.playing || performance.now() - this.lastDrawn > between) await this.draw();
    if (this.playing) await sleep(Math.max(0, shownFor - (performance.now() - began)));
    return true;
  }

  /** The run was stepped or changed by a cell, which may end at once: what it is to wait for begins here. */
  private changedElsewhere(): void {
    if (this.moving) return;
    this.leave();
    if (this.stale) return;
    this.stale = true;
    setTimeout(() => {
      this.stale = false;
      void this.draw();
    }, between);
  }

  private draw(): Promise<void> {
    this.drawing = this.drawing.then(() => this.drawNow()).catch((error) => this.tell(error));
    return this.drawing;
  }

  private async drawNow(): Promise<void> {
    const { run } = this;
    this.lastDrawn = performance.now();
    const place = placeState(run);
    const pictures = await pictureState(run);
    this.widget?.set({
      ...imagesState(run),
      ...place,
      ...pictures,
      knobs: knobsOf(run),
      playing: this.playing,
    });
  }

  /** What went wrong, under the buttons. */
  private tell(error: unknown): void {
    this.widget?.set({ trouble: error instanceof Error ? error.message : String(error) });
  }
}

/** What the page asks for. */
interface Message {
  readonly do: "play" | "pause" | "step" | "back" | "go" | "set" | "hold" | "let go";
  readonly to?: unknown;
  readonly name?: string;
  readonly value?: unknown;
}

/** Under headings that do not change, so that all pictures have one size; the slider tells t. */
function stillBlocks({ x, x0 }: StepRecord) {
  return [
    { heading: "x_t", images: x },
    { heading: "x0hat", images: x0 },
  ];
}

/** At most `most` items, the first and the last among them. */
function evenly<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, i) => items[Math.round((i * (items.length - 1)) / (most - 1))]!);
}

/** The stepper of each run. A cell that runs again shows it again: another one would watch the run for ever. */
const steppers = new WeakMap<Run, Stepper>();

/**
 * A run under your hands: buttons to play, pause, step and go back, a slider over the steps, sliders for beta, the
 * prototype weight and the size of the images. They act on the run itself, while it plays or stands; cells and stepper
 * may take turns. Where no kernel runs, such as in exported HTML, the steps so far are an animation.
 *
 * @example igds.stepper(distiller.start({ classes: ["Sneaker"], ipc: 2, steps: 10 }))
 */
export function stepper(run: Run): Stepper {
  const known = steppers.get(run) ?? new Stepper(run);
  steppers.set(run, known);
  return known;
}
