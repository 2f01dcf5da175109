// A run as the last value of a cell: the images at its newest step, what the guidance changed in them, and both bounds.
import { Run } from "../diffusion/run";
import type { StepRecord } from "../diffusion/stepRecord";
import { boundsOverSteps, hasBounds, mean } from "../plot/bounds";
import type { Figure } from "../plot/figure";
import {
  arrangeBlocks,
  type ImageBlock,
  imageBlocks,
  imageDifference,
  largestDifference,
} from "../plot/imageBlocks";
import { pictureFigure } from "../plot/pictureFigure";
import { methodLabel } from "../plot/theme";
import { pngBundle } from "./bundle";
import { figureBundle } from "./figureBundle";
import { escapeHtml, jupyterDisplay, type MimeBundle } from "./mime";

/** Class of each image of a run by name; "class 3" where the run was begun without names. */
export function classNames({ options }: Run): string[] {
  return Array.from(options.labels, (label, i) => {
    const name = options.names?.[i]?.[0];
    return typeof name === "string" ? name : `class ${label}`;
  });
}

/** Such as "8 images of Sneaker". */
export function imagesInWords(run: Run): string {
  const names = classNames(run);
  const classes = [...new Set(names)];
  const of = classes.length <= 3 ? classes.join(", ") : `${classes.length} classes`;
  return `${names.length} ${names.length === 1 ? "image" : "images"} of ${of}`;
}

/** As `imagesInWords`, and how many of them a picture shows if not all. */
export function picturedInWords(run: Run): string {
  const { omitted } = arrangeBlocks(classNames(run));
  return omitted === "" ? imagesInWords(run) : `${imagesInWords(run)} (${omitted})`;
}

/** x_t, x0hat, and, where guidance changed it, by how much. */
export function stepBlocks({ t, x, x0, plain }: StepRecord): ImageBlock[] {
  const guided = x0.data !== plain.data;
  const limit = guided ? largestDifference(x0, plain) : 0;
  return [
    { heading: `x_t, t = ${t}`, images: x },
    { heading: "x0hat", images: x0 },
    ...(guided
      ? [{ heading: `guidance, ±${limit.toPrecision(2)}`, images: imageDifference(x0, plain), limit }]
      : []),
  ];
}

/** What the colours of differences mean. */
export const differenceColours = "orange: brighter, violet: darker";

/** The figure of a run that has begun. @throws before the first step */
export async function runFigure(run: Run): Promise<Figure> {
  const blocks = stepBlocks(run.last);
  const png = await imageBlocks(blocks, classNames(run));
  const note =
    blocks.length > 2 ? `guidance: its change of x0hat; ${differenceColours}, full at the value given` : "";
  const title = `${methodLabel(run.label)}: ${picturedInWords(run)}`;
  return pictureFigure(boundsOverSteps([run], { title, arrange: "beside" }), png, { note });
}

/** Where a run stands, in words. */
export function runText(run: Run): string {
  const head = `Run ${run.label}: ${imagesInWords(run)}`;
  const record = run.records.at(-1);
  if (!record) return `${head}, not begun: await run.step()`;
  const place = `step ${record.index + 1} of ${record.count}, t = ${record.t}`;
  if (!record.bounds) return `${head}, ${place}`;
  const { prototype, contextual } = record.bounds;
  return (
    `${head}, ${place}; prototype information >= ${mean(prototype).toFixed(2)} nats, contextual ` +
    `${mean(contextual.low).toFixed(2)} to ${mean(contextual.high).toFixed(2)} nats`
  );
}

/** The MIME bundle of a run. */
export async function runBundle(run: Run): Promise<MimeBundle> {
  const text = { "text/plain": runText(run) };
  if (run.records.length === 0) return { "text/html": `<p>${escapeHtml(runText(run))}</p>`, ...text };
  if (hasBounds(run.records)) return { ...(await figureBundle(await runFigure(run))), ...text };
  return { ...pngBundle(await imageBlocks(stepBlocks(run.last), classNames(run))), ...text };
}

Object.defineProperty(Run.prototype, jupyterDisplay, {
  value(this: Run) {
    return runBundle(this);
  },
  configurable: true,
  writable: true,
});
