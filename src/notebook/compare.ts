// Runs of the same images beside each other: what came out, where it differs, both bounds, and what is left of the
// difference when chance is taken into account.
import type { Run } from "../diffusion/run";
import { type MeanInterval, meanInterval, pairedDifference } from "../evaluate/statistics";
import { boundsOverSteps } from "../plot/bounds";
import type { Figure } from "../plot/figure";
import { type ImageBlock, imageBlocks, imageDifference, largestDifference } from "../plot/imageBlocks";
import { numbers } from "../plot/numbers";
import { pictureFigure } from "../plot/pictureFigure";
import { methodLabel } from "../plot/theme";
import type { ImageBatch } from "../tensor/batch";
import { figureBundle } from "./figureBundle";
import { type Displayable, jupyterDisplay, type MimeBundle } from "./mime";
import { classNames, differenceColours, imagesInWords, picturedInWords } from "./runView";
import { type TableView, table } from "./table";

/** One quantity at the newest step of each run, nats. */
export interface ComparisonRow {
  /** What is compared. */
  readonly quantity: string;
  /** Mean of each run in its order. */
  readonly values: readonly MeanInterval[];
  /** Mean of each further run minus the first, pair by pair, with its 95 % interval. */
  readonly differences: readonly MeanInterval[];
  /** What is paired: images, or classes, since the images of a class share one contextual information. */
  readonly pairs: "images" | "classes";
}

/**
 * Runs beside each other.
 * @example
 * const plain = run.fork({ method: "diffusion" });
 * await plain.finish();
 * igds.compare(run, plain).rows; // final values with paired differences
 */
export class RunComparison implements Displayable {
  /** What each run is called here: its label, numbered where several have one. */
  readonly names: readonly string[];

  constructor(
    readonly runs: readonly Run[],
    readonly rows: readonly ComparisonRow[],
  ) {
    const number = numbers(runs.map(({ label }) => label));
    this.names = runs.map(({ label }, i) => methodLabel(label) + number[i]);
  }

  /** Images, differences to the first run, bounds and final values in one figure. */
  async figure(): Promise<Figure> {
    const { names } = this;
    const [first, ...others] = this.runs as [Run, ...Run[]];
    const blocks: ImageBlock[] = this.runs.map((run, i) => ({
      heading: run.done ? names[i]! : `${names[i]}, t = ${run.last.t}`,
      images: run.last.x0,
    }));
    // One scale for all, so that they can be compared.
    const limit = Math.max(...others.map((run) => largestDifference(run.last.x0, first.last.x0)));
    for (const [i, run] of others.entries())
      blocks.push({
        heading: `${names[i + 1]} − ${names[0]}`,
        images: imageDifference(run.last.x0, first.last.x0),
        limit,
      });
    const title = `${names.join(", ")}: ${picturedInWords(first)}`;
    const png = await imageBlocks(blocks, classNames(first));
    return pictureFigure(boundsOverSteps(this.runs, { title, arrange: "beside" }), png, {
      note: `differences: ${differenceColours}, full colour at ±${limit.toPrecision(2)}`,
      table: this.figureCells(),
    });
  }

  /** Final values and paired differences. */
  table(): TableView {
    const [head, ...rows] = this.cells() as [string[], ...string[][]];
    return table(rows.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i]]))));
  }

  /** What a notebook shows. */
  async [jupyterDisplay](): Promise<MimeBundle> {
    return { ...(await figureBundle(await this.figure())), "text/plain": this.table().text };
  }

  /** As `cells`, a difference behind the value that it belongs to, which takes less room. */
  private figureCells(): string[][] {
    const [first, ...others] = this.names;
    return [
      ["nats", first!, ...others.map((other) => `${other} (− ${first})`)],
      ...this.rows.map(({ quantity, values, differences }) => [
        quantity,
        ...values.map(({ mean }, i) =>
          i === 0 ? mean.toFixed(3) : `${mean.toFixed(3)} (${signed(differences[i - 1]!)})`,
        ),
      ]),
    ];
  }

  private cells(): string[][] {
    const [first, ...others] = this.names;
    const head = ["nats", first!, ...others, ...others.map((other) => `${other} − ${first}`)];
    return [
      head,
      ...this.rows.map(({ quantity, values, differences }) => [
        quantity,
        ...values.map(({ mean }) => mean.toFixed(3)),
        ...differences.map(signed),
      ]),
    ];
  }
}

function signed({ mean, ci95 }: MeanInterval): string {
  const number = `${mean < 0 ? "−" : "+"}${Math.abs(mean).toFixed(3)}`;
  return Number.isNaN(ci95) ? number : `${number} ± ${ci95.toFixed(3)}`;
}

/**
 * Compares runs of the same images at their newest steps: as the last value of a cell it shows their images, the
 * differences to the first run, both bounds over the steps, and the values with paired differences.
 *
 * Pairs of the prototype information are images, those of the contextual information classes: with one class, whose
 * images are one sample of it, a difference has no interval. Images are pairs because they come from the same noise: runs
 * of one seed, or forks.
 *
 * @throws RangeError for fewer than two runs, other classes, other noise, or runs that have not begun or carry no bounds
 * @example
 * const run = distiller.start({ classes: ["Sneaker"], ipc: 2, steps: 10 });
 * const plain = run.fork({ method: "diffusion" });
 * await Promise.all([run.finish(), plain.finish()]);
 * igds.compare(run, plain)
 */
export function compare(...runs: readonly Run[]): RunComparison {
  const [first] = runs;
  if (!first || runs.length < 2)
    throw new RangeError(`compare: expected two runs or more, found ${runs.length}.`);
  const names = classNames(first);
  for (const run of runs) {
    const found = classNames(run);
    if (found.join() !== names.join())
      throw new RangeError(
        `compare: expected runs of the same images, found ${imagesInWords(run)} in "${run.label}" and ` +
          `${imagesInWords(first)} in "${first.label}".`,
      );
    if (!run.records.at(-1)?.bounds)
      throw new RangeError(
        `compare: run "${run.label}" ${run.records.length > 0 ? "carries no bounds" : "has not begun: await run.finish()"}.`,
      );
    if (!sameNoise(run, first))
      throw new RangeError(
        `compare: expected runs of the same noise, whose images are pairs, found other noise in "${run.label}" than in ` +
          `"${first.label}"; give both the same seed, or fork one from the other.`,
      );
  }
  const byClass = (values: Float32Array) =>
    [...new Set(names)].map((name) => {
      const own = [...values].filter((_, i) => names[i] === name);
      return own.reduce((sum, value) => sum + value, 0) / own.length;
    });
  const row = (quantity: string, pairs: ComparisonRow["pairs"], of: (run: Run) => Float32Array) => {
    const values = runs.map((run) => (pairs === "classes" ? byClass(of(run)) : [...of(run)]));
    return {
      quantity,
      pairs,
      values: values.map(meanInterval),
      differences: values.slice(1).map((value) => pairedDifference(value, values[0]!)),
    };
  };
  const bounds = (run: Run) => run.last.bounds!;
  return new RunComparison(runs, [
    row("prototype, lower bound", "images", (run) => bounds(run).prototype),
    row("contextual, lower bound", "classes", (run) => bounds(run).contextual.low),
    row("contextual, upper bound", "classes", (run) => bounds(run).contextual.high),
    row("context bound", "classes", (run) => bounds(run).context),
  ]);
}

/** Whether two runs that have begun start from the same noise. */
function sameNoise(a: Run, b: Run): boolean {
  const [one, other] = [a, b].map(({ records }) => records[0]!.x) as [ImageBatch, ImageBatch];
  return one.shape.join() === other.shape.join() && one.data.every((value, i) => value === other.data[i]);
}
