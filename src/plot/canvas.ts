// The few canvas calls with which Plotly paints a heat map, for a DOM that has no canvas. toDataURL() must answer at
// once while sharp encodes in its own time, so it answers with a mark that encode() replaces afterwards.
import sharp from "sharp";

/** Pixels that Plotly paints on; stands in for HTMLCanvasElement. */
export interface PaintedCanvas {
  width: number;
  height: number;
}

interface Painting {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray;
}

/** Paintings of one page, by the mark that stands for them in the SVG. */
export class Canvases {
  private readonly paintings = new WeakMap<PaintedCanvas, Painting>();
  private readonly marked = new Map<string, Painting>();
  private count = 0;

  /** What canvas.getContext("2d") gives. */
  context(canvas: PaintedCanvas) {
    const { width, height } = canvas;
    const painting: Painting = { width, height, pixels: new Uint8ClampedArray(width * height * 4) };
    this.paintings.set(canvas, painting);
    return {
      fillStyle: "rgba(0,0,0,1)",
      fillRect(x: number, y: number, wide: number, high: number) {
        const [red = 0, green = 0, blue = 0, alpha = 1] = (this.fillStyle.match(/[\d.]+/g) ?? []).map(Number);
        // Plotly's bricks may have a negative height.
        const [left, right] = [Math.round(Math.min(x, x + wide)), Math.round(Math.max(x, x + wide))];
        const [top, bottom] = [Math.round(Math.min(y, y + high)), Math.round(Math.max(y, y + high))];
        for (let row = Math.max(0, top); row < Math.min(height, bottom); row++) {
          for (let column = Math.max(0, left); column < Math.min(width, right); column++) {
            painting.pixels.set([red, green, blue, alpha * 255], (row * width + column) * 4);
          }
        }
      },
      createImageData: (wide: number, high: number) => ({
        width: wide,
        height: high,
        data: new Uint8ClampedArray(wide * high * 4),
      }),
      putImageData: (image: { data: Uint8ClampedArray }) => painting.pixels.set(image.data),
    };
  }

  /** What canvas.toDataURL() gives: a mark. */
  mark(canvas: PaintedCanvas): string {
    const painting = this.paintings.get(canvas);
    if (!painting) return "data:,";
    const mark = `data:image/png;painting-${this.count++}`;
    this.marked.set(mark, painting);
    return mark;
  }

  /** The SVG with every mark replaced by its PNG. */
  async encode(svg: string): Promise<string> {
    let result = svg;
    for (const [mark, { width, height, pixels }] of this.marked) {
      const png = await sharp(pixels, { raw: { width, height, channels: 4 } })
        .png()
        .toBuffer();
      result = result.replaceAll(`"${mark}"`, `"data:image/png;base64,${png.toString("base64")}"`);
    }
    this.marked.clear();
    return result;
  }
}
