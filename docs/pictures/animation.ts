// Draws docs/pictures/guided-sampling.webp: the same noise denoised by plain diffusion and by IGDS, x0hat at each step.
// npm run pictures
import path from "node:path";
import sharp from "sharp";
import * as igds from "../../src";
import { type Anchor, textPath, type Weight } from "../../src/plot/font";
import { writeFileAtomic } from "../../src/tensor/atomicFile";

const methods = [
  { method: "diffusion", title: "plain diffusion" },
  { method: "igds", title: "IGDS" },
] as const;
const classes = ["Dress", "Sandal", "Bag"];
const ipc = 6;
/** Every second step is a frame, and the finished images stay for a while. */
const [every, frameTime, lastTime] = [2, 120, 2500];
const [gap, headHeight, footHeight] = [28, 34, 30];

async function main(): Promise<void> {
  const distiller = await igds.open("fashion-mnist");
  const runs = methods.map(({ method }) => distiller.start({ classes, ipc, method, seed: 0 }));
  for (const run of runs) await run.finish();
  const steps = runs[0]!.records.length;
  const shown = Array.from({ length: steps }, (_, i) => i).filter((i) => i % every === 0 || i === steps - 1);
  const frames = await Promise.all(shown.map((i) => frame(runs.map(({ records }) => records[i]!))));
  const delay = frames.map((_, i) => (i === frames.length - 1 ? lastTime : frameTime));
  const webp = await sharp(frames, { join: { animated: true } })
    .webp({ quality: 70, delay, loop: 0 })
    .toBuffer();
  const file = path.join(__dirname, "guided-sampling.webp");
  await writeFileAtomic(file, webp);
  process.stdout.write(`${file}: ${frames.length} frames, ${(webp.length / 1e6).toFixed(2)} MB\n`);
}

/** Both runs side by side at one step, with what the bounds say: mean over all images, nats. */
async function frame(step: readonly igds.StepRecord[]): Promise<Buffer> {
  const grids = await Promise.all(step.map(({ x0 }) => igds.plot.imageGrid(x0, { columns: ipc, scale: 2 })));
  const { width, height } = await sharp(grids[0]).metadata();
  const size = { width: 2 * width + 3 * gap, height: headHeight + height + footHeight };
  const captions = step.flatMap(({ t, bounds }, k) => {
    const x = gap + k * (width + gap);
    const [prototype, contextual] = [mean(bounds!.prototype), mean(bounds!.contextual.low)];
    const below = headHeight + height + 20;
    return [
      caption(methods[k]!.title, x, 23, 17, "start", "bold"),
      ...(k === 1 ? [caption(`t = ${t}`, x + width, 23, 14, "end")] : []),
      caption(`prototype ${prototype.toFixed(2)} nats`, x, below, 13),
      caption(`contextual ${contextual.toFixed(2)} nats`, x + width, below, 13, "end"),
    ];
  });
  const { width: w, height: h } = size;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}">${captions.join("")}</svg>`;
  return sharp({ create: { ...size, channels: 3, background: "#ffffff" } })
    .composite([
      ...grids.map((input, k) => ({ input, left: gap + k * (width + gap), top: headHeight })),
      { input: Buffer.from(svg), left: 0, top: 0 },
    ])
    .png()
    .toBuffer();
}

function caption(text: string, x: number, y: number, size: number, anchor?: Anchor, weight?: Weight): string {
  return `<path d="${textPath(text, x, y, size, { ...(anchor ? { anchor } : {}), ...(weight ? { weight } : {}) })}" fill="#1f2328"/>`;
}

const mean = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / values.length;

main();
