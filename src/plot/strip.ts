// A film strip: how images change from column to column, such as over the steps of a sampler.
import type { ImageBatch } from "../tensor/batch";
import { fitText, textWidth } from "./font";
import { defaultScale, positive } from "./grid";
import { latentPreview } from "./latentPreview";
import { Sheet, toBytes } from "./sheet";

/** A caption and one batch for each column; image i of every batch stands in the row's line i. */
export interface StripRow {
  /** Before the row. */
  readonly label: string;
  /** From left to right. */
  readonly images: readonly ImageBatch[];
}

/** How a strip of steps is drawn. */
export interface StripOptions {
  /** Picture pixels per image pixel, a whole number. */
  readonly scale?: number;
  /** Above the strip. Default: none. */
  readonly title?: string;
}

/**
 * A PNG with a row of images per line and captions above the columns, such as "t = 900".
 * @throws RangeError if a batch has another shape than the first one of its row, images differ in size, or rows and captions differ in length
 * @example const png = await igds.plot.filmStrip([{ label: "x0hat", images: run.records.map(({ x0 }) => x0) }]);
 */
export async function filmStrip(
  given: readonly StripRow[],
  columnLabels: readonly string[] = [],
  { scale, title }: StripOptions = {},
): Promise<Buffer> {
  const rows = given.map((row) => ({ ...row, images: row.images.map(latentPreview) }));
  const first = rows[0]?.images[0];
  if (!first) throw new RangeError("filmStrip: expected at least one row with one image, found none.");
  const columns = rows[0]!.images.length;
  const [, height, width, channels] = first.shape;
  for (const { label, images } of rows) {
    if (images.length !== columns) {
      throw new RangeError(
        `filmStrip: row "${label}" has ${images.length} columns, the first row has ${columns}.`,
      );
    }
    for (const { shape } of images) {
      if (
        shape[0] !== images[0]!.shape[0] ||
        shape[1] !== height ||
        shape[2] !== width ||
        shape[3] !== channels
      ) {
        throw new RangeError(
          `filmStrip: row "${label}" holds a batch of shape [${shape.join(", ")}], expected ` +
            `[${images[0]!.shape[0]}, ${height}, ${width}, ${channels}].`,
        );
      }
    }
  }
  if (columnLabels.length !== 0 && columnLabels.length !== columns) {
    throw new RangeError(`filmStrip: expected ${columns} column captions, found ${columnLabels.length}.`);
  }
  const pixels = positive("scale", scale ?? defaultScale(width, columns, columns));
  const fontSize = 14;
  const gap = 4;
  const rowGap = 14;
  const tile = { width: width * pixels, height: height * pixels };
  const left =
    Math.ceil(Math.max(...rows.map(({ label }) => textWidth(label, fontSize)))) + (hasLabel(rows) ? 12 : 0);
  const top = (title ? 30 : 0) + (columnLabels.length > 0 ? 24 : 0);
  const lines = rows.map(({ images }) => images[0]!.shape[0]);
  const tall = lines.reduce((sum, n) => sum + n * (tile.height + gap) - gap + rowGap, -rowGap);
  const wide = left + columns * (tile.width + gap) - gap;
  const sheet = new Sheet(
    Math.max(wide, title ? textWidth(title, 16, "bold") + 2 : 0),
    top + tall,
    channels === 3,
  );
  if (title) sheet.caption({ text: title, x: 0, y: 17, size: 16, weight: "bold" });
  columnLabels.forEach((label, column) => {
    const x = left + column * (tile.width + gap) + tile.width / 2;
    sheet.caption({
      text: fitText(label, tile.width + gap - 2, 13),
      x,
      y: top - 8,
      size: 13,
      anchor: "middle",
    });
  });
  let y = top;
  rows.forEach(({ label, images }, row) => {
    const block = lines[row]! * (tile.height + gap) - gap;
    sheet.caption({
      text: label,
      x: left - 12,
      y: y + block / 2 + fontSize * 0.36,
      size: fontSize,
      anchor: "end",
    });
    images.forEach((batch, column) => {
      const bytes = toBytes(batch);
      for (let i = 0; i < lines[row]!; i++) {
        const offset = i * height * width * channels;
        const x = left + column * (tile.width + gap);
        sheet.image(bytes, offset, [height, width, channels], x, y + i * (tile.height + gap), pixels);
      }
    });
    y += block + rowGap;
  });
  return sheet.png();
}

function hasLabel(rows: readonly StripRow[]): boolean {
  return rows.some(({ label }) => label !== "");
}
