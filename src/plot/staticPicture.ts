// A figure as a PNG, made without a browser and without system fonts.
import sharp from "sharp";
import type { Figure } from "./figure";
import { plotlyPage } from "./plotlyPage";

/** How a figure becomes a picture. */
export interface PictureOptions {
  /** Layout pixels; the figure's own size, or 760 x 440, unless told. */
  readonly width?: number;
  /** The same of the height. */
  readonly height?: number;
  /** Picture pixels per layout pixel; 2 unless told. */
  readonly scale?: number;
}

/** Width and height in layout pixels at which a figure is drawn. */
function figureSize(figure: Figure, options: PictureOptions = {}): { width: number; height: number } {
  return {
    width: options.width ?? figure.layout.width ?? 760,
    height: options.height ?? figure.layout.height ?? 440,
  };
}

/**
 * A PNG of a Plotly figure; frames and sliders show their first state. The first call loads Plotly (1 to 2 s).
 * @throws Error if Plotly cannot draw the figure
 * @example
 * const png = await igds.plot.staticPicture(
 *   igds.plot.lossCurve([
 *     { step: 1, loss: 1 },
 *     { step: 2, loss: 0.5 },
 *   ]),
 *   { scale: 1 },
 * );
 */
export async function staticPicture(figure: Figure, options: PictureOptions = {}): Promise<Buffer> {
  const { width, height } = figureSize(figure, options);
  const scale = options.scale ?? 2;
  const svg = await plotlyPage().svg(figure, width, height);
  return sharp(Buffer.from(svg), { density: 72 * scale })
    .resize({ width: Math.round(width * scale), height: Math.round(height * scale), fit: "fill" })
    .png({ palette: true, colours: 256, dither: 0, compressionLevel: 9 })
    .toBuffer();
}
