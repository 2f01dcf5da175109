// Image batches as one crisp picture with captions.
import type { ImageBatch } from "../tensor/batch";
import { fitText, textWidth } from "./font";
import { Sheet, toBytes } from "./sheet";

export interface GridOptions {
  /** Images in a row; as many as there are, at most 10, unless told. */
  readonly columns?: number;
  /** Picture pixels per image pixel, a whole number; chosen by the image's size unless told. */
  readonly scale?: number;
  /** As many as images: captions under them. As many as rows: captions to their left. */
  readonly labels?: readonly string[];
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
}

/** Scale at which an image is easy to see: tiles of about 56 px (84 px when there are few). */
export function defaultScale(width: number, count: number): number {
  return Math.max(1, Math.round((count <= 10 ? 84 : 56) / width));
}

/** Lays out `images` as rows of tiles; throws if the labels fit neither images nor rows. */
export function layOut(images: ImageBatch, options: GridOptions = {}): TileLayout {
  const [n, height, width] = images.shape;
  const columns = positive("columns", options.columns ?? Math.min(n, 10));
  const scale = positive("scale", options.scale ?? defaultScale(width, n));
  const gap = options.gap ?? 4;
  if (!Number.isInteger(gap) || gap < 0)
    throw new RangeError(`gap: expected a whole number >= 0, found ${gap}.`);
  const rows = Math.ceil(n / columns);
  const labels = options.labels;
  const captions = !labels
    ? "none"
    : labels.length === n
      ? "images"
      : labels.length === rows
        ? "rows"
        : undefined;
  if (!captions) {
    throw new RangeError(
      `labels: expected ${n} (one per image) or ${rows} (one per row of ${columns}), found ${labels!.length}.`,
    );
  }
  const fontSize = 14;
  const tileWidth = width * scale;
  const tileHeight = height * scale;
  const widest = labels ? Math.ceil(Math.max(...labels.map((text) => textWidth(text, fontSize)))) : 0;
  // A cell may grow by half of the tile to hold its caption; longer captions are shortened.
  const cellWidth =
    captions === "images"
      ? Math.max(tileWidth, Math.min(widest + 4, Math.round(tileWidth * 1.5)))
      : tileWidth;
  const cellHeight = tileHeight + (captions === "images" ? fontSize + 12 : 0);
  const left = captions === "rows" ? widest + 12 : 0;
  const top = options.title ? 30 : 0;
  const titleWidth = options.title ? Math.ceil(textWidth(options.title, 16, "bold")) : 0;
  return {
    columns,
    rows,
    scale,
    gap,
    left,
    top,
    cellWidth,
    cellHeight,
    tileWidth,
    tileHeight,
    width: Math.max(left + Math.min(columns, n) * (cellWidth + gap) - gap, titleWidth + 2),
    height: top + rows * (cellHeight + gap) - gap,
    fontSize,
    captions,
  };
}

/** Puts the tiles and captions of `images` on a sheet by a layout. */
export function drawTiles(
  sheet: Sheet,
  bytes: Uint8Array,
  shape: readonly [n: number, height: number, width: number, channels: number],
  layout: TileLayout,
  { labels, title }: Pick<GridOptions, "labels" | "title">,
): void {
  const [n, height, width, channels] = shape;
  if (title) sheet.caption({ text: title, x: 0, y: 17, size: 16, weight: "bold" });
  for (let i = 0; i < n; i++) {
    const x = layout.left + (i % layout.columns) * (layout.cellWidth + layout.gap);
    const y = layout.top + Math.floor(i / layout.columns) * (layout.cellHeight + layout.gap);
    const inset = Math.floor((layout.cellWidth - layout.tileWidth) / 2);
    sheet.image(bytes, i * height * width * channels, [height, width, channels], x + inset, y, layout.scale);
    if (layout.captions === "images") {
      sheet.caption({
        text: fitText(labels![i]!, layout.cellWidth, layout.fontSize),
        x: x + layout.cellWidth / 2,
        y: y + layout.tileHeight + layout.fontSize + 1,
        size: layout.fontSize,
        anchor: "middle",
      });
    }
  }
  if (layout.captions === "rows") {
    labels!.forEach((text, row) => {
      const y =
        layout.top + row * (layout.cellHeight + layout.gap) + layout.tileHeight / 2 + layout.fontSize * 0.36;
      sheet.caption({ text, x: layout.left - 12, y, size: layout.fontSize, anchor: "end" });
    });
  }
}

/**
 * A PNG of the images in rows, each pixel a sharp square, on a transparent ground.
 * @throws RangeError if the batch is not n x height x width x (1 or 3), or the labels fit neither images nor rows
 */
export async function imageGrid(images: ImageBatch, options: GridOptions = {}): Promise<Buffer> {
  if (images.shape[0] === 0)
    throw new RangeError("imageGrid: expected at least one image, found an empty batch.");
  const bytes = toBytes(images, options.range);
  const layout = layOut(images, options);
  const sheet = new Sheet(layout.width, layout.height, images.shape[3] === 3);
  drawTiles(sheet, bytes, images.shape, layout, options);
  return sheet.png();
}

function positive(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`${name}: expected a whole number >= 1, found ${value}.`);
  }
  return value;
}
