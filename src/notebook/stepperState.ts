// What the page of a stepper shows of its run.
import type { Run } from "../diffusion/run";
import type { StepRecord } from "../diffusion/stepRecord";
import { mean } from "../plot/bounds";
import { arrangeBlocks, blockPng } from "../plot/imageBlocks";
import { methodColour, methodLabel } from "../plot/theme";
import { classNames, picturedInWords, stepBlocks } from "./runView";

/** A setting that the reader may slide. */
export interface Knob {
  readonly name: string;
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly step: number;
}

export interface StepperState {
  readonly title: string;
  /** Steps taken, of how many. */
  readonly at: number;
  readonly count: number;
  readonly playing: boolean;
  readonly knobs: readonly Knob[];
  /** Pixels of the page for each pixel of an image. */
  readonly size: number;
  readonly headings: readonly string[];
  /** A PNG for each heading. */
  readonly pictures: readonly Uint8Array[];
  /** Height of a row of images and width of a column, in pixels of the images, the space between included. */
  readonly tile: readonly [height: number, width: number];
  readonly rowLabels: readonly string[];
  readonly columnLabels: readonly string[];
  /** Means at each step, nats. */
  readonly curves: {
    readonly t: readonly number[];
    readonly prototype: readonly number[];
    readonly low: readonly number[];
    readonly high: readonly number[];
    readonly context: readonly number[];
  };
  /** ln C and ln IPC. */
  readonly ceilings: readonly [number, number];
  readonly colour: string;
  /** What went wrong, or empty. */
  readonly trouble: string;
}

const settingsOf = (run: Run) => run.settings as { readonly beta?: unknown; readonly weight?: unknown };

/** Steps that a run has taken, counted from pure noise. */
export function stepsTaken(run: Run): number {
  const record = run.records.at(-1);
  return record ? record.index + 1 : (run.options.from?.index ?? 0);
}

export function knobsOf(run: Run): Knob[] {
  const { beta, weight } = settingsOf(run);
  const knobs: Knob[] = [];
  // A set of one image has no variety: there beta changes nothing.
  if (typeof beta === "number" && run.ipc > 1)
    knobs.push({
      name: "beta",
      label: "β, contextual information",
      value: beta,
      // Below zero it takes variety away.
      least: Math.min(-2, 2 * beta),
      most: Math.max(8, 2 * beta),
      step: 0.1,
    });
  if (typeof weight === "number")
    knobs.push({
      name: "weight",
      label: "weight, prototype information",
      value: weight,
      least: 0,
      most: Math.max(400, 2 * weight),
      step: 10,
    });
  return knobs;
}

/** Where the run stands in numbers. */
export function placeState(run: Run): Pick<StepperState, "at" | "curves"> {
  const bounded = run.records.filter(({ bounds }) => bounds);
  const means = (of: (record: StepRecord) => Float32Array) =>
    bounded.map((record) => Number(mean(of(record)).toFixed(4)));
  return {
    at: stepsTaken(run),
    curves: {
      t: bounded.map(({ t }) => t),
      prototype: means(({ bounds }) => bounds!.prototype),
      low: means(({ bounds }) => bounds!.contextual.low),
      high: means(({ bounds }) => bounds!.contextual.high),
      context: means(({ bounds }) => bounds!.context),
    },
  };
}

const drawn = new WeakMap<StepRecord, Pick<StepperState, "headings" | "pictures">>();

/** The images of the newest step as small pictures. */
export async function pictureState(run: Run): Promise<Pick<StepperState, "headings" | "pictures">> {
  const record = run.records.at(-1);
  if (!record) return { headings: [], pictures: [] };
  const known = drawn.get(record);
  if (known) return known;
  const arrangement = arrangeBlocks(classNames(run));
  const blocks = stepBlocks(record);
  const made = {
    headings: blocks.map(({ heading }) => heading),
    pictures: await Promise.all(blocks.map((block) => blockPng(block, arrangement))),
  };
  drawn.set(record, made);
  return made;
}

/** What a run is of, which a cell may change until its first step. */
export function imagesState(run: Run) {
  const { rowLabels, columnLabels } = arrangeBlocks(classNames(run));
  const [height, width] = run.imageShape;
  return {
    title: `${methodLabel(run.label)}: ${picturedInWords(run)}`,
    count: run.records[0]?.count ?? run.options.steps ?? 50,
    tile: [height + 1, width + 1],
    rowLabels,
    columnLabels,
    ceilings: [Math.log(run.classes), Math.log(run.ipc)],
    colour: methodColour(run.label),
  } satisfies Partial<StepperState>;
}

/** The state that a stepper begins with. */
export async function firstState(run: Run): Promise<StepperState> {
  return {
    ...imagesState(run),
    playing: false,
    knobs: knobsOf(run),
    size: Math.max(1, Math.round(56 / run.imageShape[1])),
    trouble: "",
    ...placeState(run),
    ...(await pictureState(run)),
  };
}
