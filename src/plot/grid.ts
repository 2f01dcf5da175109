// Image batches as one crisp picture with captions.

import type { ImageBatch } from "../tensor/batch";
import { arrangeByClass } from "./byClass";
import { fitText, textWidth } from "./font";
import { latentPreview } from "./latentPreview";
import { Sheet, toBytes } from "./sheet";

/** How a grid of images is drawn. */
export interface GridOptions {
  /** Images in a row; as many as there are, at most 10, unless told. */
  readonly columns?: number;
  /** Picture pixels per image pixel, a whole number; chosen by the image's size unless told. */
  readonly scale?: number;
  /** As many as images: captions under them. As many as rows: captions to their left. */
  readonly labels?: readonly string[];
  /** Headings above the columns. */
  readonly columnLabels?: readonly string[];
  /** Names of classes: each gets a column or row under its name; in place of `columns` and `labels`. */
  readonly classes?: readonly string[];
  /** Class of each image, an index into `classes`; unless told, the images lie class by class, each with as many. */
  readonly labelled?: ArrayLike<number>;
  /** Whether a class is a column or a row; columns, unless there are more images per class than classes. */
  readonly by?: "columns" | "rows";
  /** Above the grid. Default: none. */
  readonly title?: string;
  /** Space between images, px. */
  readonly gap?: number;
  /** Values that become black and white; [-1, 1] unless told. */
  readonly range?: readonly [low: number, high: number];
}

/** Where things go on a sheet of tiles, px. */
export interface TileLayout {
  readonly columns: number;
  readonly rows: number;
  /** Index of the image at each place, row by row; -1 leaves it empty. */
  readonly places: ArrayLike<number>;
  readonly scale: number;
  readonly gap: number;
  readonly left: number;
  readonly top: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly width: number;
  readonly height: number;
  readonly fontSize: number;
  readonly captions: "images" | "rows" | "none";
  readonly labels: readonly string[];
  readonly columnLabels: readonly string[];
}

/** Scale at which an image is easy to see: tiles of about 56 px (84 px when there are few), at most 1,400 px a row. */
export function defaultScale(width: number, count: number, columns = 1): number {
  const wanted = Math.round((count <= 10 ? 84 : 56) / width);
  return Math.max(1, Math.min(wanted, Math.floor(1400 / (columns * width))));
}

/** Lays out `images` as rows of tiles; throws if the labels fit neither images nor rows. */
export function layOut(images: ImageBatch, options: GridOptions = {}): TileLayout {
  const [n, height, width] = images.shape;
  const given = options.classes ? arrangeByClass(n, options.classes, options) : options;
  const columns = positive("columns", given.columns ?? Math.min(n, 10));
  const places = "places" in given ? given.places : Array.from({ length: n }, (_, i) => i);
  const scale = positive("scale", options.scale ?? defaultScale(width, n, columns));
  const gap = options.gap ?? 4;
  if (!Number.isInteger(gap) || gap < 0)
    throw new RangeError(`gap: expected a whole number >= 0, found ${gap}.`);
  const rows = Math.ceil(places.length / columns);
  const { labels = [], columnLabels = [] } = given;
  const captions =
    labels.length === 0
      ? "none"
      : labels.length === places.length && !options.classes
        ? "images"
        : labels.length === rows
          ? "rows"
          : undefined;
  if (!captions) {
    throw new RangeError(
      `labels: expected ${n} (one per image) or ${rows} (one per row of ${columns}), found ${labels.length}.`,
    );
  }
  const across = Math.min(columns, places.length);
  if (columnLabels.length !== 0 && columnLabels.length !== across) {
    throw new RangeError(`columnLabels: expected ${across} (one per column), found ${columnLabels.length}.`);
  }
  const fontSize = 14;
  const tileWidth = width * scale;
  const tileHeight = height * scale;
  const widest = (texts: readonly string[]) =>
    Math.ceil(Math.max(0, ...texts.map((text) => textWidth(text, fontSize))));
  // A cell may grow by half of the tile to hold its caption; longer captions are shortened.
  const above = Math.max(widest(columnLabels), captions === "images" ? widest(labels) : 0);
  const cellWidth = Math.max(tileWidth, Math.min(above + 4, Math.round(tileWidth * 1.5)));
  const cellHeight = tileHeight + (captions === "images" ? fontSize + 12 : 0);
  const left = captions === "rows" ? widest(labels) + 12 : 0;
  const top = (options.title ? 30 : 0) + (columnLabels.length > 0 ? fontSize + 10 : 0);
  const titleWidth = options.title ? Math.ceil(textWidth(options.title, 16, "bold")) : 0;
  return {
    columns,
    rows,
    places,
    scale,
    gap,
    left,
    top,
    cellWidth,
    cellHeight,
    tileWidth,
    tileHeight,
    width: Math.max(left + across * (cellWidth + gap) - gap, titleWidth + 2),
    height: top + rows * (cellHeight + gap) - gap,
    fontSize,
    captions,
    labels,
    columnLabels,
  };
}

/** Puts the tiles and captions of images on a sheet by a layout. */
export function drawTiles(
  sheet: Sheet,
  bytes: Uint8Array,
  shape: readonly [n: number, height: number, width: number, channels: number],
  layout: TileLayout,
  title?: string,
): void {
  const [, height, width, channels] = shape;
  const { labels, columnLabels, fontSize: size, cellWidth, cellHeight, tileWidth, tileHeight } = layout;
  const columnAt = (column: number) => layout.left + column * (cellWidth + layout.gap);
  const rowAt = (row: number) => layout.top + row * (cellHeight + layout.gap);
  const centred = (text: string, x: number, y: number) =>
    sheet.caption({ text: fitText(text, cellWidth, size), x: x + cellWidth / 2, y, size, anchor: "middle" });
  if (title) sheet.caption({ text: title, x: 0, y: 17, size: 16, weight: "bold" });
  columnLabels.forEach((text, column) => {
    centred(text, columnAt(column), layout.top - 8);
  });
  for (let place = 0; place < layout.places.length; place++) {
    const i = layout.places[place]!;
    if (i < 0) continue;
    const x = columnAt(place % layout.columns);
    const y = rowAt(Math.floor(place / layout.columns));
    const inset = Math.floor((cellWidth - tileWidth) / 2);
    sheet.image(bytes, i * height * width * channels, [height, width, channels], x + inset, y, layout.scale);
    if (layout.captions === "images") centred(labels[place]!, x, y + tileHeight + size + 1);
  }
  if (layout.captions === "rows") {
    labels.forEach((text, row) => {
      const y = rowAt(row) + tileHeight / 2 + size * 0.36;
      sheet.caption({ text, x: layout.left - 12, y, size, anchor: "end" });
    });
  }
}

/**
 * A PNG of the images in rows, each pixel a sharp square, on a transparent ground.
 * @example const png = await igds.plot.imageGrid(images, { classes: ["cat", "dog"] });
 * @param given images; of latents, with four channels, a linear guess is shown
 * @throws RangeError if the batch is not n x height x width x (1, 3 or 4), or the labels fit neither images nor rows
 */
export async function imageGrid(given: ImageBatch, options: GridOptions = {}): Promise<Buffer> {
  const images = latentPreview(given);
  if (images.shape[0] === 0)
    throw new RangeError("imageGrid: expected at least one image, found an empty batch.");
  const bytes = toBytes(images, options.range);
  const layout = layOut(images, options);
  const sheet = new Sheet(layout.width, layout.height, images.shape[3] === 3);
  drawTiles(sheet, bytes, images.shape, layout, options.title);
  return sheet.png();
}

export function positive(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`${name}: expected a whole number >= 1, found ${value}.`);
  }
  return value;
}
