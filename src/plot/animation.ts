// A slider through pictures, such as x0hat at each step. The pictures are inside the figure, so that it plays
// without a kernel and without a network.
import type { Layout } from "plotly.js";
import type { Figure } from "./figure";
import { player } from "./player";
import { layout } from "./theme";

/** One picture of an animation. */
export interface PictureFrame {
  /** Shown at the slider, such as "900". */
  readonly label: string;
  /** PNG, or a data URI of one. */
  readonly image: Uint8Array | string;
}

/** How an animation is drawn. */
export interface AnimationOptions {
  /** Of the figure. Default: what it shows. */
  readonly title?: string;
  /** Stands before the label of the current picture, such as "t = ". */
  readonly prefix?: string;
  /** Milliseconds a picture stays while playing. */
  readonly duration?: number;
}

/**
 * An animated figure of pictures of one size with a slider and play / pause buttons.
 * @throws RangeError without frames, or for an image that is not a PNG or of another size than the first
 * @example
 * const frames = await Promise.all(
 *   run.records.map(async ({ t, x0 }) => ({ label: String(t), image: await igds.plot.imageGrid(x0) })),
 * );
 * igds.figure(igds.plot.denoisingAnimation(frames))
 */
export function denoisingAnimation(frames: readonly PictureFrame[], options: AnimationOptions = {}): Figure {
  if (frames.length === 0)
    throw new RangeError("denoisingAnimation: expected at least one frame, found none.");
  const pictures = frames.map(({ image }) => toPng(image));
  const width = pictures[0]!.readUInt32BE(16);
  const height = pictures[0]!.readUInt32BE(20);
  const odd = pictures.findIndex((png) => png.readUInt32BE(16) !== width || png.readUInt32BE(20) !== height);
  if (odd > 0)
    throw new RangeError(
      `denoisingAnimation: expected pictures of one size, found ${width} x ${height} px and, at ` +
        `"${frames[odd]!.label}", ${pictures[odd]!.readUInt32BE(16)} x ${pictures[odd]!.readUInt32BE(20)} px.`,
    );
  const { title = "Denoising, step by step", prefix = "t = ", duration = 250 } = options;
  const image = (png: Buffer): Partial<Layout["images"][number]> => ({
    source: `data:image/png;base64,${png.toString("base64")}`,
    xref: "x",
    yref: "y",
    x: 0,
    y: 0,
    sizex: width,
    sizey: height,
    xanchor: "left",
    yanchor: "top",
    sizing: "stretch",
    layer: "above",
  });
  const last = frames.length - 1;
  // The picture fills the usual width of a figure, unless it is very high.
  const shown = Math.min(620, Math.round((height * 728) / width));
  const hidden = { visible: false, fixedrange: true } as const;
  const { legend: _none, ...base } = layout(title);
  return {
    // Plotly needs a trace to draw axes; this one is invisible.
    data: [
      { type: "scatter", mode: "markers", x: [0], y: [0], opacity: 0, hoverinfo: "skip", showlegend: false },
    ],
    layout: {
      ...base,
      height: shown + 168,
      margin: { l: 16, r: 16, t: 56, b: 112 },
      hovermode: false,
      xaxis: { ...hidden, range: [0, width], constrain: "domain" },
      yaxis: { ...hidden, range: [height, 0], scaleanchor: "x", constrain: "domain" },
      images: [image(pictures[last]!)],
      ...player({ labels: frames.map(({ label }) => label), active: last, prefix, duration }),
    },
    frames: pictures.map((png, i) => ({ name: String(i), layout: { images: [image(png)] } })),
  };
}

function toPng(image: Uint8Array | string): Buffer {
  const bytes =
    typeof image === "string"
      ? Buffer.from(image.replace(/^data:image\/png;base64,/, ""), "base64")
      : Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  if (bytes.length < 24 || bytes.readUInt32BE(0) !== 0x89504e47) {
    throw new RangeError(
      "denoisingAnimation: expected a PNG or a data:image/png;base64 URI, found something else.",
    );
  }
  return bytes;
}
